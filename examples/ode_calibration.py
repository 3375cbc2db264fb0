"""Calibrate a predator-prey model to observations, through a Runge-Kutta integrator."""

import numpy as np

from sourcediff import check_grads, value_and_grad

STEPS = 60


def rates(state, model):
    """Lotka and Volterra: how fast prey and predators change."""
    prey, predators = state[0], state[1]
    met = prey * predators
    return np.array(
        [
            model["birth"] * prey - model["hunted"] * met,
            model["fed"] * met - model["death"] * predators,
        ]
    )


def runge_kutta(state, model, dt):
    """The state after one time step, to fourth order."""
    k1 = rates(state, model)
    k2 = rates(state + 0.5 * dt * k1, model)
    k3 = rates(state + 0.5 * dt * k2, model)
    k4 = rates(state + dt * k3, model)
    return state + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)


def history(model, start, dt=0.1):
    """The states at all times, one row each."""
    states = np.zeros((STEPS + 1, 2))
    states[0] = start
    for step in range(STEPS):
        states[step + 1] = runge_kutta(states[step], model, dt)
    return states


def misfit(model, start, observed):
    """How far a history is from the observed one, in ratios."""
    return np.mean((np.log(history(model, start)) - np.log(observed)) ** 2)


def main():
    """Recover the parameters that made the observations."""
    truth = {"birth": 1.1, "hunted": 0.4, "fed": 0.1, "death": 0.4}
    start = np.array([10.0, 5.0])
    observed = history(truth, start)

    model = {"birth": 0.9, "hunted": 0.3, "fed": 0.12, "death": 0.5}
    check_grads(misfit, (model, start, observed))
    gradient = value_and_grad(misfit)
    velocity = dict.fromkeys(model, 0.0)
    for step in range(161):
        value, slope = gradient(model, start, observed)
        for name in model:  # descent with momentum, in the logarithms of the parameters
            velocity[name] = 0.9 * velocity[name] - 0.1 * slope[name] * model[name]
            model[name] = float(model[name] * np.exp(velocity[name]))
        if step % 40 == 0:
            print(f"step {step:>3}: misfit {value:.2e}")
    print({name: round(value, 3) for name, value in model.items()})
    for name, value in truth.items():
        assert abs(model[name] - value) < 0.01 * value, name


if __name__ == "__main__":
    main()
