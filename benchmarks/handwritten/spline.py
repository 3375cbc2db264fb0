"""Gathers by one index are scattered by `bincount` and shifted."""

import numpy as np


def gradient(values, spacing, x, observed):
    n = len(values)
    position = (x + 1.0) / spacing
    i = np.clip(np.floor(position).astype(int), 1, n - 3)
    t = position - i
    left, right = values[i], values[i + 1]
    left_slope = 0.5 * (right - values[i - 1])
    right_slope = 0.5 * (values[i + 2] - left)
    rise = right - left
    cubic = left_slope + right_slope - 2.0 * rise
    square = 3.0 * rise - 2.0 * left_slope - right_slope
    outer = t * cubic
    inner = square + outer
    middle = t * inner
    middle += left_slope
    y_bar = t * middle
    y_bar += left
    y_bar -= observed
    y_bar /= len(x)

    # left + t * (left_slope + t * (square + t * cubic))
    outer += inner
    outer *= t
    middle += outer
    middle *= y_bar
    position_bar = middle
    left_slope_bar = t * y_bar
    square_bar = left_slope_bar * t
    cubic_bar = square_bar * t
    rise_bar = 3.0 * square_bar
    rise_bar -= 2.0 * cubic_bar
    right_slope_bar = np.subtract(cubic_bar, square_bar)
    right_slope_bar *= 0.5
    square_bar *= 2.0
    left_slope_bar += cubic_bar
    left_slope_bar -= square_bar
    left_slope_bar *= 0.5

    values_bar = np.bincount(i, y_bar - rise_bar - right_slope_bar, n)
    values_bar[1:] += np.bincount(i, rise_bar + left_slope_bar, n)[:-1]
    values_bar[:-1] -= np.bincount(i, left_slope_bar, n)[1:]
    values_bar[2:] += np.bincount(i, right_slope_bar, n)[:-2]
    spacing_bar = -(position_bar @ position) / spacing
    position_bar /= spacing
    return values_bar, spacing_bar, position_bar
