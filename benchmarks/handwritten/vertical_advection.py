"""A level of a field is read or written once; between that, levels are contiguous."""

import numpy as np


def gradient(wind, lift, start, forcing, inverse_dt):
    last = wind.shape[2] - 1
    quarters, steps, starts = [None], [None], []
    ratios, partials, pivots = [], [], []
    level = wind[:, :, 0].copy()
    for k in range(last + 1):
        scaled = inverse_dt * start[:, :, k]
        starts.append(scaled)
        right = scaled + forcing[:, :, k]
        pivot = np.full_like(right, inverse_dt)
        if k > 0:
            below, step = quarters[k], steps[k]
            right -= below * step
            right += below * partials[-1]
            pivot += below
            pivot += below * ratios[-1]
        if k < last:
            above = 0.25 * lift[:, :, k + 1]
            next_level = wind[:, :, k + 1].copy()
            step = next_level - level
            level = next_level
            quarters.append(above)
            steps.append(step)
            right -= above * step
            pivot -= above
        np.reciprocal(pivot, out=pivot)
        right *= pivot
        pivots.append(pivot)
        partials.append(right)
        if k < last:
            ratios.append(above * pivot)

    # back through the substitution: level k's cotangent reaches level k + 1
    solutions = partials.copy()
    for k in range(last - 1, -1, -1):
        solution = ratios[k] * solutions[k + 1]
        solutions[k] = np.subtract(partials[k], solution, out=solution)
    scale = 2.0 * inverse_dt / wind.size
    solution_bars = []
    for k in range(last + 1):
        seed = starts[k]
        seed -= inverse_dt * solutions[k]
        seed *= scale
        solution_bar = -seed
        if k > 0:
            solution_bar -= ratios[k - 1] * solution_bars[-1]
        solution_bars.append(solution_bar)

    # back through the elimination
    wind_bar, lift_bar = np.empty_like(wind), np.empty_like(lift)
    start_bar, forcing_bar = np.empty_like(start), np.empty_like(forcing)
    lift_bar[:, :, 0] = lift_bar[:, :, last + 1] = 0.0
    ratio_bar = partial_bar = quarter_bar = None
    wind_level_bar = np.zeros_like(level)
    for k in range(last, -1, -1):
        right_bar, pivot = solution_bars[k], pivots[k]
        if k < last:
            above_bar = ratio_bar
            above_bar -= right_bar * solutions[k + 1]
            right_bar += partial_bar
        pivot_bar = right_bar * partials[k]
        if k < last:
            pivot_bar += above_bar * ratios[k]
            above_bar *= pivot
        pivot_bar *= pivot
        right_bar *= pivot
        forcing_bar[:, :, k] = right_bar
        moved = inverse_dt * right_bar
        moved += starts[k]
        start_bar[:, :, k] = moved
        if k < last:
            above_bar += pivot_bar
            above_bar -= right_bar * steps[k + 1]
            quarter_bar += above_bar
            quarter_bar *= 0.25
            lift_bar[:, :, k + 1] = quarter_bar
            moved = np.multiply(right_bar, quarters[k + 1], out=moved)
            np.subtract(wind_level_bar, moved, out=wind_bar[:, :, k + 1])
            # now partial_bar is only wanted for the wind
            moved += partial_bar
            wind_level_bar = moved
        if k > 0:
            below, pivot_bar = quarters[k], np.negative(pivot_bar, out=pivot_bar)
            quarter_bar = partials[k - 1] - steps[k]
            quarter_bar *= right_bar
            quarter_bar += pivot_bar
            quarter_bar += pivot_bar * ratios[k - 1]
            partial_bar = right_bar * below
            ratio_bar = np.multiply(pivot_bar, below, out=pivot_bar)
            wind_level_bar -= partial_bar
    wind_bar[:, :, 0] = wind_level_bar
    return wind_bar, lift_bar, start_bar, forcing_bar
