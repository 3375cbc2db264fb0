"""The expected adjoint of recurrence."""

import numpy as np


def recurrence_grad(x, n, out_bar=1.0):
    # forward
    a = np.zeros(n)
    a[0] = x
    for i in range(1, n):
        a[i] = a[i - 1] * x + i
    # return np.sum(a)
    a_bar = np.full_like(a, out_bar)
    x_bar = 0.0
    for i in reversed(range(1, n)):
        # a[i] = a[i - 1] * x + i
        a_i_bar = a_bar[i]
        a_bar[i] = 0.0
        a_bar[i - 1] += a_i_bar * x
        x_bar += a_i_bar * a[i - 1]
    # a[0] = x
    x_bar += a_bar[0]
    return x_bar
