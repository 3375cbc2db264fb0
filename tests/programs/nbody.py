"""Gravitating bodies followed by velocity Verlet, writing into their arrays."""

import numpy as np

SIZES = {"small": (4, 6), "large": (40, 100)}


def accelerations(position, mass, softening):
    offset = position[np.newaxis, :, :] - position[:, np.newaxis, :]
    squared = np.sum(offset**2, axis=-1) + softening**2
    pull = mass / squared**1.5
    return np.sum(pull[:, :, np.newaxis] * offset, axis=1)


def miss_distance(position, velocity, mass, target, dt, steps, softening=0.13):
    force = accelerations(position, mass, softening)
    for _ in range(steps):
        velocity += 0.5 * dt * force
        position += dt * velocity
        force = accelerations(position, mass, softening)
        velocity += 0.5 * dt * force
    kinetic = 0.5 * np.sum(mass * np.sum(velocity**2, axis=1))
    return np.sum((position - target) ** 2) + 0.1 * kinetic


PRIMAL = miss_distance
WRT = ("position", "velocity", "mass")


def arguments(rng, size="small"):
    bodies, steps = SIZES[size]
    position, velocity, target = rng.normal(size=(3, bodies, 3))
    mass = rng.uniform(0.4, 1.3, bodies)
    return position.copy(), 0.3 * velocity, mass, target.copy(), 0.0171, steps
