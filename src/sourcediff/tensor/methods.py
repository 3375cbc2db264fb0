"""The functions of tensors as methods, and those that write in place."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.tensor import pointwise, products, reductions, shaping
from sourcediff.tensor.base import Base
from sourcediff.tensor.inplace import setitem, update
from sourcediff.tensor.operators import Operators
from sourcediff.tensor.record import call
from sourcediff.tensor.sizes import as_dtype


def _in_place(function: Callable[..., Any]) -> Callable[..., Any]:
    """The method that writes the function's result into the tensor itself."""

    @functools.wraps(function)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return update(
            self, lambda t: function(t, *args, **kwargs), f"{function.__name__}_"
        )

    return method


class Methods(Operators):
    """A tensor with PyTorch's methods."""

    add = pointwise.add
    sub = subtract = pointwise.sub
    mul = multiply = pointwise.mul
    div = divide = true_divide = pointwise.div
    pow = pointwise.pow
    remainder = pointwise.remainder
    exp = pointwise.exp
    log = pointwise.log
    log2 = pointwise.log2
    log10 = pointwise.log10
    log1p = pointwise.log1p
    expm1 = pointwise.expm1
    sqrt = pointwise.sqrt
    rsqrt = pointwise.rsqrt
    square = pointwise.square
    reciprocal = pointwise.reciprocal
    neg = negative = pointwise.neg
    abs = absolute = pointwise.abs
    sin = pointwise.sin
    cos = pointwise.cos
    tan = pointwise.tan
    asin = pointwise.asin
    acos = pointwise.acos
    atan = pointwise.atan
    sinh = pointwise.sinh
    cosh = pointwise.cosh
    tanh = pointwise.tanh
    sigmoid = pointwise.sigmoid
    relu = pointwise.relu
    clamp = clip = pointwise.clamp
    atan2 = pointwise.atan2
    maximum = pointwise.maximum
    minimum = pointwise.minimum
    floor = pointwise.floor
    ceil = pointwise.ceil
    trunc = pointwise.trunc
    round = pointwise.round
    sign = pointwise.sign
    isnan = pointwise.isnan
    isinf = pointwise.isinf
    isfinite = pointwise.isfinite
    lerp = pointwise.lerp
    eq, ne = pointwise.eq, pointwise.ne
    lt, le = pointwise.lt, pointwise.le
    gt, ge = pointwise.gt, pointwise.ge
    logical_and, logical_or = pointwise.logical_and, pointwise.logical_or
    logical_not = pointwise.logical_not

    sum = reductions.sum
    mean = reductions.mean
    prod = reductions.prod
    var = reductions.var
    std = reductions.std
    max = reductions.max
    min = reductions.min
    amax = reductions.amax
    amin = reductions.amin
    argmax = reductions.argmax
    argmin = reductions.argmin
    median = reductions.median
    cumsum = reductions.cumsum
    cumprod = reductions.cumprod
    all = reductions.all
    any = reductions.any
    norm = reductions.norm
    logsumexp = reductions.logsumexp
    softmax = reductions.softmax
    log_softmax = reductions.log_softmax
    allclose = reductions.allclose
    isclose = reductions.isclose
    equal = reductions.equal

    view = shaping.view
    reshape = shaping.reshape
    flatten = shaping.flatten
    ravel = shaping.ravel
    t = shaping.t
    transpose = swapaxes = shaping.transpose
    permute = shaping.permute
    movedim = shaping.movedim
    unsqueeze = shaping.unsqueeze
    squeeze = shaping.squeeze
    expand = shaping.expand
    repeat = shaping.repeat
    repeat_interleave = shaping.repeat_interleave
    tile = shaping.tile
    clone = shaping.clone
    contiguous = shaping.contiguous
    flip = shaping.flip
    roll = shaping.roll
    split = shaping.split
    chunk = shaping.chunk
    unbind = shaping.unbind
    gather = shaping.gather
    index_select = shaping.index_select
    select = shaping.select
    narrow = shaping.narrow
    masked_select = shaping.masked_select
    masked_fill = shaping.masked_fill
    sort = shaping.sort
    argsort = shaping.argsort
    topk = shaping.topk
    unique = shaping.unique
    nonzero = shaping.nonzero
    tril, triu, diag = shaping.tril, shaping.triu, shaping.diag

    matmul = products.matmul
    dot = products.dot
    mm, mv, bmm = products.mm, products.mv, products.bmm
    outer = products.outer
    trace = products.trace

    add_ = __iadd__ = _in_place(pointwise.add)
    sub_ = subtract_ = __isub__ = _in_place(pointwise.sub)
    mul_ = multiply_ = __imul__ = _in_place(pointwise.mul)
    div_ = divide_ = __itruediv__ = _in_place(pointwise.div)
    pow_ = __ipow__ = _in_place(pointwise.pow)
    __imod__ = remainder_ = _in_place(pointwise.remainder)
    exp_ = _in_place(pointwise.exp)
    log_ = _in_place(pointwise.log)
    sqrt_ = _in_place(pointwise.sqrt)
    square_ = _in_place(pointwise.square)
    reciprocal_ = _in_place(pointwise.reciprocal)
    neg_ = _in_place(pointwise.neg)
    abs_ = _in_place(pointwise.abs)
    sin_ = _in_place(pointwise.sin)
    cos_ = _in_place(pointwise.cos)
    tanh_ = _in_place(pointwise.tanh)
    sigmoid_ = _in_place(pointwise.sigmoid)
    relu_ = _in_place(pointwise.relu)
    clamp_ = clip_ = _in_place(pointwise.clamp)
    floor_ = _in_place(pointwise.floor)
    ceil_ = _in_place(pointwise.ceil)
    round_ = _in_place(pointwise.round)
    masked_fill_ = _in_place(shaping.masked_fill)

    __matmul__ = products.matmul

    def __rmatmul__(self, other: Any) -> Any:
        return products.matmul(other, self)

    def __pow__(self, other: Any, modulus: Any = None) -> Any:
        return pointwise.pow(self, other)

    def __rpow__(self, other: Any) -> Any:
        return pointwise.pow(other, self)

    def __rsub__(self, other: Any) -> Any:
        return pointwise.rsub(self, other)

    def where(self, condition: Any, other: Any) -> Any:
        """The elements where `condition` holds, those of `other` elsewhere."""
        return pointwise.where(condition, self, other)

    def fill_(self, value: Any) -> Any:
        """Write one value into every element."""
        setitem(self, ..., value)
        return self

    def zero_(self) -> Any:
        """Write zeros."""
        return self.fill_(0)

    def copy_(self, other: Any) -> Any:
        """Write the elements of another tensor."""
        setitem(self, ..., other)
        return self

    def astype(self, dtype: Any) -> Any:
        """The elements in another dtype."""
        return call(np.ndarray.astype, (self, as_dtype(dtype)), {}, "ToCopyBackward0")

    def to(self, *args: Any, dtype: Any = None, device: Any = None, **_: Any) -> Any:
        """The elements in another dtype; the only device is the CPU."""
        for arg in args:
            if isinstance(arg, Base):
                dtype = arg.dtype
            elif isinstance(arg, str) or type(arg).__name__ == "device":
                device = arg
            elif not isinstance(arg, bool):
                dtype = arg
        if device is not None and not str(device).startswith("cpu"):
            raise RuntimeError(
                f"device {str(device)!r} is not available: sourcediff.tensor runs on "
                "the CPU"
            )
        if dtype is None or np.dtype(dtype) == self.dtype:
            return self
        return self.astype(dtype)

    def type_as(self, other: Any) -> Any:
        """The elements in the dtype of another tensor."""
        return self.to(other.dtype)

    def float(self) -> Any:
        """The elements as float32."""
        return self.to(np.float32)

    def double(self) -> Any:
        """The elements as float64."""
        return self.to(np.float64)

    def int(self) -> Any:
        """The elements as int32."""
        return self.to(np.int32)

    def long(self) -> Any:
        """The elements as int64."""
        return self.to(np.int64)

    def bool(self) -> Any:
        """Which elements are not zero."""
        return self.to(np.bool_)

    def cpu(self) -> Any:
        """The tensor itself."""
        return self

    def cuda(self, *_: Any) -> Any:
        """Raise RuntimeError: there is no such device."""
        return self.to(device="cuda")

    @property
    def T(self) -> Any:
        """The axes in reversed order."""
        return call(np.transpose, (self,), {}, "PermuteBackward0")

    @property
    def mT(self) -> Any:
        """The last two axes exchanged."""
        return shaping.transpose(self, -2, -1)

    @property
    def real(self) -> Any:
        """The real part."""
        return self if self.dtype.kind != "c" else call(np.real, (self,), {})

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return call(np.imag, (self,), {})

    def conj(self) -> Any:
        """The complex conjugate."""
        return call(np.conjugate, (self,), {})

    def new_zeros(self, *size: Any) -> Any:
        """Zeros of another shape and the same dtype."""
        shape = size[0] if len(size) == 1 and np.ndim(size[0]) else size
        return self.face.made(np.zeros(shape, self.dtype))

    def new_ones(self, *size: Any) -> Any:
        """Ones of another shape and the same dtype."""
        return self.new_zeros(*size) + 1

    def new_tensor(self, data: Any) -> Any:
        """A tensor of other data and the same dtype."""
        return self.face.made(np.array(data, self.dtype))

    def expand_as(self, other: Any) -> Any:
        """Expanded to the shape of another tensor."""
        return shaping.expand(self, *other.shape)

    def view_as(self, other: Any) -> Any:
        """The same memory in the shape of another tensor."""
        return shaping.view(self, *other.shape)

    def reshape_as(self, other: Any) -> Any:
        """The elements in the shape of another tensor."""
        return shaping.reshape(self, *other.shape)
