"""The expected adjoint of log_posterior."""

import math
import numpy as np

from sourcediff.runtime.shape import unbroadcast
from tests.programs.gmm import log_multivariate_gamma


def log_wishart_fwd(log_diagonal, below, gamma, m):
    k, d = log_diagonal.shape
    freedom = d + m + 1
    exp_log_diagonal = np.exp(log_diagonal)
    norm = np.sum(exp_log_diagonal**2) + np.sum(below**2)
    constant = freedom * d * (math.log(gamma) - 0.5 * math.log(2.0))
    log_multivariate_gamma_value = log_multivariate_gamma(0.5 * freedom, d)
    constant -= log_multivariate_gamma_value
    t1 = 0.5 * gamma**2
    out = t1 * norm - m * np.sum(log_diagonal) - k * constant
    return out, (below, exp_log_diagonal, t1)


def log_wishart_bwd(saved, out_bar):
    below, exp_log_diagonal, t1 = saved
    # return 0.5 * gamma**2 * norm - m * np.sum(log_diagonal) - k * constant
    norm_bar = out_bar * t1
    log_diagonal_bar = -2.0 * out_bar
    # norm = np.sum(np.exp(log_diagonal) ** 2) + np.sum(below**2)
    log_diagonal_bar = (
        log_diagonal_bar + 2.0 * norm_bar * exp_log_diagonal * exp_log_diagonal
    )
    below_bar = 2.0 * norm_bar * below
    return log_diagonal_bar, below_bar


def log_posterior_grad(alphas, means, inverse_factors, x, gamma, m, out_bar=1.0):
    # forward
    n, d = x.shape
    k = len(alphas)
    log_diagonal = inverse_factors[:, :d]
    below = inverse_factors[:, d:]
    factors = np.zeros((k, d, d))
    rows, columns = np.tril_indices(d, -1)
    factors[:, rows, columns] = below
    arange_d = np.arange(d)
    arange_d2 = np.arange(d)
    factors[:, arange_d, arange_d2] = np.exp(log_diagonal)
    centred = x - means[:, None, :]
    whitened = centred @ factors.transpose(0, 2, 1)
    squared = np.sum(whitened**2, axis=2)
    offsets = alphas + np.sum(log_diagonal, axis=1)
    log_sum_exp_x = offsets[:, None] - 0.5 * squared
    top = np.max(log_sum_exp_x, axis=0, keepdims=True)
    t1 = np.exp(log_sum_exp_x - top)
    t2 = np.sum(t1, axis=0)
    log_sum_exp_top = np.max(alphas, axis=0, keepdims=True)
    t3 = np.exp(alphas - log_sum_exp_top)
    t4 = np.sum(t3, axis=0)
    log_wishart_value, log_wishart_saved = log_wishart_fwd(
        log_diagonal, below, gamma, m
    )
    # return likelihood + log_wishart(log_diagonal, below, gamma, m)
    log_diagonal_bar, below_bar = log_wishart_bwd(log_wishart_saved, out_bar)
    # likelihood = mixture - n * (0.5 * d * math.log(2 * math.pi) + log_sum_exp(alphas))
    log_sum_exp_value2_bar = -out_bar * n
    alphas_bar = log_sum_exp_value2_bar / t4 * t3
    # mixture = np.sum(log_sum_exp(offsets[:, None] - 0.5 * squared, axis=0))
    log_sum_exp_x_bar = out_bar / t2 * t1
    offsets_bar = log_sum_exp_x_bar.sum(axis=1)
    squared_bar = -0.5 * log_sum_exp_x_bar
    # offsets = alphas + np.sum(log_diagonal, axis=1)
    alphas_bar += offsets_bar
    log_diagonal_bar += offsets_bar[:, None]
    # squared = np.sum(whitened**2, axis=2)
    whitened_bar = 2.0 * squared_bar[:, :, None] * whitened
    # whitened = centred @ factors.transpose(0, 2, 1)
    centred_bar_sum = (2.0 * squared_bar[:, None, :] @ whitened @ factors)[:, 0]
    factors_bar = np.swapaxes(whitened_bar, -1, -2) @ centred
    # centred = x - means[:, None, :]
    means_bar = -centred_bar_sum
    # factors[:, np.arange(d), np.arange(d)] = np.exp(log_diagonal)
    log_diagonal_bar += (
        factors_bar[:, arange_d, arange_d2] * factors[:, arange_d, arange_d2]
    )
    factors_bar[:, arange_d, arange_d2] = 0.0
    # factors[:, rows, columns] = below
    below_bar += unbroadcast(factors_bar[:, rows, columns], below)
    # below = inverse_factors[:, d:]
    inverse_factors_bar = np.empty_like(inverse_factors)
    inverse_factors_bar[:, d:] = below_bar
    # log_diagonal = inverse_factors[:, :d]
    inverse_factors_bar[:, :d] = log_diagonal_bar
    return alphas_bar, means_bar, inverse_factors_bar
