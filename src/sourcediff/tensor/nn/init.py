"""First values of parameters, written in place."""

from __future__ import annotations

import math
from typing import Any

from sourcediff.tensor.creation import random
from sourcediff.tensor.memory import registry


def _write(tensor: Any, values: Any) -> Any:
    tensor._array[...] = values
    registry.note(tensor._array)
    return tensor


def uniform_(tensor: Any, a: float = 0.0, b: float = 1.0) -> Any:
    """Uniform between two numbers."""
    return _write(tensor, random.generator.uniform(a, b, tensor._array.shape))


def normal_(tensor: Any, mean: float = 0.0, std: float = 1.0) -> Any:
    """Normal."""
    return _write(tensor, random.generator.normal(mean, std, tensor._array.shape))


def constant_(tensor: Any, val: float) -> Any:
    """One value."""
    return _write(tensor, val)


def zeros_(tensor: Any) -> Any:
    """Zeros."""
    return _write(tensor, 0.0)


def ones_(tensor: Any) -> Any:
    """Ones."""
    return _write(tensor, 1.0)


def fans(tensor: Any) -> tuple[int, int]:
    """How many inputs and outputs each element of a weight connects.

    >>> import sourcediff.tensor as st
    >>> fans(st.zeros(5, 3)), fans(st.zeros(8, 2, 3, 3))
    ((3, 5), (18, 72))
    """
    shape = tensor._array.shape
    if len(shape) < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 "
            "dimensions"
        )
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def xavier_uniform_(tensor: Any, gain: float = 1.0) -> Any:
    """Uniform, of a width that keeps variances (Glorot and Bengio, 2010)."""
    bound = gain * math.sqrt(6.0 / sum(fans(tensor)))
    return uniform_(tensor, -bound, bound)


def xavier_normal_(tensor: Any, gain: float = 1.0) -> Any:
    """Normal, of a width that keeps variances (Glorot and Bengio, 2010)."""
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(fans(tensor))))


def kaiming_uniform_(
    tensor: Any, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> Any:
    """Uniform, of a width that suits rectifiers of slope `a` (He et al., 2015)."""
    bound = math.sqrt(3.0) * _kaiming(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound)


def kaiming_normal_(
    tensor: Any, a: float = 0.0, mode: str = "fan_in", nonlinearity: str = "leaky_relu"
) -> Any:
    """Normal, of a width that suits rectifiers of slope `a` (He et al., 2015)."""
    return normal_(tensor, 0.0, _kaiming(tensor, a, mode, nonlinearity))


def _kaiming(tensor: Any, a: float, mode: str, nonlinearity: str) -> float:
    fan = fans(tensor)[0 if mode == "fan_in" else 1]
    gains = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5.0 / 3.0,
        "relu": math.sqrt(2.0),
        "leaky_relu": math.sqrt(2.0 / (1.0 + a * a)),
    }
    return gains[nonlinearity] / math.sqrt(fan)
