"""The logistic map, iterated."""

STEPS = {"small": 7, "large": 1_000}


def logistic_map(x, r, steps):
    for _ in range(steps):
        x = r * x * (1.0 - x)
    return x


PRIMAL = logistic_map
WRT = ("x", "r")


def arguments(rng, size="small"):
    return float(rng.uniform(0.2, 0.4)), float(rng.uniform(3.15, 3.35)), STEPS[size]
