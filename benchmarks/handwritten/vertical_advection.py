"""Backwards, levels are written once; between that, they are contiguous."""

import numpy as np


def gradient(wind, lift, start, forcing, inverse_dt):
    last = wind.shape[2] - 1
    ratio, solution = np.empty_like(wind), np.empty_like(wind)
    tape = []
    for k in range(last + 1):
        below = 0.25 * lift[:, :, k]
        above = 0.25 * lift[:, :, k + 1]
        right = inverse_dt * start[:, :, k] + forcing[:, :, k]
        lower = upper = None
        if k > 0:
            lower = wind[:, :, k] - wind[:, :, k - 1]
            right -= below * lower
        if k < last:
            upper = wind[:, :, k + 1] - wind[:, :, k]
            right -= above * upper
        if k == 0:
            pivot = 1.0 / (inverse_dt - above)
        else:
            diagonal = inverse_dt + below - above
            if k == last:
                diagonal = inverse_dt + below
            pivot = 1.0 / (diagonal + below * ratio[:, :, k - 1])
            right += below * solution[:, :, k - 1]
        right *= pivot
        scaled = above * pivot
        ratio[:, :, k] = scaled
        solution[:, :, k] = right
        tape.append((below, above, lower, upper, pivot, scaled, right))

    for k in range(last - 1, -1, -1):
        solution[:, :, k] -= ratio[:, :, k] * solution[:, :, k + 1]
    solution_bar = solution - start
    solution_bar *= 2.0 * inverse_dt**2 / wind.size

    # back through the substitution, from the ground up
    level_bar = solution_bar[:, :, 0].copy()
    solution_bars, ratio_bars = [level_bar], []
    for k in range(last):
        ratio_bars.append(-level_bar * solution[:, :, k + 1])
        level_bar = solution_bar[:, :, k + 1] - level_bar * tape[k][5]
        solution_bars.append(level_bar)
    ratio_bars.append(0.0)

    # back through the elimination
    wind_bar, lift_bar = np.empty_like(wind), np.empty_like(lift)
    forcing_bar = np.empty_like(forcing)
    start_bar = np.negative(solution_bar, out=solution_bar)
    lift_bar[:, :, 0] = lift_bar[:, :, last + 1] = 0.0
    wind_level_bar = upper_lift_bar = carried = 0.0
    for k in range(last, -1, -1):
        below, above, lower, upper, pivot, scaled, partial = tape[k]
        right_bar = solution_bars[k]
        right_bar *= pivot
        above_bar = ratio_bars[k] * pivot
        diagonal_bar = right_bar * partial
        diagonal_bar += above_bar * scaled
        np.negative(diagonal_bar, out=diagonal_bar)
        forcing_bar[:, :, k] = right_bar
        start_bar[:, :, k] += inverse_dt * right_bar
        if k < last:
            above_bar -= diagonal_bar
            above_bar -= right_bar * upper
            above_bar += upper_lift_bar
            above_bar *= 0.25
            lift_bar[:, :, k + 1] = above_bar
            moved = right_bar * above
            wind_bar[:, :, k + 1] = wind_level_bar - moved
            wind_level_bar = moved + carried
        if k > 0:
            upper_lift_bar = tape[k - 1][6] - lower
            upper_lift_bar *= right_bar
            upper_lift_bar += diagonal_bar
            carried = right_bar * below
            wind_level_bar = wind_level_bar - carried
            solution_bars[k - 1] += carried
            diagonal_ratio = diagonal_bar * tape[k - 1][5]
            upper_lift_bar += diagonal_ratio
            diagonal_bar *= below
            ratio_bars[k - 1] += diagonal_bar
    wind_bar[:, :, 0] = wind_level_bar
    return wind_bar, lift_bar, start_bar, forcing_bar


def restructured(wind, lift, start, forcing, inverse_dt):
    """Forwards, too, levels are contiguous and each is read once."""
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
