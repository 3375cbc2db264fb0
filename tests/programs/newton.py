"""Kepler's equation by Newton's method in a `while` loop with `break`."""

import numpy as np

SIZES = {"small": 4, "large": 100}


def eccentric_anomaly(mean_anomaly, eccentricity):
    E = mean_anomaly
    while True:
        error = E - eccentricity * np.sin(E) - mean_anomaly
        step = error / (1.0 - eccentricity * np.cos(E))
        E -= step
        if abs(step) < 1e-12:
            break
    return E


def orbit_misfit(axis, eccentricity, rate, times, distances):
    misfit = 0.0
    for i in range(len(times)):
        E = eccentric_anomaly(rate * times[i], eccentricity)
        misfit += (axis * (1.0 - eccentricity * np.cos(E)) - distances[i]) ** 2
    return misfit


PRIMAL = orbit_misfit
WRT = ("axis", "eccentricity", "rate")


def arguments(rng, size="small"):
    n = SIZES[size]
    times = np.sort(rng.uniform(0.1, 6.0, n))
    return 1.31, 0.37, 0.83, times, rng.uniform(0.6, 2.0, n)
