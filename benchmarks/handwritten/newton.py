"""The tape of an iteration holds what the adjoint of a Newton step reads."""

import math

import numpy as np


def gradient(axis, eccentricity, rate, times, distances):
    axis_bar = eccentricity_bar = rate_bar = 0.0
    for i in range(len(times)):
        mean_anomaly = rate * times[i]
        E = mean_anomaly
        tape = []
        while True:
            sine, cosine = np.sin(E), np.cos(E)
            slope = 1.0 - eccentricity * cosine
            step = (E - eccentricity * sine - mean_anomaly) / slope
            tape.append((sine, cosine, slope, step))
            E -= step
            if abs(step) < 1e-12:
                break
        cosine = np.cos(E)
        distance = 1.0 - eccentricity * cosine
        error_bar = 2.0 * (axis * distance - distances[i])
        axis_bar += error_bar * distance
        error_bar *= axis
        eccentricity_bar -= error_bar * cosine
        E_bar = error_bar * eccentricity * np.sin(E)
        mean_anomaly_bar = 0.0
        for sine, cosine, slope, step in reversed(tape):
            error_bar = -E_bar / slope
            slope_bar = -error_bar * step
            mean_anomaly_bar -= error_bar
            eccentricity_bar -= error_bar * sine + slope_bar * cosine
            # E's own cotangent and the error's cancel: a Newton step forgets
            E_bar = slope_bar * eccentricity * sine
        rate_bar += (mean_anomaly_bar + E_bar) * times[i]
    return axis_bar, eccentricity_bar, rate_bar


def restructured(axis, eccentricity, rate, times, distances):
    """By the implicit function theorem, in Python floats."""
    axis_bar = eccentricity_bar = rate_bar = 0.0
    for time, observed in zip(times.tolist(), distances.tolist(), strict=True):
        mean_anomaly = rate * time
        E = mean_anomaly
        while True:
            error = E - eccentricity * math.sin(E) - mean_anomaly
            step = error / (1.0 - eccentricity * math.cos(E))
            E -= step
            if abs(step) < 1e-12:
                break
        sine, cosine = math.sin(E), math.cos(E)
        distance = 1.0 - eccentricity * cosine
        error_bar = 2.0 * (axis * distance - observed)
        axis_bar += error_bar * distance
        error_bar *= axis
        mean_anomaly_bar = error_bar * eccentricity * sine / distance
        eccentricity_bar += mean_anomaly_bar * sine - error_bar * cosine
        rate_bar += mean_anomaly_bar * time
    return axis_bar, eccentricity_bar, rate_bar
