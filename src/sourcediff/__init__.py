"""Gradients of plain NumPy programs, source to source."""

from __future__ import annotations

from sourcediff.api import Gradient, explain, grad, source, value_and_grad, vjp
from sourcediff.testing import check_grads

__all__ = [
    "Gradient",
    "check_grads",
    "explain",
    "grad",
    "source",
    "value_and_grad",
    "vjp",
]
