"""Derivatives of the functions that take complex numbers apart."""

from __future__ import annotations

import numpy as np

from sourcediff import runtime
from sourcediff.rules.declare import elementwise, jvp, linear, rule
from sourcediff.runtime import divide_or_zero


@linear(np.real, np.ndarray.real, np.generic.real, complex.real, view=True)
def real(y_bar, val):
    """
    >>> real(z)
    >>> real(v)
    >>> real(c)
    >>> real(np.sum(z))
    """
    if np.iscomplexobj(val):
        return y_bar + 0j
    return y_bar


@linear(np.imag, np.ndarray.imag, np.generic.imag, complex.imag, view=True)
def imag(y_bar, val):
    """
    >>> imag(z)
    >>> imag(v)
    >>> imag(c)
    >>> imag(np.sum(z))
    """
    if np.iscomplexobj(val):
        return 1j * y_bar
    return 0 * y_bar


@linear(
    *(np.conjugate, np.ndarray.conj, np.ndarray.conjugate),
    *(np.generic.conj, np.generic.conjugate, complex.conjugate, runtime.conjugate),
    view=True,
)
def conjugate(y_bar, x):
    """
    >>> conjugate(z)
    >>> conjugate(v)
    >>> conjugate(c)
    >>> conjugate(np.sum(z))
    """
    return np.conj(y_bar)


@elementwise(np.angle)
def angle(y, z, deg=False):
    """
    >>> angle(z)
    >>> angle(z, deg=True)
    >>> angle(v)
    """
    if not np.iscomplexobj(z):
        return 0
    if deg:
        return (-180j / np.pi) / z
    return -1j / z


@rule(np.sign)
def sign(y_bar, y, x):
    """A step for real numbers; for complex ones `x / abs(x)`, which turns with `x`.

    >>> sign(z)
    >>> sign(v)
    """
    if np.iscomplexobj(x):
        return divide_or_zero(y_bar - y * np.real(np.conj(y) * y_bar), np.abs(x))
    return 0 * y_bar


@jvp(sign)
def sign_jvp(x_dot, y, x):
    """The part of the tangent across `x`, over its absolute value."""
    if np.iscomplexobj(x):
        return divide_or_zero(x_dot - y * np.real(np.conj(y) * x_dot), np.abs(x))
    return 0 * x_dot
