"""Owned temporaries are updated in place."""

import numpy as np


def gradient(x):
    y = x * x
    y += 0.7
    z = y * -0.3
    np.exp(z, out=z)
    root = np.sqrt(y, out=y)
    w = z * x
    w += root
    w_bar = z + 1.2
    np.reciprocal(w_bar, out=w_bar)

    # z_bar = (x - w * w_bar) * w_bar, through z = exp(-0.3 y)
    w *= w_bar
    y_bar = np.subtract(w, x, out=w)
    y_bar *= z
    y_bar *= 0.6
    y_bar += np.reciprocal(root, out=root)
    y_bar *= x
    y_bar += z
    y_bar *= w_bar
    return y_bar
