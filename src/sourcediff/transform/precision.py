"""Where a cotangent may come out in another precision than its argument's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from sourcediff.kinds import UNSAID, Array, Kind
from sourcediff.transform.product import factor_out

_DOUBLES = (np.float64, np.complex128)


def mixes_precisions(result: Kind, arguments: Iterable[Kind]) -> bool:
    """Whether a number times an argument may have not the precision of the result.

    It has that of the argument, and is a double beside integers and masks.

    >>> single, mask = Array(np.dtype(np.float32), (3,)), Array(np.dtype(bool), (3,))
    >>> mixes_precisions(single, [single, mask]), mixes_precisions(single, [single])
    (True, False)
    """
    if not isinstance(result, Array):
        return False
    arrays = [k for k in arguments if isinstance(k, Array)]
    is_double = result.dtype in _DOUBLES
    return any(
        k.dtype != result.dtype and (k.dtype.kind in "fc" or not is_double)
        for k in arrays
    )


def is_masked(result: Kind, text: Any, kind_of: Callable[[Any], Kind]) -> bool:
    """Whether a partial in single precision is a product with a mask.

    A number times the mask alone would be a double.
    """
    if not isinstance(result, Array) or result.dtype in _DOUBLES:
        return False
    factors = factor_out(text).numerators
    kinds = map(kind_of, factors)
    return len(factors) > 1 and any(
        isinstance(kind, Array) and kind.dtype.kind == "b" for kind in kinds
    )


def is_narrower(argument: Kind, result: Kind, arguments: Iterable[Kind]) -> bool:
    """Whether an array stands beside others of another precision.

    >>> single, double = (Array(np.dtype(f), (3,)) for f in (np.float32, np.float64))
    >>> is_narrower(single, double, [single, double])
    True
    """
    if not isinstance(argument, Array) or argument.dtype.kind != "f":
        return False
    if result in UNSAID:
        return argument.dtype != np.float64
    arrays = [k.dtype for k in arguments if isinstance(k, Array)]
    return any(dtype.kind == "f" and dtype != argument.dtype for dtype in arrays)


def masks_singles(kinds: Iterable[Kind]) -> bool:
    """Whether there are masks beside arrays in single precision.

    Then the order of factors counts: a number times a mask is a double.

    >>> masks_singles([Array(np.dtype(bool), (3,)), Array(np.dtype(np.float32), (3,))])
    True
    """
    dtypes = {k.dtype for k in kinds if isinstance(k, Array)}
    singles = {
        dtype for dtype in dtypes if dtype.kind in "fc" and dtype not in _DOUBLES
    }
    return np.dtype(bool) in dtypes and bool(singles)
