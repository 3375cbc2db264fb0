"""How a tensor is shown: numbers as PyTorch writes them, and where it came from."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_PRECISION = 4
_THRESHOLD = 1000
_EDGE = 3
_WIDTH = 80
_DEFAULTS = {"int64", "bool"}


class _Numbers:
    """One format for all elements of a tensor."""

    def __init__(self, values: Any) -> None:
        self.kind = values.dtype.kind
        self.integral, self.scientific, self.width = True, False, 1
        measured = values
        if self.kind == "f":
            measured = values[np.isfinite(values) & (values != 0)]
            if measured.size:
                sizes = np.abs(measured.astype(np.float64))
                low, high = float(sizes.min()), float(sizes.max())
                self.integral = bool(np.all(np.ceil(measured) == measured))
                uneven = high / low > 1000.0 or high > 1.0e8
                self.scientific = uneven or (not self.integral and low < 1.0e-4)
        self.width = max((len(self.text(value)) for value in measured.flat), default=1)

    def text(self, value: Any) -> str:
        """One element, not padded."""
        if self.kind == "f":
            number = float(value)
            if not math.isfinite(number):
                return str(number)
            if self.scientific:
                return f"{number:.{_PRECISION}e}"
            if self.integral:
                return f"{number:.0f}."
            return f"{number:.{_PRECISION}f}"
        return str(value)

    def padded(self, value: Any) -> str:
        """One element, as wide as the widest."""
        return self.text(value).rjust(self.width)


class _ComplexNumbers:
    """One format for the real and one for the imaginary parts."""

    def __init__(self, values: Any) -> None:
        self.real, self.imag = _Numbers(values.real), _Numbers(values.imag)

    def padded(self, value: Any) -> str:
        """One element."""
        imag = self.imag.text(abs(value.imag)).rjust(0)
        sign = "-" if math.copysign(1.0, value.imag) < 0 else "+"
        return f"{self.real.padded(value.real)}{sign}{imag}j"


def _sampled(array: Any) -> Any:
    """The elements that are shown of a large tensor."""
    if array.size <= _THRESHOLD:
        return array.ravel()
    for axis, length in enumerate(array.shape):
        if length > 2 * _EDGE:
            ends = [*range(_EDGE), *range(length - _EDGE, length)]
            array = np.take(array, ends, axis)
    return array.ravel()


def _block(array: Any, numbers: Any, indent: int, short: bool) -> str:
    if array.ndim == 0:
        return str(numbers.padded(array[()]))
    dots = short and array.shape[0] > 2 * _EDGE
    if array.ndim == 1:
        shown = [array[:_EDGE], array[-_EDGE:]] if dots else [array]
        parts = [[numbers.padded(value) for value in piece] for piece in shown]
        items = [*parts[0], " ...", *parts[1]] if dots else parts[0]
        width = getattr(numbers, "width", 12) + 2
        per_line = max(1, (_WIDTH - indent) // width)
        lines = [items[k : k + per_line] for k in range(0, len(items), per_line)]
        joined = (",\n" + " " * (indent + 1)).join(", ".join(line) for line in lines)
        return f"[{joined}]"
    rows = [*array[:_EDGE], None, *array[-_EDGE:]] if dots else list(array)
    texts = [
        "..." if row is None else _block(row, numbers, indent + 1, short)
        for row in rows
    ]
    between: str = "," + "\n" * (array.ndim - 1) + " " * (indent + 1)
    return "[" + between.join(texts) + "]"


def text_of(array: Any, indent: int = 7) -> str:
    """The elements of an array, as they stand in the representation of a tensor.

    >>> print(text_of(np.array([1.0, 2.5])), text_of(np.array([1.0, 2.0])))
    [1.0000, 2.5000] [1., 2.]
    """
    if array.size == 0:
        return "[]"
    sampled = _sampled(array)
    numbers: Any = (_ComplexNumbers if array.dtype.kind == "c" else _Numbers)(sampled)
    return _block(array, numbers, indent, array.size > _THRESHOLD)


def represented(tensor: Any, name: str = "tensor", default: Any = np.float32) -> str:
    """The representation of a tensor, with what is worth saying about it."""
    array = tensor._array
    notes = []
    if array.size == 0 and array.ndim != 1:
        notes.append(f"size={tuple(array.shape)}")
    complex_default = np.result_type(default, np.complex64)
    usual = array.dtype in (np.dtype(default), complex_default)
    if not usual and (array.dtype.name not in _DEFAULTS or not array.size):
        notes.append(f"dtype=torch.{array.dtype.name}")
    if tensor.grad_fn is not None:
        notes.append(f"grad_fn=<{tensor.grad_fn.name()}>")
    elif tensor.requires_grad:
        notes.append("requires_grad=True")
    text = f"{name}({text_of(array, len(name) + 1)}"
    for note in notes:
        last = len(text) - text.rfind("\n") - 1
        wraps = last + len(note) + 3 > _WIDTH
        text += (",\n" + " " * (len(name) + 1) if wraps else ", ") + note
    return text + ")"
