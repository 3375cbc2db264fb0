"""A Kalman filter's log-likelihood that ends early when the sensor falls silent."""

import numpy as np

STEPS = {"small": 9, "large": 200}


def log_likelihood(log_process, log_sensor, start, observations, dt):
    F = np.eye(4)
    F[0, 2] = dt
    F[1, 3] = dt
    H = np.zeros((2, 4))
    H[0, 0] = 1.0
    H[1, 1] = 1.0
    spread = np.array([dt**3 / 3, dt**3 / 3, dt, dt])
    Q = np.exp(log_process) * np.diag(spread)
    R = np.diag(np.exp(log_sensor))
    mean = start
    P = np.eye(4)
    total = 0.0
    for observed in observations:
        if np.any(np.isnan(observed)):
            return total
        mean = F @ mean
        P = F @ P @ F.T + Q
        residual = observed - H @ mean
        S = H @ P @ H.T + R
        S_inverse = np.linalg.inv(S)
        total -= 0.5 * (residual @ S_inverse @ residual + np.log(np.linalg.det(S)))
        total -= np.log(2.0 * np.pi)
        gain = P @ H.T @ S_inverse
        mean = mean + gain @ residual
        P = P - gain @ H @ P
    return total


PRIMAL = log_likelihood
WRT = ("log_process", "log_sensor", "start")


def arguments(rng, size="small"):
    steps = STEPS[size]
    observations = np.cumsum(rng.normal(size=(steps + 3, 2)), axis=0)
    observations[steps:] = np.nan
    start = rng.normal(size=4)
    return -0.63, np.array([0.27, -0.41]), start, observations, 0.37
