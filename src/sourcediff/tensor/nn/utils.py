"""What is done to the gradients of all parameters together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base
from sourcediff.tensor.creation import AnyTensor
from sourcediff.tensor.memory import registry
from sourcediff.tensor.shaping import cat


def clip_grad_norm_(
    parameters: Any, max_norm: float, norm_type: float = 2.0
) -> AnyTensor:
    """Make the gradients smaller, in place, if their norm exceeds `max_norm`.

    The norm is that of all of them as one vector, and is returned as it was before.

    >>> from sourcediff.tensor import tensor
    >>> w = tensor([3.0, 4.0], requires_grad=True)
    >>> (w * w).sum().backward()
    >>> clip_grad_norm_([w], 1.0), w.grad
    (tensor(10.), tensor([0.6000, 0.8000]))
    """
    arrays = _gradients(parameters)
    norms = [np.linalg.norm(array.ravel(), norm_type) for array in arrays]
    total = np.linalg.norm(norms, norm_type) if norms else 0.0
    dtype = arrays[0].dtype if arrays else np.float32
    factor = max_norm / (float(total) + 1e-6)
    if factor < 1.0:
        for array in arrays:
            np.multiply(array, factor, out=array)
            registry.note(array)
    made: AnyTensor = Base.face.made(np.asarray(total, dtype))
    return made


def clip_grad_value_(parameters: Any, clip_value: float) -> None:
    """Bring each element of the gradients between `-clip_value` and `clip_value`."""
    for array in _gradients(parameters):
        np.clip(array, -clip_value, clip_value, out=array)
        registry.note(array)


def parameters_to_vector(parameters: Iterable[Any]) -> Any:
    """All elements of the parameters in one vector.

    >>> from sourcediff.tensor import tensor
    >>> parameters_to_vector([tensor([[1.0, 2.0]]), tensor(3.0)])
    tensor([1., 2., 3.])
    """
    return cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Give parameters the elements of a vector."""
    start = 0
    for parameter in parameters:
        part = vec[start : start + parameter.numel()]
        parameter.data = part.reshape(*parameter.shape).data
        start += parameter.numel()


def _gradients(parameters: Any) -> list[Any]:
    """The arrays of the gradients that there are."""
    given: Iterable[Any] = [parameters] if isinstance(parameters, Base) else parameters
    return [p.grad._array for p in given if p.grad is not None]
