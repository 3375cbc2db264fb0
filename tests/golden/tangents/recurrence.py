"""The expected forward mode of recurrence."""

import numpy as np


def recurrence_jvp(x, n, x_dot):
    a = np.zeros(n)
    a_dot = np.zeros_like(a)
    a_dot[0] = x_dot
    a[0] = x
    for i in range(1, n):
        a_dot[i] = a_dot[i - 1] * x + x_dot * a[i - 1]
        a[i] = a[i - 1] * x + i
    return np.sum(a), np.sum(a_dot)
