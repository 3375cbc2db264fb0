"""Losses of the distances between what was computed and what should have been."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.tensor.composite import composite


def reduced(reduction: str) -> Callable[[Any], Any]:
    """What `reduction` ("mean", "sum", "none") makes of the losses of elements."""
    table: dict[str, Callable[[Any], Any]] = {
        "mean": np.mean,
        "sum": np.sum,
        "none": lambda losses: losses,
    }
    if reduction not in table:
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return table[reduction]


def mse_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The mean of the squared differences; warns where the shapes differ.

    >>> import sourcediff.tensor as st
    >>> mse_loss(st.tensor([1.0, 3.0]), st.tensor([1.0, 1.0]))
    tensor(2.)
    """
    _warn_of_sizes(input, target)
    reduce = reduced(reduction)

    def loss(x: Any, y: Any) -> Any:
        return reduce(np.square(x - y))

    return composite(loss, (input, target), "MseLossBackward0")


def l1_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The mean of the absolute differences; warns where the shapes differ."""
    _warn_of_sizes(input, target)
    reduce = reduced(reduction)
    return composite(
        lambda x, y: reduce(np.absolute(x - y)), (input, target), "L1LossBackward0"
    )


def huber_loss(
    input: Any, target: Any, reduction: str = "mean", delta: float = 1.0
) -> Any:
    """Half the squared differences up to `delta`, beyond that a straight line.

    >>> import sourcediff.tensor as st
    >>> huber_loss(st.tensor([0.5, 3.0]), st.tensor([0.0, 0.0]), "none")
    tensor([0.1250, 2.5000])
    """
    _warn_of_sizes(input, target)
    reduce = reduced(reduction)

    def loss(x: Any, y: Any) -> Any:
        return reduce(_huber(x - y, delta))

    return composite(loss, (input, target), "HuberLossBackward0")


def smooth_l1_loss(
    input: Any, target: Any, reduction: str = "mean", beta: float = 1.0
) -> Any:
    """The Huber loss divided by `beta`: the absolute differences where they are large.

    Raises RuntimeError for a negative `beta`.
    """
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return l1_loss(input, target, reduction)
    _warn_of_sizes(input, target)
    reduce = reduced(reduction)

    def loss(x: Any, y: Any) -> Any:
        return reduce(_huber(x - y, beta) / beta)

    return composite(loss, (input, target), "SmoothL1LossBackward0")


def _huber(difference: Any, bound: float) -> Any:
    size = np.absolute(difference)
    near, far = np.square(difference) / 2, bound * (size - bound / 2)
    return np.where(size < bound, near, far)


def _warn_of_sizes(input: Any, target: Any) -> None:
    if np.shape(input) != np.shape(target):
        warnings.warn(
            f"Using a target size (torch.Size({list(np.shape(target))})) that is "
            f"different to the input size (torch.Size({list(np.shape(input))})). This "
            "will likely lead to incorrect results due to broadcasting. Please ensure "
            "they have the same size.",
            UserWarning,
            stacklevel=4,
        )
