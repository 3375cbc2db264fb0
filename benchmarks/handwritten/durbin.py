"""Two reversed updates of one slice of a cotangent are one."""

import numpy as np


def gradient(r, weights):
    n = len(r)
    y = np.empty_like(r)
    alpha = -float(r[0])
    beta = 1.0
    y[0] = alpha
    tape = []
    for k in range(1, n):
        last_alpha, last_beta = alpha, beta
        beta *= 1.0 - alpha * alpha
        alpha = -float(r[k] + r[:k][::-1] @ y[:k]) / beta
        flipped = y[:k][::-1].copy()
        tape.append((last_alpha, last_beta, alpha, beta, flipped))
        y[:k] += alpha * flipped
        y[k] = alpha

    y_bar = weights.copy()
    r_bar = np.zeros_like(r)
    alpha_bar = beta_bar = 0.0
    for k in range(n - 1, 0, -1):
        last_alpha, last_beta, alpha, beta, flipped = tape.pop()
        past_bar = y_bar[:k]
        alpha_bar += y_bar.item(k) + float(past_bar @ flipped)
        share = -alpha_bar / beta
        beta_bar += share * alpha
        r_bar[k] += share
        r_bar[:k] += share * flipped
        both = alpha * past_bar
        both += share * r[:k]
        past_bar += both[::-1]
        alpha_bar = -2.0 * last_alpha * last_beta * beta_bar
        beta_bar *= 1.0 - last_alpha * last_alpha
    r_bar[0] -= alpha_bar + y_bar[0]
    return r_bar


def restructured(r, weights):
    """The lags' cotangent is one product with the matrix of what was saved."""
    n = len(r)
    y = np.empty_like(r)
    alpha = -float(r[0])
    beta = 1.0
    y[0] = alpha
    flips = np.zeros((n, n))
    tape = []
    reversed_r = r[::-1].copy()
    for k in range(1, n):
        last_alpha, last_beta = alpha, beta
        beta *= 1.0 - alpha * alpha
        alpha = -float(r[k] + reversed_r[n - k :] @ y[:k]) / beta
        flipped = flips[k, :k]
        flipped[:] = y[:k][::-1]
        tape.append((last_alpha, last_beta, alpha, beta))
        y[:k] += alpha * flipped
        y[k] = alpha

    y_bar = weights.copy()
    shares = np.zeros(n)
    alpha_bar = beta_bar = 0.0
    for k in range(n - 1, 0, -1):
        last_alpha, last_beta, alpha, beta = tape.pop()
        past_bar = y_bar[:k]
        alpha_bar += y_bar.item(k) + float(past_bar @ flips[k, :k])
        share = -alpha_bar / beta
        shares[k] = share
        beta_bar += share * alpha
        both = alpha * past_bar[::-1]
        both += share * reversed_r[n - k :]
        past_bar += both
        alpha_bar = -2.0 * last_alpha * last_beta * beta_bar
        beta_bar *= 1.0 - last_alpha * last_alpha
    r_bar = shares @ flips
    r_bar += shares
    r_bar[0] -= alpha_bar + y_bar[0]
    return r_bar
