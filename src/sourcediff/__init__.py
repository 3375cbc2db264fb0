"""Gradients of plain NumPy programs, source to source."""

from __future__ import annotations

from sourcediff.api import Gradient, explain, grad, source, value_and_grad, vjp
from sourcediff.rules.declare import (
    elementwise,
    linear,
    multilinear,
    mutation,
    nondifferentiable,
    rule,
)
from sourcediff.taped import TapeWarning
from sourcediff.testing import check_grads

__all__ = [
    "Gradient",
    "TapeWarning",
    "check_grads",
    "elementwise",
    "explain",
    "grad",
    "linear",
    "multilinear",
    "mutation",
    "nondifferentiable",
    "rule",
    "source",
    "value_and_grad",
    "vjp",
]
