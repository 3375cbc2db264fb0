"""Products of vectors and matrices, under PyTorch's names and with its messages."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.tensor.base import Base
from sourcediff.tensor.record import call


def matmul(input: Any, other: Any) -> Any:
    """The product of two matrices, of stacks of them, or of vectors.

    >>> import sourcediff.tensor as st
    >>> x = st.ones(2, 3, requires_grad=True)
    >>> matmul(x, st.ones(3, 1))
    tensor([[3.],
            [3.]], grad_fn=<MmBackward0>)
    """
    label = _KINDS.get((_axes(input), _axes(other)), "BmmBackward0")
    return call(np.matmul, (input, other), {}, label)


def _axes(value: Any) -> int:
    return value._array.ndim if isinstance(value, Base) else np.ndim(value)


_KINDS = {
    (1, 1): "DotBackward0",
    (2, 2): "MmBackward0",
    (2, 1): "MvBackward0",
    (1, 2): "MvBackward0",
}


def dot(input: Any, tensor: Any) -> Any:
    """The inner product of two vectors."""
    if np.ndim(input) != 1 or np.ndim(tensor) != 1:
        raise RuntimeError(
            f"1D tensors expected, but got {np.ndim(input)}D and {np.ndim(tensor)}D "
            "tensors"
        )
    return matmul(input, tensor)


def mm(input: Any, mat2: Any) -> Any:
    """The product of two matrices."""
    if np.ndim(input) != 2:
        raise RuntimeError("self must be a matrix")
    if np.ndim(mat2) != 2:
        raise RuntimeError("mat2 must be a matrix")
    return matmul(input, mat2)


def mv(input: Any, vec: Any) -> Any:
    """The product of a matrix and a vector."""
    return matmul(input, vec)


def bmm(input: Any, mat2: Any) -> Any:
    """The products of two stacks of matrices."""
    return matmul(input, mat2)


def outer(input: Any, vec2: Any) -> Any:
    """Every product of an element of one vector and one of the other."""
    return call(np.outer, (input, vec2), {}, "MulBackward0")


def einsum(equation: str, *operands: Any) -> Any:
    """A sum of products in Einstein's notation."""
    if len(operands) == 1 and isinstance(operands[0], list | tuple):
        operands = tuple(operands[0])
    return call(np.einsum, (equation, *operands), {})


def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """A product summed over several axes."""
    return call(np.tensordot, (a, b, dims), {})


def trace(input: Any) -> Any:
    """The sum of the diagonal."""
    return call(np.trace, (input,), {}, "TraceBackward0")
