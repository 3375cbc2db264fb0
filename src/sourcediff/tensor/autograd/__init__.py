"""Gradients of recorded computations."""

from __future__ import annotations

from sourcediff.tensor.anomaly import detect_anomaly, set_detect_anomaly
from sourcediff.tensor.autograd import function, functional, graph
from sourcediff.tensor.backward import backward, grad
from sourcediff.tensor.creation import Variable
from sourcediff.tensor.function import Function
from sourcediff.tensor.gradcheck import GradcheckError, gradcheck, gradgradcheck
from sourcediff.tensor.modes import (
    enable_grad,
    inference_mode,
    no_grad,
    set_grad_enabled,
)

__all__ = [
    "Function",
    "GradcheckError",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "function",
    "functional",
    "grad",
    "gradcheck",
    "gradgradcheck",
    "graph",
    "inference_mode",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]
