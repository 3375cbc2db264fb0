"""Jacobi's five-point smoothing between two grids, in place (PolyBench)."""

import numpy as np

SIZES = {"small": (5, 9, 7), "large": (80, 350, 350)}


def jacobi_2d(steps, A, B, weights):
    for t in range(1, steps):
        B[1:-1, 1:-1] = 0.2 * (
            A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1]
        )
        A[1:-1, 1:-1] = 0.2 * (
            B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1]
        )
    return np.sum(A * weights)


PRIMAL = jacobi_2d
WRT = ("A", "B")


def arguments(rng, size="small"):
    steps, rows, columns = SIZES[size]
    A, B, weights = rng.normal(size=(3, rows, columns))
    return steps, A.copy(), B.copy(), weights.copy()
