"""A chain of elementwise operations, summed."""

import numpy as np

LENGTHS = {"small": 23, "1e3": 1_000, "large": 100_000}


def chain(x):
    y = x * x + 0.7
    z = np.exp(-0.3 * y)
    w = z * x + np.sqrt(y)
    return np.sum(w / (1.2 + z))


PRIMAL = chain
WRT = 0


def arguments(rng, size="small"):
    return (rng.normal(size=LENGTHS[size]),)
