"""Responsibilities are the cotangent of the mixture; sums come before products."""

import numpy as np


def gradient(alphas, means, inverse_factors, x, gamma, m):
    n, d = x.shape
    k = len(alphas)
    log_diagonal = inverse_factors[:, :d]
    diagonal = np.exp(log_diagonal)
    factors = np.zeros((k, d, d))
    rows, columns = np.tril_indices(d, -1)
    span = np.arange(d)
    factors[:, rows, columns] = inverse_factors[:, d:]
    factors[:, span, span] = diagonal
    centred = x - means[:, None, :]
    whitened = centred @ factors.transpose(0, 2, 1)
    squared = np.einsum("knd,knd->kn", whitened, whitened)
    squared *= -0.5
    squared += (alphas + log_diagonal.sum(axis=1))[:, None]

    squared -= squared.max(axis=0)
    responsibility = np.exp(squared, out=squared)
    responsibility /= responsibility.sum(axis=0)
    offsets_bar = responsibility.sum(axis=1)
    whitened *= responsibility[:, :, None]
    factors_bar = whitened.transpose(0, 2, 1) @ centred
    means_bar = (whitened.sum(axis=1)[:, None, :] @ factors)[:, 0]
    inverse_factors_bar = np.empty_like(inverse_factors)
    inverse_factors_bar[:, :d] = diagonal * (
        gamma**2 * diagonal - factors_bar[:, span, span]
    )
    inverse_factors_bar[:, :d] += offsets_bar[:, None] - m
    inverse_factors_bar[:, d:] = gamma**2 * inverse_factors[:, d:]
    inverse_factors_bar[:, d:] -= factors_bar[:, rows, columns]
    share = np.exp(alphas - alphas.max())
    share *= n / share.sum()
    return offsets_bar - share, means_bar, inverse_factors_bar
