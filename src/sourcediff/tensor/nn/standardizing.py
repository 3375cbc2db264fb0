"""Values brought to mean 0 and variance 1, as functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sourcediff.tensor.memory import registry


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Any:
    """Each channel (the second axis) by its mean and variance.

    Those of the batch in training mode, which move the running ones towards them in
    place; else the running ones (Ioffe and Szegedy, 2015).

    Raises ValueError for one value per channel in training mode.
    """
    axes = (0, *range(2, input.ndim))
    shape = (1, -1, *[1] * (input.ndim - 2))
    if training:
        count = input.numel() // input.shape[1]
        if count == 1:
            raise ValueError(
                "Expected more than 1 value per channel when training, got input size "
                f"{input.shape}"
            )
        mean, variance = input.mean(axes), input.var(axes, unbiased=False)
        if running_mean is not None:
            unbiased = variance._array * (count / (count - 1))
            _move(running_mean, mean._array, momentum)
            _move(running_var, unbiased, momentum)
    else:
        mean, variance = running_mean, running_var
    centred = input - mean.reshape(*shape)
    made = centred / (variance.reshape(*shape) + eps).sqrt()
    made = made if weight is None else made * weight.reshape(*shape)
    return made if bias is None else made + bias.reshape(*shape)


def _move(running: Any, towards: Any, momentum: float) -> None:
    running._array[...] = (1 - momentum) * running._array + momentum * towards
    registry.note(running._array)


def layer_norm(
    input: Any,
    normalized_shape: Sequence[int],
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
) -> Any:
    """Each sample by the mean and variance over its last axes (Ba et al., 2016).

    Raises RuntimeError where these are of another shape.

    >>> import sourcediff.tensor as st
    >>> layer_norm(st.tensor([[1.0, 3.0]]), (2,))
    tensor([[-1.0000,  1.0000]])
    """
    axes = tuple(range(-len(normalized_shape), 0))
    if tuple(input.shape[axes[0] :]) != tuple(normalized_shape):
        raise RuntimeError(
            f"Given normalized_shape={list(normalized_shape)}, expected input with "
            f"shape [*, {', '.join(map(str, normalized_shape))}], but got input of "
            f"size{list(input.shape)}"
        )
    mean = input.mean(axes, keepdim=True)
    variance = input.var(axes, unbiased=False, keepdim=True)
    made = (input - mean) / (variance + eps).sqrt()
    made = made if weight is None else made * weight
    return made if bias is None else made + bias


def adaptive_avg_pool2d(input: Any, output_size: Any) -> Any:
    """Means of equal windows, as many along each axis as `output_size` says.

    Raises NotImplementedError where they would overlap.

    >>> import sourcediff.tensor as st
    >>> adaptive_avg_pool2d(st.arange(16.0).reshape(1, 1, 4, 4), 2).flatten()
    tensor([ 2.5000,  4.5000, 10.5000, 12.5000])
    """
    rows, columns = np.broadcast_to(output_size, 2).tolist()
    *outer, height, width = input.shape
    if height % rows or width % columns:
        raise NotImplementedError(
            f"a picture of {height} x {width} has no {rows} x {columns} equal windows"
        )
    parts = (*outer, rows, height // rows, columns, width // columns)
    return input.reshape(*parts).mean((-3, -1))
