"""The adjoint of the filter's statements; covariances are any matrices to it."""

import numpy as np


def model(log_process, log_sensor, dt):
    F = np.eye(4)
    F[0, 2] = dt
    F[1, 3] = dt
    H = np.zeros((2, 4))
    H[0, 0] = 1.0
    H[1, 1] = 1.0
    spread = np.array([dt**3 / 3, dt**3 / 3, dt, dt])
    Q = np.exp(log_process) * np.diag(spread)
    R = np.diag(np.exp(log_sensor))
    return F, H, spread, Q, R


def gradient(log_process, log_sensor, start, observations, dt):
    F, H, spread, Q, R = model(log_process, log_sensor, dt)
    mean = start
    P = np.eye(4)
    tape = []
    for observed in observations:
        if np.any(np.isnan(observed)):
            break
        mean = F @ mean
        P = F @ P @ F.T + Q
        residual = observed - H @ mean
        HP, PH = H @ P, P @ H.T
        S_inverse = np.linalg.inv(HP @ H.T + R)
        gain = PH @ S_inverse
        tape.append((residual, HP, PH, S_inverse, gain))
        mean = mean + gain @ residual
        P = P - gain @ HP

    mean_bar = np.zeros(4)
    P_bar = np.zeros((4, 4))
    Q_bar = np.zeros(4)
    R_bar = np.zeros(2)
    for residual, HP, PH, S_inverse, gain in reversed(tape):
        gain_bar = mean_bar[:, None] * residual
        gain_bar -= P_bar @ HP.T
        half = 0.5 * residual
        S_inverse_bar = PH.T @ gain_bar
        S_inverse_bar -= half[:, None] * residual
        S_bar = S_inverse_bar @ S_inverse.T
        S_bar[0, 0] += 0.5
        S_bar[1, 1] += 0.5
        S_bar = -(S_inverse.T @ S_bar)
        residual_bar = mean_bar @ gain
        residual_bar -= S_inverse @ half
        residual_bar -= half @ S_inverse
        HP_bar = S_bar @ H
        HP_bar -= gain.T @ P_bar
        P_bar = P_bar + H.T @ HP_bar
        P_bar += gain_bar @ S_inverse.T @ H
        mean_bar = (mean_bar - residual_bar @ H) @ F
        R_bar += S_bar.diagonal()
        Q_bar += P_bar.diagonal()
        P_bar = F.T @ P_bar @ F
    log_process_bar = np.exp(log_process) * (spread @ Q_bar)
    return log_process_bar, R_bar * np.exp(log_sensor), mean_bar


def restructured(log_process, log_sensor, start, observations, dt):
    """Covariances are symmetric, so their cotangents may be folded."""
    F, H, spread, Q, R = model(log_process, log_sensor, dt)
    mean = start
    P = np.eye(4)
    tape = []
    for observed in observations:
        if np.any(np.isnan(observed)):
            break
        mean = F @ mean
        P = F @ P @ F.T + Q
        residual = observed - H @ mean
        HP = H @ P
        S_inverse = np.linalg.inv(HP @ H.T + R)
        gain = HP.T @ S_inverse
        tape.append((residual, HP, S_inverse, gain))
        mean = mean + gain @ residual
        P = P - gain @ HP

    mean_bar = np.zeros(4)
    P_bar = np.zeros((4, 4))
    Q_bar = np.zeros(4)
    R_bar = np.zeros(2)
    for residual, HP, S_inverse, gain in reversed(tape):
        gain_bar = mean_bar[:, None] * residual
        gain_bar -= P_bar @ HP.T
        half = 0.5 * residual
        S_inverse_bar = HP @ gain_bar
        S_inverse_bar -= half[:, None] * residual
        S_bar = -0.5 * S_inverse
        S_bar -= S_inverse @ S_inverse_bar @ S_inverse
        residual_bar = mean_bar @ gain
        residual_bar -= S_inverse @ residual
        HP_bar = S_inverse @ gain_bar.T
        HP_bar -= gain.T @ P_bar
        HP_bar += S_bar @ H
        P_bar = P_bar + H.T @ HP_bar
        mean_bar = (mean_bar - residual_bar @ H) @ F
        R_bar += S_bar.diagonal()
        Q_bar += P_bar.diagonal()
        # only the symmetric part of a covariance's cotangent acts
        P_bar = F.T @ P_bar @ F
        P_bar += P_bar.T
        P_bar *= 0.5
    log_process_bar = np.exp(log_process) * (spread @ Q_bar)
    return log_process_bar, R_bar * np.exp(log_sensor), mean_bar
