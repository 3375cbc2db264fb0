"""Forward substitution in a lower triangular system (PolyBench)."""

import numpy as np

SIZES = {"small": 7, "large": 2_000}


def trisolv(L, x, b):
    for i in range(len(b)):
        x[i] = (b[i] - L[i, :i] @ x[:i]) / L[i, i]
    return np.dot(x, x)


PRIMAL = trisolv
WRT = ("L", "b")


def arguments(rng, size="small"):
    n = SIZES[size]
    L = rng.normal(size=(n, n)) / n
    L[np.arange(n), np.arange(n)] = rng.uniform(1.0, 2.0, n)
    return L, np.full(n, 0.37), rng.normal(size=n)
