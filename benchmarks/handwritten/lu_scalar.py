"""Only the factors are read; Python floats in lists of rows."""

import numpy as np


def gradient(A):
    n = len(A)
    A = A.tolist()
    for k in range(n):
        upper = A[k]
        for i in range(k + 1, n):
            row = A[i]
            row[k] /= upper[k]
            for j in range(k + 1, n):
                row[j] -= row[k] * upper[j]

    A_bar = [[0.0] * n for _ in range(n)]
    for k in range(n):
        A_bar[k][k] = 1.0 / A[k][k]
    for k in range(n - 1, -1, -1):
        upper, upper_bar = A[k], A_bar[k]
        for i in range(n - 1, k, -1):
            factor, row_bar = A[i][k], A_bar[i]
            factor_bar = row_bar[k]
            for j in range(n - 1, k, -1):
                share = row_bar[j]
                factor_bar -= share * upper[j]
                upper_bar[j] -= share * factor
            factor_bar /= upper[k]
            row_bar[k] = factor_bar
            upper_bar[k] -= factor_bar * factor
    return np.array(A_bar)
