"""The expected adjoint of cholesky."""

import numpy as np


def cholesky_grad(A, weights, out_bar=1.0):
    # forward
    A = A.copy()
    n = len(A)
    for i in range(n):
        for j in range(i):
            A[i, j] -= np.dot(A[i, :j], A[j, :j])
            A[i, j] /= A[j, j]
        A[i, i] -= np.dot(A[i, :i], A[i, :i])
        A[i, i] = np.sqrt(A[i, i])
    # return np.sum(np.tril(A) * weights)
    A_bar = np.tril(out_bar * weights, 0)
    for i in reversed(range(n)):
        # A[i, i] = np.sqrt(A[i, i])
        A_bar[i, i] = 0.5 * A_bar[i, i] / A[i, i]
        # A[i, i] -= np.dot(A[i, :i], A[i, :i])
        A_bar_part = A_bar[i, :i]
        A_bar_part -= 2.0 * A_bar[i, i] * A[i, :i]
        A_bar_i = A_bar[i]
        A_i = A[i]
        for j in reversed(range(i)):
            # A[i, j] /= A[j, j]
            A_i_j_bar = A_bar_i[j] / A[j, j]
            A_bar_i[j] = A_i_j_bar
            A_bar[j, j] -= A_i_j_bar * A_i[j]
            # A[i, j] -= np.dot(A[i, :j], A[j, :j])
            A_i_j_bar2 = A_bar_i[j]
            A_bar_i_part = A_bar_i[:j]
            A_bar_i_part -= A_i_j_bar2 * A[j, :j]
            A_bar_part = A_bar[j, :j]
            A_bar_part -= A_i_j_bar2 * A_i[:j]
    return A_bar
