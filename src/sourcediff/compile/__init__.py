"""The pipeline: a function and the kinds of its arguments become an adjoint."""

from __future__ import annotations

from sourcediff.compile.derived import Derived, Generated
from sourcediff.compile.forward import compile_jvp
from sourcediff.compile.gradient import Compiled, compile_gradient, compile_vjp

__all__ = [
    "Compiled",
    "Derived",
    "Generated",
    "compile_gradient",
    "compile_jvp",
    "compile_vjp",
]
