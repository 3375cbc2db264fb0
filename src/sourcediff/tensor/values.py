"""A tensor's elements as numbers of Python, as an array of NumPy, as text."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.tensor import reductions
from sourcediff.tensor.description import Description
from sourcediff.tensor.printing import represented
from sourcediff.tensor.sizes import defaults


class Values(Description):
    """A tensor whose elements can be taken out of it."""

    def item(self) -> Any:
        """The only element as a Python number."""
        if self._array.size != 1:
            raise RuntimeError(
                f"a Tensor with {self._array.size} elements cannot be converted to "
                "Scalar"
            )
        return self._array.item()

    def tolist(self) -> Any:
        """The elements as Python numbers in nested lists."""
        return self._array.tolist()

    def numpy(self, *, force: bool = False) -> Any:
        """The array itself, sharing memory; an error for a tracked tensor."""
        if self.edge is not None and not force:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use "
                "tensor.detach().numpy() instead."
            )
        return self._array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        array = self.numpy()
        if dtype is not None and array.dtype != dtype:
            return array.astype(dtype)
        return array.copy() if copy else array

    def __bool__(self) -> bool:
        if self._array.size != 1:
            number = "no values" if self._array.size == 0 else "more than one value"
            raise RuntimeError(f"Boolean value of Tensor with {number} is ambiguous")
        return bool(self._array.item())

    def __float__(self) -> float:
        return float(self._number())

    def __int__(self) -> int:
        return int(self._number())

    def __complex__(self) -> complex:
        return complex(self._number())

    def _number(self) -> Any:
        if self._array.size != 1:
            raise ValueError(
                "only one element tensors can be converted to Python scalars; this "
                f"one has shape {list(self.shape)}"
            )
        return self._array.item()

    def __index__(self) -> int:
        if self.dtype.kind not in "iub" or self._array.size != 1:
            raise TypeError(
                "only integer tensors of a single element can be converted to an index"
            )
        return int(self.item())

    def __contains__(self, element: Any) -> bool:
        return bool(np.any(self._array == reductions.constant(element)))

    def __repr__(self) -> str:
        return represented(self, default=defaults.dtype)

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self._array.ndim == 0 else str(self)
