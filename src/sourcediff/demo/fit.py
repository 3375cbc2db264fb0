"""Gradient descent on the demo's model, and what its parameters mean in minutes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sourcediff.api import value_and_grad
from sourcediff.demo.mixture import misfit

Model = dict[str, NDArray[np.float64]]
Data = NDArray[np.float64]

RATE = 0.15
MOMENTUM = 0.8
STEPS = 600


def first_guess() -> Model:
    """Two round clouds in the wrong corners of the standardised data."""
    return {
        "shares": np.zeros(2),
        "centres": np.array([[-1.0, 0.5], [1.0, -0.5]]),
        "roots": np.stack([np.eye(2), np.eye(2)]),
    }


def descend(data: Data, steps: int = STEPS) -> Iterator[tuple[int, float, Model]]:
    """Gradient descent with momentum: the step, the misfit there, and the model."""
    gradient = value_and_grad(misfit)
    model = first_guess()
    velocity = {key: np.zeros_like(value) for key, value in model.items()}
    for step in range(steps + 1):
        value, slope = gradient(model, data)
        yield step, float(value), model
        for key in model:
            velocity[key] = MOMENTUM * velocity[key] - RATE * slope[key]
            model[key] = model[key] + velocity[key]


def log_likelihood(value: float, data: Data) -> float:
    """The log likelihood of the data in minutes, from the misfit of the scaled data."""
    return -len(data) * (value + float(np.sum(np.log(data.std(axis=0)))))


@dataclass(frozen=True)
class Kind:
    """One kind of eruption: its share, and mean and covariance in minutes."""

    share: float
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]


def kinds_in_minutes(model: Model, data: Data) -> list[Kind]:
    """The components of a model of the standardised data, shortest eruptions first."""
    shares = np.exp(model["shares"]) / np.sum(np.exp(model["shares"]))
    scale = data.std(axis=0)
    found = []
    for share, centre, root in zip(
        shares, model["centres"], model["roots"], strict=True
    ):
        spread = scale[:, None] * np.linalg.inv(root)
        mean = data.mean(axis=0) + scale * centre
        found.append(Kind(float(share), mean, spread @ spread.T))
    return sorted(found, key=lambda kind: float(kind.mean[0]))


def all_differences(model: Any, data: Data, step: float = 1e-5) -> Model:
    """The gradient of the misfit by central differences: two calls per parameter."""
    slopes = {}
    for key, value in model.items():
        slope = np.zeros_like(value)
        for index in np.ndindex(value.shape):
            values = []
            for moved in (value[index] + step, value[index] - step):
                shifted = value.copy()
                shifted[index] = moved
                values.append(misfit({**model, key: shifted}, data))
            slope[index] = (values[0] - values[1]) / (2 * step)
        slopes[key] = slope
    return slopes
