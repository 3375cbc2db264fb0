"""The log-determinant by an LU factorisation in scalar loops, in place."""

import math

SIZES = {"small": 5, "large": 40}


def log_determinant(A):
    n = len(A)
    for k in range(n):
        for i in range(k + 1, n):
            A[i, k] /= A[k, k]
            for j in range(k + 1, n):
                A[i, j] -= A[i, k] * A[k, j]
    total = 0.0
    for k in range(n):
        total += math.log(abs(A[k, k]))
    return total


PRIMAL = log_determinant
WRT = 0


def arguments(rng, size="small"):
    n = SIZES[size]
    A = rng.normal(size=(n, n)) / math.sqrt(n)
    for k in range(n):
        A[k, k] += 2.1 if k % 2 else -2.3
    return (A,)
