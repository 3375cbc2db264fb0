"""Other tools and their ports of the programs; a program without a port is a dash.

A port takes the primal's arguments. Most ports for autograd and some for JAX are the
program itself with another `numpy`; the others say the same in the tool's own terms.
"""

import importlib
import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

from tests import programs

NAMES = ("autograd", "jax", "torch")


class Gradient:
    """A peer's gradient function: a tuple, one entry per position of `wrt`."""

    def __call__(self, *arguments: Any) -> tuple[Any, ...]:
        """The gradient in the peer's own arrays."""
        raise NotImplementedError

    def to_numpy(self, gradient: tuple[Any, ...]) -> tuple[Any, ...]:
        """The same in NumPy's arrays."""
        return gradient


def load(name: str) -> ModuleType:
    """The ports for this tool; ImportError where the tool is not installed."""
    return importlib.import_module(f"{__name__}.with_{name}")


def with_numpy(name: str, numpy: ModuleType) -> Callable[..., Any]:
    """The primal of the program, its text run with another module for NumPy."""
    module = programs.load(name)
    text = inspect.getsource(module).replace("import numpy as np\n", "")
    namespace = {"np": numpy, "__name__": f"{module.__name__}_ported"}
    exec(compile(text, f"<{name} with {numpy.__name__}>", "exec"), namespace)
    return namespace["PRIMAL"]
