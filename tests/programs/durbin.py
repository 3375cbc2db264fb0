"""Durbin's recursion for the Yule-Walker equations (PolyBench)."""

import numpy as np

SIZES = {"small": 6, "large": 1_000}


def durbin(r, weights):
    y = np.empty_like(r)
    alpha = -r[0]
    beta = 1.0
    y[0] = alpha
    for k in range(1, len(r)):
        beta *= 1.0 - alpha * alpha
        alpha = -(r[k] + np.dot(r[:k][::-1], y[:k])) / beta
        y[:k] += alpha * y[:k][::-1]
        y[k] = alpha
    return np.sum(y * weights)


PRIMAL = durbin
WRT = "r"


def arguments(rng, size="small"):
    n = SIZES[size]
    lags = np.arange(1, n + 1)
    r = 0.55**lags + 0.02 * rng.normal(size=n) / lags
    return r, rng.normal(size=n)
