"""The expected forward mode of clipped."""

import numpy as np


def clipped_jvp(x, x_dot):
    y_dot = x_dot * np.cos(x)
    y = np.sin(x)
    if y.sum() < 0:
        return (y * 2.0).sum(), 2.0 * y_dot.sum()
    else:
        z_dot = 2.0 * y_dot * y
        z = y * y
        return z.sum(), z_dot.sum()
