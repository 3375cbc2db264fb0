"""Kinds of functions of NumPy with several results that no trial can tell."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.analysis.arithmetic import as_array
from sourcediff.analysis.creation import Handler, Keywords
from sourcediff.kinds import Array, Kind, Scalar, Sequence


def _lstsq(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    """The solution, residuals (as many as the rank allows), rank, singular values."""
    a, b = map(as_array, arguments[:2]) if len(arguments) > 1 else (None, None)
    if not isinstance(a, Array) or not isinstance(b, Array):
        return None
    dtype = np.result_type(a.dtype, b.dtype)
    if dtype not in (np.float64, np.complex128):
        return None
    dims = None
    if a.dims is not None and b.dims is not None:
        dims = (*a.dims[1:], *b.dims[1:])
    solution = Array(dtype, dims)
    real = np.zeros((), dtype).real.dtype
    rank = Scalar(np.dtype(np.intc), python=False)
    return Sequence(tuple, (solution, Array(real), rank, Array(real)))


RESULTS: dict[Any, Handler] = {np.linalg.lstsq: _lstsq}
