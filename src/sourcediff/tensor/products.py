"""Products of vectors and matrices, under PyTorch's names and with its messages."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.tensor.record import call


def matmul(input: Any, other: Any) -> Any:
    """The product of two matrices, of stacks of them, or of vectors.

    >>> import sourcediff.tensor as st
    >>> x = st.ones(2, 3, requires_grad=True)
    >>> matmul(x, st.ones(3, 1))
    tensor([[3.],
            [3.]], grad_fn=<MmBackward0>)
    """
    label = _KINDS.get((np.ndim(input), np.ndim(other)), "BmmBackward0")
    return call(np.matmul, (input, other), {}, label)


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


def refused(function: Any, shapes: list[tuple[int, ...]]) -> str | None:
    """What is wrong with the shapes of a product, None if nothing is known."""
    if function is np.matmul and len(shapes) == 2:
        a, b = shapes
        if len(a) == len(b) == 1:
            return (
                f"inconsistent tensor size, expected tensor [{a[0]}] and src [{b[0]}] "
                f"to have the same number of elements, but got {a[0]} and {b[0]} "
                "elements respectively"
            )
        if len(a) == 2 and len(b) == 1:
            return (
                f"size mismatch, got input ({a[0]}), mat ({a[0]}x{a[1]}), vec ({b[0]})"
            )
        if a and b:
            first, second = _as_matrices(a, b)
            return f"mat1 and mat2 shapes cannot be multiplied ({first} and {second})"
    return None


def _as_matrices(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[str, str]:
    rows = (1, *a) if len(a) == 1 else a
    columns = (*b, 1) if len(b) == 1 else b
    shown = ["x".join(map(str, shape)) for shape in (rows, columns)]
    return shown[0], shown[1]


def mismatch(shapes: list[tuple[int, ...]]) -> str | None:
    """The first axis along which shapes do not broadcast, from the right."""
    if len(shapes) != 2:
        return None
    a, b = shapes
    width = max(len(a), len(b))
    for back in range(1, min(len(a), len(b)) + 1):
        if a[-back] != b[-back] and 1 not in (a[-back], b[-back]):
            return (
                f"The size of tensor a ({a[-back]}) must match the size of tensor b "
                f"({b[-back]}) at non-singleton dimension {width - back}: the "
                f"shapes are {list(a)} and {list(b)}"
            )
    return None
