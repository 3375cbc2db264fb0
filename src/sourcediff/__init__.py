"""Gradients of plain NumPy programs, source to source."""

from __future__ import annotations

from sourcediff.api import Gradient, grad, source, value_and_grad, vjp

__all__ = ["Gradient", "grad", "source", "value_and_grad", "vjp"]
