"""The LU factorisation in place, entry by entry (PolyBench)."""

import numpy as np

SIZES = {"small": 5, "large": 220}


def lu(A, weights):
    n = A.shape[0]
    for i in range(n):
        for j in range(i):
            A[i, j] -= A[i, :j] @ A[:j, j]
            A[i, j] /= A[j, j]
        for j in range(i, n):
            A[i, j] -= A[i, :i] @ A[:i, j]
    return np.sum(A * weights)


PRIMAL = lu
WRT = 0


def arguments(rng, size="small"):
    n = SIZES[size]
    A = rng.normal(size=(n, n)) / np.sqrt(n) + 2.3 * np.eye(n)
    return A, rng.normal(size=(n, n))
