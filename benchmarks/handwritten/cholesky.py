"""Only the factor is read; a row's cotangent and the diagonal's are one update."""

import numpy as np


def factor(A):
    """The primal's loops on a copy, with rows as views."""
    A = A.copy()
    for i in range(len(A)):
        row = A[i]
        for j in range(i):
            row[j] = (row[j] - row[:j] @ A[j, :j]) / A[j, j]
        row[i] = np.sqrt(row[i] - row[:i] @ row[:i])
    return A


def gradient(A, weights):
    L = factor(A)
    L_bar = np.tril(weights)
    diagonal = L.diagonal().tolist()
    for i in range(len(A) - 1, -1, -1):
        row, row_bar = L[i], L_bar[i]
        row_bar[i] *= 0.5 / diagonal[i]
        row_bar[:i] -= (2.0 * row_bar[i]) * row[:i]
        for j in range(i - 1, -1, -1):
            share = row_bar.item(j) / diagonal[j]
            row_bar[j] = share
            row_bar[:j] -= share * L[j, :j]
            L_bar[j, : j + 1] -= share * row[: j + 1]
    return L_bar


def restructured(A, weights):
    """What a row's shares do to earlier rows is one outer product."""
    L = factor(A)
    L_bar = np.tril(weights)
    diagonal = L.diagonal().tolist()
    for i in range(len(A) - 1, -1, -1):
        row, row_bar = L[i], L_bar[i]
        row_bar[i] *= 0.5 / diagonal[i]
        row_bar[:i] -= (2.0 * row_bar[i]) * row[:i]
        for j in range(i - 1, -1, -1):
            share = row_bar.item(j) / diagonal[j]
            row_bar[j] = share
            row_bar[:j] -= share * L[j, :j]
        L_bar[:i, :i] -= row_bar[:i, None] * row[:i]
    return np.tril(L_bar)
