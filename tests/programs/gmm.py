"""The log-posterior of a Gaussian mixture with a Wishart prior (ADBench's objective)."""

import math

import numpy as np

SHAPES = {"small": (9, 3, 4), "large": (1000, 10, 25)}


def log_sum_exp(x, axis=0):
    top = np.max(x, axis=axis, keepdims=True)
    return np.log(np.sum(np.exp(x - top), axis=axis)) + np.squeeze(top, axis=axis)


def log_multivariate_gamma(a, d):
    total = 0.25 * d * (d - 1) * math.log(math.pi)
    for j in range(1, d + 1):
        total += math.lgamma(a + 0.5 * (1 - j))
    return total


def log_wishart(log_diagonal, below, gamma, m):
    k, d = log_diagonal.shape
    freedom = d + m + 1
    norm = np.sum(np.exp(log_diagonal) ** 2) + np.sum(below**2)
    constant = freedom * d * (math.log(gamma) - 0.5 * math.log(2.0))
    constant -= log_multivariate_gamma(0.5 * freedom, d)
    return 0.5 * gamma**2 * norm - m * np.sum(log_diagonal) - k * constant


def log_posterior(alphas, means, inverse_factors, x, gamma, m):
    """Rows of inverse_factors: log diagonal, then the entries below it, by rows."""
    n, d = x.shape
    k = len(alphas)
    log_diagonal = inverse_factors[:, :d]
    below = inverse_factors[:, d:]
    factors = np.zeros((k, d, d))
    rows, columns = np.tril_indices(d, -1)
    factors[:, rows, columns] = below
    factors[:, np.arange(d), np.arange(d)] = np.exp(log_diagonal)

    centred = x - means[:, None, :]
    whitened = centred @ factors.transpose(0, 2, 1)
    squared = np.sum(whitened**2, axis=2)
    offsets = alphas + np.sum(log_diagonal, axis=1)
    mixture = np.sum(log_sum_exp(offsets[:, None] - 0.5 * squared, axis=0))
    likelihood = mixture - n * (0.5 * d * math.log(2 * math.pi) + log_sum_exp(alphas))
    return likelihood + log_wishart(log_diagonal, below, gamma, m)


PRIMAL = log_posterior
WRT = (0, 1, 2)


def arguments(rng, size="small"):
    n, d, k = SHAPES[size]
    alphas = rng.normal(size=k)
    means = rng.normal(size=(k, d))
    inverse_factors = 0.3 * rng.normal(size=(k, d * (d + 1) // 2))
    return alphas, means, inverse_factors, rng.normal(size=(n, d)), 1.3, 2
