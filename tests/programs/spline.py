"""Catmull-Rom interpolation on a uniform grid by index arithmetic."""

import numpy as np

SIZES = {"small": (9, 7), "large": (500, 100_000)}


def interpolate(values, origin, spacing, x):
    position = (x - origin) / spacing
    i = np.clip(np.floor(position).astype(int), 1, len(values) - 3)
    t = position - i
    left, right = values[i], values[i + 1]
    left_slope = 0.5 * (right - values[i - 1])
    right_slope = 0.5 * (values[i + 2] - left)
    rise = right - left
    cubic = left_slope + right_slope - 2.0 * rise
    square = 3.0 * rise - 2.0 * left_slope - right_slope
    return left + t * (left_slope + t * (square + t * cubic))


def misfit(values, spacing, x, observed):
    residual = interpolate(values, -1.0, spacing, x) - observed
    return 0.5 * np.mean(residual**2)


PRIMAL = misfit
WRT = ("values", "spacing", "x")


def arguments(rng, size="small"):
    knots, queries = SIZES[size]
    spacing = 0.31
    x = rng.uniform(-0.9, -1.0 + spacing * (knots - 1), queries)
    values, observed = rng.normal(size=knots), rng.normal(size=queries)
    return values, spacing, x, observed
