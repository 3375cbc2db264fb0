"""The expected forward mode of clipped."""

import numpy as np


def clipped_jvp(x, x_dot):
    y_dot = x_dot * np.cos(x)
    y = np.sin(x)
    if np.sum(y) < 0:
        return np.sum(y * 2.0), 2.0 * np.sum(y_dot)
    else:
        z_dot = 2.0 * y_dot * y
        z = y * y
        return np.sum(z), np.sum(z_dot)
