"""Functions whose results carry no derivative: comparisons, predicates, roundings."""

from __future__ import annotations

import builtins
import math
import operator
from typing import Final

import numpy as np

from sourcediff import runtime
from sourcediff.rules.declare import nondifferentiable

# comparisons
nondifferentiable(
    *(np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal),
    *(operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge),
    *(operator.is_, operator.is_not, operator.contains),
    *(np.isclose, np.allclose, np.array_equal, np.array_equiv, math.isclose),
)

# truth
nondifferentiable(
    *(np.logical_and, np.logical_or, np.logical_xor, np.logical_not),
    *(operator.not_, operator.truth, bool),
    *(np.any, np.ndarray.any, np.all, np.ndarray.all, builtins.any, builtins.all),
    *(np.logical_and.reduce, np.logical_or.reduce),
)

# bits and whole numbers
nondifferentiable(
    *(np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.invert, np.bitwise_count),
    *(np.left_shift, np.right_shift, operator.and_, operator.or_, operator.xor),
    *(operator.inv, operator.invert, operator.lshift, operator.rshift),
    *(operator.index, np.gcd, np.lcm, math.gcd, math.lcm, math.isqrt),
    *(math.factorial, math.comb, math.perm),
)

# predicates
nondifferentiable(
    *(np.isfinite, np.isinf, np.isnan, np.isnat, np.isneginf, np.isposinf),
    *(np.signbit, np.isreal, np.iscomplex, np.isrealobj, np.iscomplexobj, np.isscalar),
    *(math.isfinite, math.isinf, math.isnan),
    *(np.count_nonzero, np.spacing, math.ulp),
)

# positions and shapes
nondifferentiable(
    *(np.argmax, np.ndarray.argmax, np.argmin, np.ndarray.argmin),
    *(np.nanargmax, np.nanargmin, np.isin),
    *(np.shape, np.ndarray.shape, np.ndim, np.ndarray.ndim, np.size, np.ndarray.size),
    *(np.ndarray.dtype, np.ndarray.itemsize, np.ndarray.nbytes, np.ndarray.strides),
    *(np.ndarray.flags, np.result_type, np.iterable, np.shares_memory),
    np.may_share_memory,
)

#: What they write may be read as a number again.
WRITERS_OF_TEXT: Final = (
    *(str, repr, ascii, format, np.array_repr, np.array_str, np.array2string),
    *(np.format_float_positional, np.format_float_scientific),
)

# what a program asks of a value, or tells of it
nondifferentiable(
    *(len, isinstance, issubclass, type, callable, hasattr, id, hash),
    *(print, *WRITERS_OF_TEXT),
)

# steps: constant wherever they have a derivative
nondifferentiable(
    *(np.floor, np.ceil, np.trunc, np.rint, np.fix, np.round, np.around),
    *(np.ndarray.round, math.floor, math.ceil, math.trunc, builtins.round, int),
    *(np.floor_divide, operator.floordiv, np.heaviside),
    *(np.bool, np.int8, np.int16, np.int32, np.int64),
    *(np.uint8, np.uint16, np.uint32, np.uint64),
)

# what a program says is constant
nondifferentiable(runtime.stop_gradient)

# helpers that read shapes, or count
nondifferentiable(
    *(runtime.count, runtime.exceeds, runtime.tie_shares, runtime.zeros_like),
    *(runtime.piecewise_conditions, runtime.segments, runtime.segment_lengths),
    *(runtime.segment_key, runtime.number_where, runtime.unique_parts),
    *(runtime.weights_of_columns, runtime.occurrences, runtime.indexed_shape),
    *(runtime.require_padding,),
    *(runtime.quantile_share_slopes, runtime.nanquantile_shares, runtime.running_index),
)
