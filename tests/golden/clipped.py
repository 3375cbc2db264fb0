"""The expected adjoint of clipped."""

import numpy as np


def clipped_grad(x, out_bar=1.0):
    # forward
    y = np.sin(x)
    branch = np.sum(y) < 0
    if branch:
        # return np.sum(y * 2.0)
        y_bar = 2.0 * out_bar
    else:
        # z = y * y
        y_bar = 2.0 * out_bar * y
    # y = np.sin(x)
    x_bar = y_bar * np.cos(x)
    return x_bar
