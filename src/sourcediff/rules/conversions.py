"""Derivatives of making arrays and numbers of each other, and of copying."""

from __future__ import annotations

import copy as copying

import numpy as np

from sourcediff.rules.declare import linear
from sourcediff.runtime import cast_like


@linear(np.array, np.asarray, np.asanyarray, view=True)
def array(y_bar, a, dtype=None):
    """The cotangent of a nested list is a nested list, which the kind makes of this.

    >>> array(v)
    >>> array(s)
    >>> array([s, 2.5, t])
    >>> array([[s, t], [2.5, s]])
    >>> array([v, w])
    >>> array(v, dtype=np.float32)
    """
    return cast_like(y_bar, a)


@linear(np.ascontiguousarray, np.asfortranarray, np.asarray_chkfinite, view=True)
def contiguous_array(y_bar, a, dtype=None):
    """
    >>> contiguous_array(A.T)
    >>> contiguous_array(v, np.float32)
    """
    return np.reshape(cast_like(y_bar, a), np.shape(a))  # of 0-d they make 1-d


@linear(np.copy, np.ndarray.copy)
def copy(y_bar, a, order="K"):
    """
    >>> copy(A)
    >>> copy(A.T, order="C")
    """
    return y_bar


@linear(copying.copy, copying.deepcopy)
def copy_of_any(y_bar, x):
    """
    >>> copy_of_any(A)
    >>> copy_of_any(s)
    """
    return y_bar


@linear(np.ndarray.astype, np.astype, np.generic.astype, view=True)
def astype(y_bar, x, dtype, *, copy=True):
    """
    >>> astype(v, np.float32)
    >>> astype(v, complex)
    >>> astype(np.sum(v), np.float32)
    >>> astype(v, float, copy=False)
    """
    return cast_like(y_bar, x)


@linear(float, np.float64, np.float32, np.longdouble)
def number(y_bar, x):
    """
    >>> number(s)
    >>> number(np.sum(v))
    >>> number(np.array(2.5))
    """
    return cast_like(y_bar, x)


@linear(np.complex128, np.complex64)
def complex_number(y_bar, x):
    """
    >>> complex_number(s)
    >>> complex_number(np.sum(v))
    """
    return cast_like(y_bar, x)


@linear(complex, wrt=("real", "imag"))
def complex_of_parts(y_bar, real, imag=0):
    """
    >>> complex_of_parts(s)
    >>> complex_of_parts(s, t)
    """
    return np.real(y_bar), np.imag(y_bar)


@linear(np.ndarray.item, np.generic.item)
def item(y_bar, a):
    """
    >>> item(v[:1])
    >>> item(A[:1, :1])
    >>> item(np.sum(v))
    """
    return np.full(np.shape(a), y_bar)


@linear(np.ndarray.tolist)
def tolist(y_bar, a):
    """
    >>> tolist(A)
    >>> tolist(v)
    """
    return np.reshape(y_bar, np.shape(a))
