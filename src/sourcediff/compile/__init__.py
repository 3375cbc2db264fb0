"""The pipeline: a function and the kinds of its arguments become an adjoint."""

from __future__ import annotations

from sourcediff.compile.gradient import Compiled, compile_gradient, compile_vjp

__all__ = ["Compiled", "compile_gradient", "compile_vjp"]
