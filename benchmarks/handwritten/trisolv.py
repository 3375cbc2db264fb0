"""A row of L's cotangent is one product and zeros, each written once."""

import numpy as np


def gradient(L, x, b):
    n = len(b)
    x = np.empty_like(x)
    for i in range(n):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]

    x_bar = 2.0 * x
    b_bar = np.empty_like(b)
    L_bar = np.zeros_like(L)
    for i in range(n - 1, -1, -1):
        share = x_bar[i] / L[i, i]
        b_bar[i] = share
        np.multiply(x[: i + 1], -share, out=L_bar[i, : i + 1])
        x_bar[:i] -= share * L[i, :i]
    return L_bar, b_bar
