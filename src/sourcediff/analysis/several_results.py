"""Kinds of functions of NumPy with several results that no trial can tell."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from sourcediff.analysis.arithmetic import as_array
from sourcediff.analysis.creation import Handler, Keywords
from sourcediff.kinds import UNKNOWN, Array, Kind, Scalar, Sequence


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


def _eig(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    """Eigenvalues and vectors: real or complex, as the matrix will have it."""
    a = as_array(arguments[0]) if arguments else None
    if not isinstance(a, Array) or a.dtype.kind != "f":
        return None  # of a complex matrix a trial tells
    return Sequence(type(np.linalg.eig(np.eye(1))), (UNKNOWN, UNKNOWN))


def _nonzero(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    """The places along each axis; how many there are depends on the values."""
    a = as_array(arguments[0]) if len(arguments) == 1 else None
    if not isinstance(a, Array) or not a.dims:
        return None
    return Sequence(tuple, (Array(np.dtype(np.intp), (None,), True),) * len(a.dims))


def _gradient(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    """A slope along each axis of an array that has several, if none is chosen."""
    a = as_array(arguments[0]) if arguments else None
    if not isinstance(a, Array) or a.dtype.kind != "f" or a.dims is None:
        return None
    if len(a.dims) < 2 or "axis" in keywords:
        return None
    return Sequence(tuple, (Array(a.dtype, a.dims),) * len(a.dims))


def _scipy_lstsq(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    """What SciPy gives beside the solution depends on the rank and on the driver."""
    found = _lstsq(arguments, keywords)
    if not isinstance(found, Sequence):
        return None
    return Sequence(tuple, (found.items[0], UNKNOWN, UNKNOWN, UNKNOWN))


def _scipy_eig(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
    """Eigenvalues, which SciPy always makes complex, and vectors, which it does not."""
    a = as_array(arguments[0]) if arguments else None
    plain = len(arguments) == 1 and keywords.keys() <= {"check_finite"}
    if not isinstance(a, Array) or a.dtype != float or not plain:
        return None
    values = Array(np.dtype(complex), None if a.dims is None else a.dims[:-1])
    return Sequence(tuple, (values, UNKNOWN))


RESULTS: dict[Any, Handler] = {
    np.linalg.lstsq: _lstsq,
    np.linalg.eig: _eig,
    np.gradient: _gradient,
    np.nonzero: _nonzero,
    np.ndarray.nonzero: _nonzero,
}

#: Those of a library that only its users import, by module and name.
_OF_SCIPY: dict[str, Handler] = {"lstsq": _scipy_lstsq, "eig": _scipy_eig}


def handler_of_scipy(function: Any) -> Handler | None:
    """The handler of a function of `scipy.linalg`, if it has one.

    >>> handler_of_scipy(np.linalg.eig) is None
    True
    """
    name = getattr(function, "__name__", None)
    handler = _OF_SCIPY.get(name) if isinstance(name, str) else None
    if handler is None:
        return None
    of_scipy = getattr(sys.modules.get("scipy.linalg"), name or "", None)
    return handler if of_scipy is function else None
