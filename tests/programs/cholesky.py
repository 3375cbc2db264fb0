"""Cholesky's factorisation in place, row by row (PolyBench)."""

import numpy as np

SIZES = {"small": 5, "large": 100}


def cholesky(A, weights):
    n = len(A)
    for i in range(n):
        for j in range(i):
            A[i, j] -= np.dot(A[i, :j], A[j, :j])
            A[i, j] /= A[j, j]
        A[i, i] -= np.dot(A[i, :i], A[i, :i])
        A[i, i] = np.sqrt(A[i, i])
    return np.sum(np.tril(A) * weights)


PRIMAL = cholesky
WRT = "A"


def arguments(rng, size="small"):
    n = SIZES[size]
    factor = rng.normal(size=(n, n + 3))
    return factor @ factor.T / n + np.eye(n), rng.normal(size=(n, n))
