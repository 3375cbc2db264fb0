"""Gradients of plain NumPy programs, source to source."""

from __future__ import annotations

from sourcediff.api import Gradient, explain, grad, source, value_and_grad, vjp
from sourcediff.bridged import compiled
from sourcediff.checking import check_rule
from sourcediff.derivatives import hvp, jvp, linearize
from sourcediff.matrices import hessian, jacobian
from sourcediff.rules.declare import (
    elementwise,
    linear,
    multilinear,
    mutation,
    nondifferentiable,
    rule,
)
from sourcediff.runtime import checkpoint, stop_gradient
from sourcediff.taped import TapeWarning
from sourcediff.testing import check_grads

__all__ = [
    "Gradient",
    "TapeWarning",
    "check_grads",
    "check_rule",
    "checkpoint",
    "compiled",
    "elementwise",
    "explain",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "linear",
    "linearize",
    "multilinear",
    "mutation",
    "nondifferentiable",
    "rule",
    "source",
    "stop_gradient",
    "value_and_grad",
    "vjp",
]
