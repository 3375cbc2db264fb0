"""Gauss-Seidel's nine-point smoothing by scalar loops, in place (PolyBench)."""

import numpy as np

SIZES = {"small": (3, 6, 5), "large": (15, 100, 100)}


def seidel_2d(steps, A):
    rows, columns = A.shape
    for t in range(steps):
        for i in range(1, rows - 1):
            for j in range(1, columns - 1):
                A[i, j] = (
                    A[i - 1, j - 1]
                    + A[i - 1, j]
                    + A[i - 1, j + 1]
                    + A[i, j - 1]
                    + A[i, j]
                    + A[i, j + 1]
                    + A[i + 1, j - 1]
                    + A[i + 1, j]
                    + A[i + 1, j + 1]
                ) / 9.0
    return np.sum(A * A)


PRIMAL = seidel_2d
WRT = "A"


def arguments(rng, size="small"):
    steps, rows, columns = SIZES[size]
    return steps, rng.normal(size=(rows, columns))
