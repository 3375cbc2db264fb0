"""The expected adjoint of orbit_misfit."""

import numpy as np


def eccentric_anomaly_fwd(mean_anomaly, eccentricity):
    saved = []
    E = mean_anomaly
    while True:
        cos_E = np.cos(E)
        sin_E = np.sin(E)
        error = E - eccentricity * sin_E - mean_anomaly
        t1 = 1.0 - eccentricity * cos_E
        step = error / t1
        saved.append((cos_E, sin_E, t1, step))
        E -= step
        branch = abs(step) < 1e-12
        if branch:
            break
    out = E
    return out, (eccentricity, saved)


def eccentric_anomaly_bwd(saved2, out_bar):
    eccentricity, saved = saved2
    E_bar = out_bar
    eccentricity_bar = 0.0
    mean_anomaly_bar = 0.0
    for cos_E, sin_E, t1, step in reversed(saved):
        # E -= step
        step_bar = -E_bar
        # step = error / (1.0 - eccentricity * np.cos(E))
        error_bar = step_bar / t1
        t2_bar = error_bar * step
        eccentricity_bar += t2_bar * cos_E
        E_bar -= t2_bar * eccentricity * sin_E
        # error = E - eccentricity * np.sin(E) - mean_anomaly
        E_bar += error_bar - error_bar * eccentricity * cos_E
        eccentricity_bar -= error_bar * sin_E
        mean_anomaly_bar -= error_bar
    # E = mean_anomaly
    mean_anomaly_bar += E_bar
    return mean_anomaly_bar, eccentricity_bar


def orbit_misfit_grad(axis, eccentricity, rate, times, distances, out_bar=1.0):
    # forward
    saved = []
    for i in range(len(times)):
        E, eccentric_anomaly_saved = eccentric_anomaly_fwd(
            rate * times[i], eccentricity
        )
        cos_E = np.cos(E)
        t1 = 1.0 - eccentricity * cos_E
        t2 = axis * t1 - distances[i]
        saved.append((E, eccentric_anomaly_saved, cos_E, t1, t2))
    axis_bar = 0.0
    eccentricity_bar = 0.0
    misfit_bar = out_bar
    rate_bar = 0.0
    for i, (E, eccentric_anomaly_saved, cos_E, t1, t2) in zip(
        reversed(range(len(times))), reversed(saved), strict=True
    ):
        # misfit += (axis * (1.0 - eccentricity * np.cos(E)) - distances[i]) ** 2
        t3_bar = 2.0 * misfit_bar * t2
        t4_bar = t3_bar * axis
        axis_bar += t3_bar * t1
        eccentricity_bar -= t4_bar * cos_E
        E_bar = t4_bar * eccentricity * np.sin(E)
        # E = eccentric_anomaly(rate * times[i], eccentricity)
        rate_times_times_i_bar, eccentricity_bar2 = eccentric_anomaly_bwd(
            eccentric_anomaly_saved, E_bar
        )
        rate_bar += rate_times_times_i_bar * times[i]
        eccentricity_bar += eccentricity_bar2
    return axis_bar, eccentricity_bar, rate_bar
