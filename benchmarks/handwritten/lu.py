"""Only the factors are read."""

import numpy as np


def factor(A):
    """The primal's loops on a copy, with rows as views."""
    A = A.copy()
    n = len(A)
    for i in range(n):
        row = A[i]
        for j in range(i):
            row[j] = (row[j] - row[:j] @ A[:j, j]) / A[j, j]
        left = row[:i]
        for j in range(i, n):
            row[j] -= left @ A[:i, j]
    return A


def gradient(A, weights):
    A = factor(A)
    n = len(A)
    A_bar = weights.copy()
    diagonal = A.diagonal().tolist()
    for i in range(n - 1, -1, -1):
        row, row_bar = A[i], A_bar[i]
        left, left_bar = row[:i], row_bar[:i]
        for j in range(n - 1, i - 1, -1):
            share = row_bar.item(j)
            left_bar -= share * A[:i, j]
            A_bar[:i, j] -= share * left
        for j in range(i - 1, -1, -1):
            share = row_bar.item(j) / diagonal[j]
            row_bar[j] = share
            row_bar[:j] -= share * A[:j, j]
            A_bar[: j + 1, j] -= share * row[: j + 1]
    return A_bar


def restructured(A, weights):
    """Columns that do not depend on each other are taken together."""
    A = factor(A)
    n = len(A)
    A_bar = weights.copy()
    diagonal = A.diagonal().tolist()
    columns = np.ascontiguousarray(A.T)
    for i in range(n - 1, -1, -1):
        row, row_bar = A[i], A_bar[i]
        row_bar[:i] -= A[:i, i:] @ row_bar[i:]
        for j in range(i - 1, -1, -1):
            share = row_bar.item(j) / diagonal[j]
            row_bar[j] = share
            row_bar[:j] -= share * columns[j, :j]
        # entry (l, j) of the factors took part in entry (i, j) for l < i, l <= j
        upper = row[:i, None] * row_bar
        upper[:, :i] = np.triu(upper[:, :i])
        A_bar[:i] -= upper
    return A_bar
