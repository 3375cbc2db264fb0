"""The three small functions whose ideal adjoints are known by heart."""

import numpy as np


def straight(x, w):
    y = np.sin(x) * w
    return np.sum(y * y)


def recurrence(x, n):
    a = np.zeros(n)
    a[0] = x
    for i in range(1, n):
        a[i] = a[i - 1] * x + i
    return np.sum(a)


def clipped(x):
    y = np.sin(x)
    if np.sum(y) < 0:
        return np.sum(y * 2.0)
    z = y * y
    return np.sum(z)
