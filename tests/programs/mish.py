"""The mish activation, x tanh(softplus(x)), against a cotangent-like weight."""

import numpy as np

LENGTHS = {"small": 19, "large": 100_000}


def mish(x):
    softplus = np.log(1.0 + np.exp(x))
    return np.sum(x * np.tanh(softplus))


PRIMAL = mish
WRT = "x"


def arguments(rng, size="small"):
    return (2.0 * rng.normal(size=LENGTHS[size]),)
