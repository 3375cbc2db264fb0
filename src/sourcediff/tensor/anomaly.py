"""Anomaly mode: a NaN in the backward pass names the operation and its line."""

from __future__ import annotations

import linecache
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base
from sourcediff.tensor.modes import Mode, change
from sourcediff.tensor.node import Node


def check_nan(node: Node, grads: tuple[Any, ...]) -> None:
    """Raise RuntimeError where a cotangent that `node` computed holds a NaN."""
    for k, g in enumerate(grads):
        array = g._array if isinstance(g, Base) else g
        if array is not None and np.isnan(array).any():
            raise RuntimeError(
                f"Function '{node.name()}' returned nan values in its {k}th output."
                f"{_origin(node)}"
            )


def _origin(node: Node) -> str:
    if node.trace is None:
        return (
            " It was recorded before anomaly detection was turned on: put the forward "
            "pass inside detect_anomaly() as well, and its line is named here."
        )
    line = linecache.getline(node.trace.file, node.trace.line).strip()
    shown = f"\n    {line}" if line else ""
    return f" The operation was recorded at {node.trace}:{shown}"


class detect_anomaly(Mode):
    """Find the operation whose derivative is NaN, and the line it stands on.

    Both the forward and the backward pass belong inside. Recording the lines costs
    time: turn it on to look for an error, not for training.

    >>> import sourcediff.tensor as st
    >>> with detect_anomaly():
    ...     x = st.tensor([0.0], requires_grad=True)
    ...     y = (x * 0).sqrt() * 0
    ...     y.sum().backward()
    Traceback (most recent call last):
    ...
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output. ...
    """

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__()
        self.check_nan = check_nan

    def settings(self) -> dict[str, Any]:
        """Anomaly mode on."""
        return {"anomaly": True, "check_nan": self.check_nan}

    def again(self) -> Mode:
        """Another one, for each call of a decorated function."""
        return detect_anomaly(self.check_nan)


class set_detect_anomaly(detect_anomaly):
    """Turn anomaly detection on or off, at once or for a `with` block."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        super().__init__(check_nan)
        self.mode = mode
        self._first: dict[str, Any] | None = change(**self.settings())

    def settings(self) -> dict[str, Any]:
        """Anomaly mode as asked for."""
        return {"anomaly": self.mode, "check_nan": self.check_nan}

    def __enter__(self) -> Mode:
        if self._first is None:
            return super().__enter__()
        self._before.append(self._first)
        self._first = None
        return self
