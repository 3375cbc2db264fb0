"""The expected adjoint of durbin."""

import numpy as np


def durbin_grad(r, weights, out_bar=1.0):
    # forward
    saved = []
    y = np.empty_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = alpha
    for k in range(1, len(r)):
        beta_saved = beta
        t1 = 1.0 - alpha * alpha
        beta *= t1
        alpha_saved = alpha
        alpha = -(r[k] + np.dot(r[:k][::-1], y[:k])) / beta
        saved.append((beta_saved, t1, alpha_saved, y[:k].copy()))
        y[:k] += alpha * y[:k][::-1]
        y[k] = alpha
    # return np.sum(y * weights)
    y_bar = out_bar * weights
    alpha_bar = 0.0
    beta_bar = 0.0
    r_bar = np.zeros_like(r)
    for k, (beta_saved, t1, alpha_saved, y_before) in zip(
        reversed(range(1, len(r))), reversed(saved), strict=True
    ):
        # y[k] = alpha
        alpha_bar += y_bar[k]
        # y[:k] += alpha * y[:k][::-1]
        y_bar2 = y_bar[:k]
        alpha_bar += y_bar2 @ y_before[::-1]
        y_bar2 += (alpha * y_bar2)[::-1]
        # alpha = -(r[k] + np.dot(r[:k][::-1], y[:k])) / beta
        minus_r_k_plus_dot_r_bar = alpha_bar / beta
        r_bar[k] -= minus_r_k_plus_dot_r_bar
        r_bar_part = r_bar[:k]
        r_bar_part -= (minus_r_k_plus_dot_r_bar * y_before)[::-1]
        y_bar2 -= minus_r_k_plus_dot_r_bar * r[:k][::-1]
        beta_bar -= minus_r_k_plus_dot_r_bar * alpha
        alpha = alpha_saved
        # beta *= 1.0 - alpha * alpha
        beta = beta_saved
        alpha_bar = -2.0 * beta_bar * beta * alpha
        beta_bar = beta_bar * t1
    # y[0] = alpha
    alpha_bar += y_bar[0]
    # alpha = -r[0]
    r_bar[0] -= alpha_bar
    return r_bar
