"""Implicit vertical advection: one tridiagonal solve (Thomas) per column of air."""

import numpy as np

SHAPES = {"small": (3, 4, 6), "large": (112, 112, 80)}


def tendency(wind, lift, start, forcing, inverse_dt):
    rows, columns, levels = wind.shape
    ratio = np.empty_like(wind)
    solution = np.empty_like(wind)

    # elimination, from the ground up
    for k in range(levels):
        below = 0.25 * lift[:, :, k]
        above = 0.25 * lift[:, :, k + 1]
        right = inverse_dt * start[:, :, k] + forcing[:, :, k]
        if k > 0:
            right -= below * (wind[:, :, k] - wind[:, :, k - 1])
        if k < levels - 1:
            right -= above * (wind[:, :, k + 1] - wind[:, :, k])
        if k == 0:
            diagonal = inverse_dt - above
            ratio[:, :, k] = above / diagonal
            solution[:, :, k] = right / diagonal
        else:
            diagonal = inverse_dt + below - above
            if k == levels - 1:
                diagonal = inverse_dt + below
            pivot = 1.0 / (diagonal + below * ratio[:, :, k - 1])
            ratio[:, :, k] = above * pivot
            solution[:, :, k] = (right + below * solution[:, :, k - 1]) * pivot

    # substitution, back down
    for k in range(levels - 2, -1, -1):
        solution[:, :, k] -= ratio[:, :, k] * solution[:, :, k + 1]
    return inverse_dt * (solution - start)


def squared_tendency(wind, lift, start, forcing, inverse_dt):
    return np.mean(tendency(wind, lift, start, forcing, inverse_dt) ** 2)


PRIMAL = squared_tendency
WRT = (0, 1, 2, 3)


def arguments(rng, size="small"):
    rows, columns, levels = SHAPES[size]
    wind, start, forcing = rng.normal(size=(3, rows, columns, levels))
    lift = rng.uniform(-0.9, 0.9, (rows, columns, levels + 1))
    return wind.copy(), lift, start.copy(), 0.2 * forcing, 3.0 / 1.7
