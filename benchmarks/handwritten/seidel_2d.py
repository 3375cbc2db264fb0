"""Linear: nothing saved; Python floats in lists of rows."""

import numpy as np


def sweep(A, rows, columns):
    for i in range(1, rows):
        above, row, below = A[i - 1], A[i], A[i + 1]
        for j in range(1, columns):
            row[j] = (
                above[j - 1]
                + above[j]
                + above[j + 1]
                + row[j - 1]
                + row[j]
                + row[j + 1]
                + below[j - 1]
                + below[j]
                + below[j + 1]
            ) / 9.0


def sweep_back(A_bar, rows, columns):
    for i in range(rows - 1, 0, -1):
        above, row, below = A_bar[i - 1], A_bar[i], A_bar[i + 1]
        for j in range(columns - 1, 0, -1):
            share = row[j] / 9.0
            above[j - 1] += share
            above[j] += share
            above[j + 1] += share
            row[j - 1] += share
            row[j] = share
            row[j + 1] += share
            below[j - 1] += share
            below[j] += share
            below[j + 1] += share


def gradient(steps, A):
    rows, columns = A.shape[0] - 1, A.shape[1] - 1
    lists = A.tolist()
    for _ in range(steps):
        sweep(lists, rows, columns)
    A_bar = (2.0 * np.array(lists)).tolist()
    for _ in range(steps):
        sweep_back(A_bar, rows, columns)
    return np.array(A_bar)
