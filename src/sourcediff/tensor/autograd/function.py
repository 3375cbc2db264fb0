"""Functions with a derivative of their own, where PyTorch has them."""

from __future__ import annotations

from sourcediff.tensor.function import Function, once_differentiable

__all__ = ["Function", "once_differentiable"]
