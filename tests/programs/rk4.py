"""Lotka-Volterra populations by the classical Runge-Kutta method, in scalars."""

STEPS = {"small": 37, "large": 1_000}


def rates(prey, predators, birth, hunt, growth, death):
    return prey * (birth - hunt * predators), predators * (growth * prey - death)


def final_populations(prey, predators, birth, hunt, growth, death, dt, steps):
    for _ in range(steps):
        k1, m1 = rates(prey, predators, birth, hunt, growth, death)
        k2, m2 = rates(
            prey + dt / 2 * k1, predators + dt / 2 * m1, birth, hunt, growth, death
        )
        k3, m3 = rates(
            prey + dt / 2 * k2, predators + dt / 2 * m2, birth, hunt, growth, death
        )
        k4, m4 = rates(prey + dt * k3, predators + dt * m3, birth, hunt, growth, death)
        prey += dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        predators += dt / 6 * (m1 + 2 * m2 + 2 * m3 + m4)
    return prey + 0.7 * predators


PRIMAL = final_populations
WRT = ("prey", "predators", "birth", "hunt", "growth", "death")


def arguments(rng, size="small"):
    prey, predators = rng.uniform(0.8, 1.9, 2)
    birth, hunt, growth, death = rng.uniform(0.6, 1.1, 4)
    populations = float(prey), float(predators)
    coefficients = float(birth), float(hunt), float(growth), float(death)
    return *populations, *coefficients, 0.0137, STEPS[size]
