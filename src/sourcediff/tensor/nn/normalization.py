"""Layers that bring what passes through them to mean 0 and variance 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sourcediff.tensor.creation import ones, tensor, zeros
from sourcediff.tensor.nn import functional
from sourcediff.tensor.nn.module import Module, Parameter


class _BatchNorm(Module):
    """Each channel, by the batch in training mode, else by running statistics.

    Raises ValueError for an argument with another number of axes.
    """

    _axes: tuple[int, ...] = ()

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ) -> None:
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        for name, made in (("weight", ones), ("bias", zeros)):
            given = Parameter(made(num_features)) if affine else None
            self.register_parameter(name, given)
        if track_running_stats:
            self.register_buffer("running_mean", zeros(num_features))
            self.register_buffer("running_var", ones(num_features))
            self.register_buffer("num_batches_tracked", tensor(0))

    def forward(self, input: Any) -> Any:
        """Apply it."""
        if input.ndim not in self._axes:
            wanted = " or ".join(f"{n}D" for n in self._axes)
            raise ValueError(f"expected {wanted} input (got {input.ndim}D input)")
        mean, var = (self._buffers.get(f"running_{k}") for k in ("mean", "var"))
        by_batch = self.training or mean is None
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and mean is not None:
            self._buffers["num_batches_tracked"].add_(1)
            if self.momentum is None:
                momentum = 1.0 / self._buffers["num_batches_tracked"].item()
        weight, bias, eps = self.weight, self.bias, self.eps
        return functional.batch_norm(
            input, mean, var, weight, bias, by_batch, momentum, eps
        )

    def extra_repr(self) -> str:
        """The options."""
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(_BatchNorm):
    """The features of vectors, or the channels of sequences.

    >>> BatchNorm1d(3)(tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 6.0]])).detach()
    tensor([[-1.0000,  0.0000, -1.0000],
            [ 1.0000,  0.0000,  1.0000]])
    """

    _axes = (2, 3)


class BatchNorm2d(_BatchNorm):
    """The channels of pictures."""

    _axes = (4,)


class LayerNorm(Module):
    """Each sample, over its last axes.

    >>> LayerNorm(2)(tensor([[1.0, 3.0], [5.0, 1.0]])).detach()
    tensor([[-1.0000,  1.0000],
            [ 1.0000, -1.0000]])
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
    ) -> None:
        super().__init__()
        shape = tuple(np.atleast_1d(normalized_shape).tolist())
        self.normalized_shape, self.eps = shape, eps
        self.elementwise_affine = elementwise_affine
        for name, made in (("weight", ones), ("bias", zeros)):
            given = Parameter(made(*shape)) if elementwise_affine else None
            self.register_parameter(name, given)

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return functional.layer_norm(
            input, self.normalized_shape, self.weight, self.bias, self.eps
        )

    def extra_repr(self) -> str:
        """The options."""
        return (
            f"{self.normalized_shape}, eps={self.eps}, "
            f"elementwise_affine={self.elementwise_affine}"
        )
