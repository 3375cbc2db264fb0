"""Shapes, dtypes and devices under PyTorch's names."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


class Size(tuple[int, ...]):
    """A shape: a tuple that shows itself as PyTorch's does.

    >>> Size((2, 3)), Size((2, 3)).numel(), Size((2, 3)) == (2, 3)
    (torch.Size([2, 3]), 6, True)
    """

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements."""
        return math.prod(self)

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    __str__ = __repr__


class device:
    """A device; there is the CPU only."""

    def __init__(self, type: Any = "cpu", index: int | None = None) -> None:
        self.type = str(type).partition(":")[0]
        self.index = index

    def __repr__(self) -> str:
        return f"device(type={self.type!r})"

    def __str__(self) -> str:
        return self.type

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(self.type)


class Defaults:
    """The dtype that Python's floats get."""

    def __init__(self) -> None:
        self.dtype = np.dtype(np.float32)

    def matching(self, dtype: Any) -> Any:
        """The default dtype, complex for a complex dtype."""
        if dtype.kind != "c":
            return self.dtype
        return np.result_type(self.dtype, np.complex64)


defaults = Defaults()


def set_default_dtype(dtype: Any) -> None:
    """Choose the dtype of Python's floats: float32 (as it is) or float64."""
    wanted = np.dtype(dtype)
    if wanted.kind != "f":
        raise TypeError(
            f"only floating-point types are supported as the default, not {wanted}"
        )
    defaults.dtype = wanted


def get_default_dtype() -> Any:
    """The dtype of Python's floats."""
    return defaults.dtype


def as_dtype(dtype: Any) -> Any:
    """A dtype as NumPy knows it; None is the default, Python's float too."""
    if dtype is None or dtype is float:
        return defaults.dtype
    return np.dtype(dtype)
