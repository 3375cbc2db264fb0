"""Sums, means, extremes and the like, under PyTorch's names."""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

import numpy as np

from sourcediff.tensor.base import Base
from sourcediff.tensor.composite import composite
from sourcediff.tensor.pointwise import maximum, minimum
from sourcediff.tensor.record import call


class Extreme(NamedTuple):
    """The extremes along an axis, and where they stand."""

    values: Any
    indices: Any

    def __repr__(self) -> str:
        shown = f"values={self.values!r},\nindices={self.indices!r}"
        return f"torch.return_types.max(\n{shown})"


def _axis(input: Any, dim: Any, axis: Any = None) -> Any:
    chosen = axis if dim is None else dim
    if input.ndim == 0 and chosen in (0, -1):  # a number has no axis to reduce
        return None
    if isinstance(chosen, list | tuple):
        return tuple(chosen) or None
    return chosen


def _keep(keepdim: bool, keepdims: bool | None) -> bool:
    return keepdim if keepdims is None else bool(keepdims)


def _reduced(
    function: Any, word: str, input: Any, axis: Any, keep: bool, **options: Any
) -> Any:
    label = f"{word}Backward{0 if axis is None else 1}"
    kwargs = dict(options)
    if axis is not None:
        kwargs["axis"] = axis
    if keep:
        kwargs["keepdims"] = True
    return call(function, (input,), kwargs, label)


def sum(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """The sum of all elements, or along one or several axes.

    >>> import sourcediff.tensor as st
    >>> x = st.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> sum(x), sum(x, dim=0)
    (tensor(10., grad_fn=<SumBackward0>), tensor([4., 6.], grad_fn=<SumBackward1>))
    """
    if dtype is not None:
        input = call(np.ndarray.astype, (input, np.dtype(dtype)), {}, "ToCopyBackward0")
    return _reduced(
        np.sum, "Sum", input, _axis(input, dim, axis), _keep(keepdim, keepdims)
    )


def mean(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    dtype: Any = None,
    axis: Any = None,
    keepdims: bool | None = None,
) -> Any:
    """The mean of all elements, or along one or several axes."""
    if dtype is None and input.dtype.kind not in "fc":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a "
            f"floating point or complex dtype. Got: {input.dtype}; take x.float()"
        )
    if dtype is not None:
        input = call(np.ndarray.astype, (input, np.dtype(dtype)), {}, "ToCopyBackward0")
    return _reduced(
        np.mean, "Mean", input, _axis(input, dim, axis), _keep(keepdim, keepdims)
    )


def prod(
    input: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None
) -> Any:
    """The product of all elements, or along an axis."""
    return _reduced(np.prod, "Prod", input, _axis(input, dim, axis), keepdim)


def _ddof(unbiased: bool, correction: Any) -> Any:
    return (1 if unbiased else 0) if correction is None else correction


def var(
    input: Any,
    dim: Any = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: Any = None,
    axis: Any = None,
) -> Any:
    """The variance, with Bessel's correction unless `unbiased=False`."""
    ddof = _ddof(unbiased, correction)
    chosen = _axis(input, dim, axis)
    return _spread(np.var, "VarBackward0", input, chosen, keepdim, ddof)


def std(
    input: Any,
    dim: Any = None,
    unbiased: bool = True,
    keepdim: bool = False,
    *,
    correction: Any = None,
    axis: Any = None,
) -> Any:
    """The standard deviation, with Bessel's correction unless `unbiased=False`."""
    ddof = _ddof(unbiased, correction)
    chosen = _axis(input, dim, axis)
    return _spread(np.std, "StdBackward0", input, chosen, keepdim, ddof)


def _spread(
    function: Any, label: str, input: Any, axis: Any, keep: bool, ddof: Any
) -> Any:
    kwargs = {"axis": axis, "ddof": ddof, "keepdims": keep}
    return call(function, (input,), kwargs, label)


def _extreme(
    function: Any, pick: Any, word: str, input: Any, dim: Any, keepdim: bool
) -> Any:
    if dim is None:
        return call(function, (input,), {}, f"{word}Backward1")
    array = input._array
    indices = np.expand_dims(pick(array, axis=dim), dim)
    label = f"{word}Backward0"
    if keepdim:
        values = call(np.take_along_axis, (input, indices, dim), {}, label)
        return Extreme(values, input.face.made(indices))
    indices = np.squeeze(indices, dim)
    key = list(np.ogrid[tuple(slice(n) for n in indices.shape)])
    key.insert(dim % array.ndim, indices)
    values = call(operator.getitem, (input, tuple(key)), {}, label)
    return Extreme(values, input.face.made(indices))


def max(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    axis: Any = None,
    keepdims: bool = False,
) -> Any:
    """The largest element; along an axis, the largest ones and their indices.

    Equal largest elements share the gradient; along `dim` the first one takes it. With
    NumPy's `axis` the result is that of `amax`.

    >>> import sourcediff.tensor as st
    >>> x = st.tensor([[1.0, 5.0], [3.0, 2.0]])
    >>> max(x), max(x, 1).indices
    (tensor(5.), tensor([1, 0]))
    """
    if isinstance(dim, Base):
        return maximum(input, dim)
    if axis is not None or keepdims:
        return amax(input, axis, keepdims)
    return _extreme(np.max, np.argmax, "Max", input, dim, keepdim)


def min(
    input: Any,
    dim: Any = None,
    keepdim: bool = False,
    *,
    axis: Any = None,
    keepdims: bool = False,
) -> Any:
    """The smallest element; along an axis, the smallest ones and their indices."""
    if isinstance(dim, Base):
        return minimum(input, dim)
    if axis is not None or keepdims:
        return amin(input, axis, keepdims)
    return _extreme(np.min, np.argmin, "Min", input, dim, keepdim)


def amax(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The largest element along axes; equal ones share the gradient."""
    kwargs = {"axis": _axis(input, dim), "keepdims": keepdim}
    return call(np.max, (input,), kwargs, "AmaxBackward0")


def amin(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest element along axes; equal ones share the gradient."""
    kwargs = {"axis": _axis(input, dim), "keepdims": keepdim}
    return call(np.min, (input,), kwargs, "AminBackward0")


def argmax(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Where the largest element stands; it carries no gradient."""
    return call(np.argmax, (input,), {"axis": dim, "keepdims": keepdim})


def argmin(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Where the smallest element stands; it carries no gradient."""
    return call(np.argmin, (input,), {"axis": dim, "keepdims": keepdim})


def median(input: Any) -> Any:
    """The median; of an even number of elements, the lower one of the middle two.

    Elements equal to it share the gradient.
    """
    flat = np.sort(input._array, axis=None)
    middle = flat[(flat.size - 1) // 2]

    def largest_of_lower_half(x: Any) -> Any:
        return np.max(np.where(constant(x) <= middle, x, -np.inf))

    return composite(largest_of_lower_half, (input,), "MedianBackward0")


def cumsum(input: Any, dim: int) -> Any:
    """The sums of the elements so far, along an axis."""
    return call(np.cumsum, (input,), {"axis": dim}, "CumsumBackward0")


def cumprod(input: Any, dim: int) -> Any:
    """The products of the elements so far, along an axis."""
    return call(np.cumprod, (input,), {"axis": dim}, "CumprodBackward0")


def all(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether every element is true."""
    return call(np.all, (input,), {"axis": dim, "keepdims": keepdim})


def any(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether some element is true."""
    return call(np.any, (input,), {"axis": dim, "keepdims": keepdim})


def log_sum_exp(x: Any, axis: Any, keepdims: bool) -> Any:
    """The logarithm of the sum of exponentials, shifted by the maximum."""
    top = np.max(constant(x), axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    sums = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return sums if keepdims else np.squeeze(sums, axis)


def constant(x: Any) -> Any:
    """The plain array behind a value."""
    return x._array if isinstance(x, Base) else x


def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """The logarithm of the sum of exponentials along an axis, without overflow."""
    axis = _axis(input, dim)
    return composite(
        lambda x: log_sum_exp(x, axis, keepdim), (input,), "LogsumexpBackward0"
    )


def log_softmax(input: Any, dim: int = -1) -> Any:
    """The logarithms of `softmax`, without overflow or cancellation."""
    return composite(
        lambda x: x - log_sum_exp(x, dim, True), (input,), "LogSoftmaxBackward0"
    )


def softmax(input: Any, dim: int = -1) -> Any:
    """Exponentials along an axis, scaled to the sum 1.

    >>> import sourcediff.tensor as st
    >>> softmax(st.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    return composite(
        lambda x: np.exp(x - log_sum_exp(x, dim, True)), (input,), "SoftmaxBackward0"
    )


def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False) -> Any:
    """The norm of all elements, or along an axis: 2 (`"fro"`), 1, inf or any `p`.

    The gradient at 0 is taken as 0.
    """
    order = 2 if p in ("fro", None) else p
    axis = _axis(input, dim)
    if axis is None:
        flat = input if input.ndim == 1 else call(np.ravel, (input,), {})
        made = call(np.linalg.norm, (flat, order), {}, "LinalgVectorNormBackward0")
        return made if not keepdim else call(np.reshape, (made, (1,) * input.ndim), {})
    kwargs = {"axis": axis, "keepdims": keepdim}
    return call(np.linalg.norm, (input, order), kwargs, "LinalgVectorNormBackward0")


def allclose(
    input: Any,
    other: Any,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> bool:
    """Whether two tensors are equal up to rounding."""
    return bool(np.allclose(constant(input), constant(other), rtol, atol, equal_nan))


def isclose(
    input: Any,
    other: Any,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> Any:
    """Which elements of two tensors are equal up to rounding."""
    return call(np.isclose, (input, other, rtol, atol, equal_nan), {})


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and elements."""
    return bool(np.array_equal(constant(input), constant(other)))
