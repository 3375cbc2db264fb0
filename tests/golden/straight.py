"""The expected adjoint of straight."""

import numpy as np


def straight_grad(x, w, out_bar=1.0):
    # forward
    y = np.sin(x) * w
    # return np.sum(y * y)
    y_bar = 2.0 * out_bar * y
    # y = np.sin(x) * w
    x_bar = y_bar * w * np.cos(x)
    return x_bar
