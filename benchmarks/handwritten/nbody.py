"""What the forces are made of is saved; contractions are matrix products."""

import numpy as np


def accelerations(position, mass, softening, tape):
    offset = position[np.newaxis, :, :] - position[:, np.newaxis, :]
    squared = np.sum(offset**2, axis=-1) + softening**2
    power = squared**-1.5
    pull = mass * power
    tape.append((offset, squared, power, pull))
    return np.sum(pull[:, :, np.newaxis] * offset, axis=1)


def gradient(position, velocity, mass, target, dt, steps, softening=0.13):
    position, velocity = position.copy(), velocity.copy()
    tape = []
    force = accelerations(position, mass, softening, tape)
    for _ in range(steps):
        velocity += 0.5 * dt * force
        position += dt * velocity
        force = accelerations(position, mass, softening, tape)
        velocity += 0.5 * dt * force

    mass_bar = 0.05 * np.sum(velocity**2, axis=1)
    position_bar = 2.0 * (position - target)
    velocity_bar = 0.1 * mass[:, None] * velocity

    def pull_back(force_bar):
        offset, squared, power, pull = tape.pop()
        pull_bar = (offset @ force_bar[:, :, None])[:, :, 0]
        pull_bar *= power
        mass_bar[:] += pull_bar.sum(axis=0)
        pull_bar *= mass
        pull_bar /= squared
        pull_bar *= -3.0
        offset *= pull_bar[:, :, None]
        offset += pull[:, :, None] * force_bar[:, None, :]
        position_bar[:] += offset.sum(axis=0)
        position_bar[:] -= offset.sum(axis=1)

    # what a step leaves to the forces that it was given joins the step before
    force_bar = 0.5 * dt * velocity_bar
    for _ in range(steps):
        pull_back(force_bar)
        velocity_bar += dt * position_bar
        force_bar = dt * velocity_bar
    force_bar *= 0.5
    pull_back(force_bar)
    return position_bar, velocity_bar, mass_bar


def restructured(position, velocity, mass, target, dt, steps, softening=0.13):
    """Pairs meet only in matrix products; offsets are made again, not saved."""
    position, velocity = position.copy(), velocity.copy()
    tape = []

    def forces():
        offset = position[np.newaxis, :, :] - position[:, np.newaxis, :]
        squared = np.einsum("ijk,ijk->ij", offset, offset)
        squared += softening**2
        inverse = 1.0 / squared
        power = np.sqrt(inverse)
        power *= inverse
        tape.append((position.copy(), inverse, power))
        pull = power * mass
        return pull @ position - pull.sum(axis=1)[:, None] * position

    force = forces()
    for _ in range(steps):
        velocity += 0.5 * dt * force
        position += dt * velocity
        force = forces()
        velocity += 0.5 * dt * force

    mass_bar = 0.05 * np.sum(velocity**2, axis=1)
    position_bar = 2.0 * (position - target)
    velocity_bar = 0.1 * mass[:, None] * velocity

    def pull_back(force_bar):
        at, inverse, power = tape.pop()
        pull_bar = force_bar @ at.T
        pull_bar -= np.einsum("ik,ik->i", force_bar, at)[:, None]
        pull_bar *= power
        mass_bar[:] += pull_bar.sum(axis=0)
        pull_bar *= mass
        pull_bar *= inverse
        pull_bar *= -3.0
        power *= mass
        pull_bar += pull_bar.T
        position_bar[:] += power.T @ force_bar - power.sum(axis=1)[:, None] * force_bar
        position_bar[:] += pull_bar.sum(axis=1)[:, None] * at - pull_bar @ at

    force_bar = 0.5 * dt * velocity_bar
    for _ in range(steps):
        pull_back(force_bar)
        velocity_bar += dt * position_bar
        force_bar = dt * velocity_bar
    force_bar *= 0.5
    pull_back(force_bar)
    return position_bar, velocity_bar, mass_bar
