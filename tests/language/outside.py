"""Data of a module: what other modules read as its attributes."""

import numpy as np

DESIGN = np.random.default_rng(12).standard_normal((9, 4))
RATE = 0.3
buffer = np.linspace(1.0, 2.0, 5)


def model(w):
    return np.tanh(DESIGN @ w) * RATE
