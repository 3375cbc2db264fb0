"""Jacobians, Hessians and products with them, where PyTorch has them."""

from __future__ import annotations

from sourcediff.tensor.functional import hessian, hvp, jacobian, jvp, vhp, vjp

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]
