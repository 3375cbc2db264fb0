"""Functions of elements, under PyTorch's names."""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base
from sourcediff.tensor.composite import composite
from sourcediff.tensor.elementwise import binary, unary
from sourcediff.tensor.record import call


def _quiet(record: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function without NumPy's warnings at the edge of its domain, as PyTorch's."""

    def recorded(input: Any) -> Any:
        with np.errstate(divide="ignore", invalid="ignore"):
            return record(input)

    return recorded


exp = unary(np.exp)
log = _quiet(unary(np.log))
log2 = _quiet(unary(np.log2))
log10 = _quiet(unary(np.log10))
log1p = _quiet(unary(np.log1p, "Log1PBackward0"))
expm1 = unary(np.expm1)
sqrt = _quiet(unary(np.sqrt))
sin = unary(np.sin)
cos = unary(np.cos)
tan = unary(np.tan)
asin = arcsin = _quiet(unary(np.arcsin))
acos = arccos = _quiet(unary(np.arccos))
atan = arctan = unary(np.arctan)
sinh = unary(np.sinh)
cosh = unary(np.cosh)
tanh = unary(np.tanh)
asinh = arcsinh = unary(np.arcsinh)
acosh = arccosh = _quiet(unary(np.arccosh))
atanh = arctanh = _quiet(unary(np.arctanh))
abs = absolute = unary(np.absolute)
neg = negative = unary(np.negative)
reciprocal = _quiet(unary(np.reciprocal))
square = unary(np.square, "PowBackward0")

atan2 = arctan2 = binary(np.arctan2)
hypot = binary(np.hypot)
maximum = binary(np.maximum)
minimum = binary(np.minimum)
fmod = binary(np.fmod)
logaddexp = binary(np.logaddexp)
remainder = binary(np.remainder)
mul = multiply = binary(np.multiply)
_add = binary(np.add)
_subtract = binary(np.subtract)
_reversed_subtract = binary(np.subtract, label="RsubBackward1")
_divide = binary(np.divide)
_power_of_two_tensors = binary(np.power, operator.pow, "PowBackward1")
_power_with_constant = binary(np.power, operator.pow, "PowBackward0")
_power_of_constant = binary(np.power, operator.pow, "PowBackward2")


def add(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """`input + alpha * other`."""
    return _add(
        input,
        other if builtins.isinstance(alpha, int) and alpha == 1 else other * alpha,
    )


def sub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """`input - alpha * other`."""
    return _subtract(
        input, other if isinstance(alpha, int) and alpha == 1 else other * alpha
    )


subtract = sub


def rsub(input: Any, other: Any) -> Any:
    """`other - input`."""
    return _reversed_subtract(other, input)


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """`input / other`; rounded down (`"floor"`) or towards zero (`"trunc"`)."""
    if rounding_mode is None:
        return _divide(input, other)
    return {"floor": floor, "trunc": trunc}[rounding_mode](_divide(input, other))


divide = true_divide = div


def pow(input: Any, exponent: Any) -> Any:
    """`input ** exponent`.

    >>> import sourcediff.tensor as st
    >>> pow(st.tensor([3.0], requires_grad=True), 2)
    tensor([9.], grad_fn=<PowBackward0>)
    """
    if not isinstance(exponent, Base):
        return _power_with_constant(input, exponent)
    if not isinstance(input, Base):
        return _power_of_constant(input, exponent)
    return _power_of_two_tensors(input, exponent)


def rpow(input: Any, base: Any) -> Any:
    """`base ** input`."""
    return pow(base, input)


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """Bring the elements between two bounds; the gradient passes at both.

    >>> import sourcediff.tensor as st
    >>> clamp(st.tensor([-2.0, 0.5, 3.0]), min=0, max=1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None and max is None:
        raise RuntimeError(
            "torch.clamp: At least one of 'min' or 'max' must not be None"
        )
    return call(np.clip, (input, min, max), {}, "ClampBackward1")


clip = clamp


def rsqrt(input: Any) -> Any:
    """One over the square root."""
    return composite(lambda x: 1 / np.sqrt(x), (input,), "RsqrtBackward0")


def _logistic(x: Any) -> Any:
    return np.exp(-np.logaddexp(0, -x))  # neither overflows nor cancels


def sigmoid(input: Any) -> Any:
    """`1 / (1 + exp(-input))`, right for arguments of any size.

    >>> import sourcediff.tensor as st
    >>> sigmoid(st.tensor([0.0, 1000.0, -1000.0]))
    tensor([0.5000, 1.0000, 0.0000])
    """
    return composite(_logistic, (input,), "SigmoidBackward0")


def logit(input: Any) -> Any:
    """The inverse of `sigmoid`."""
    return composite(lambda x: np.log(x / (1 - x)), (input,), "LogitBackward0")


def relu(input: Any) -> Any:
    """The positive part; its derivative at 0 is 0.

    >>> import sourcediff.tensor as st
    >>> relu(st.tensor([-1.0, 0.0, 2.0], requires_grad=True))
    tensor([0., 0., 2.], grad_fn=<ReluBackward0>)
    """
    array = input._array
    return call(np.where, (array > 0, input, array.dtype.type(0)), {}, "ReluBackward0")


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """The elements of `input` where `condition` holds, those of `other` elsewhere."""
    if input is None and other is None:
        return call(np.nonzero, (condition,), {})
    return call(np.where, (condition, input, other), {})


def lerp(input: Any, end: Any, weight: Any) -> Any:
    """`input + weight * (end - input)`."""
    return input + weight * (end - input)


def _steps(function: Any, label: str) -> Callable[[Any], Any]:
    def stepwise(input: Any) -> Any:
        if input.dtype.kind != "f":
            return call(function, (input,), {})
        return composite(function, (input,), label)

    return stepwise


floor = _steps(np.floor, "FloorBackward0")
ceil = _steps(np.ceil, "CeilBackward0")
trunc = _steps(np.trunc, "TruncBackward0")
sign = sgn = _steps(np.sign, "SignBackward0")


def _question(function: Any) -> Callable[[Any], Any]:
    def ask(input: Any) -> Any:
        return call(function, (input,), {})

    return ask


isnan = _question(np.isnan)
isinf = _question(np.isinf)
isfinite = _question(np.isfinite)
logical_not = _question(np.logical_not)


def round(input: Any, *, decimals: int = 0) -> Any:
    """To the nearest number of that many decimals, ties to even."""
    if input.dtype.kind != "f":
        return call(np.round, (input, decimals), {})
    return composite(lambda x: np.round(x, decimals), (input,), "RoundBackward0")


def _comparison(function: Any) -> Callable[[Any, Any], Any]:
    def compare(input: Any, other: Any) -> Any:
        return call(function, (input, other), {})

    return compare


eq = _comparison(np.equal)
ne = not_equal = _comparison(np.not_equal)
lt = less = _comparison(np.less)
le = less_equal = _comparison(np.less_equal)
gt = greater = _comparison(np.greater)
ge = greater_equal = _comparison(np.greater_equal)
logical_and = _comparison(np.logical_and)
logical_or = _comparison(np.logical_or)
logical_xor = _comparison(np.logical_xor)
floor_divide = _comparison(np.floor_divide)
