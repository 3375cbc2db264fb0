"""How a wave began, from how it ended: a fit through an in-place simulator.

Burgers' equation steepens and smears a wave. From its shape at the end, gradient
descent through all time steps finds a start that leads there. The simulator
is ordinary NumPy: a time loop and stores into slices.
"""

import numpy as np

from sourcediff import check_grads, value_and_grad

STEPS, DT, DX, VISCOSITY = 60, 0.002, 1.0 / 40, 0.02


def simulate(start):
    """The wave after all steps, on a grid with fixed ends."""
    u = start.copy()
    for _ in range(STEPS):
        advection = u[1:-1] * (u[2:] - u[:-2]) / (2 * DX)
        diffusion = VISCOSITY * (u[2:] - 2 * u[1:-1] + u[:-2]) / DX**2
        u[1:-1] += DT * (diffusion - advection)
    return u


def misfit(start, observed):
    """Half the squared distance from what was observed."""
    return 0.5 * np.sum((simulate(start) - observed) ** 2)


def main():
    """Fit the start of a wave to its end."""
    x = np.linspace(0.0, 1.0, 41)
    truth = np.sin(np.pi * x) * (1.0 + 0.5 * np.sin(3 * np.pi * x))
    observed = simulate(truth)

    start = np.zeros_like(x)
    check_grads(misfit, (start + 0.3, observed))
    gradient = value_and_grad(misfit)
    velocity = np.zeros_like(x)
    for step in range(201):
        value, slope = gradient(start, observed)
        velocity = 0.9 * velocity - 0.3 * slope
        start += velocity
        if step % 50 == 0:
            print(f"step {step:>3}: misfit {value:.2e}")

    off = np.max(np.abs(simulate(start) - observed))
    print(f"at the end off by at most {off:.1e}, at the start by", end=" ")
    print(f"{np.max(np.abs(start - truth)):.2f} (true height {np.max(truth):.2f})")
    assert off < 1e-2
    assert np.max(np.abs(start - truth)) < 0.25


if __name__ == "__main__":
    main()
