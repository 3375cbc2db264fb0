"""Fourier transforms: each is linear, and the adjoint of one the other way."""

from __future__ import annotations

import numpy as np

from sourcediff.rules.declare import jvp, linear, rule
from sourcediff.runtime import (
    cast_like,
    dual_norm,
    irfft_bar,
    irfftn_bar,
    refit,
    rfft_bar,
    rfftn_bar,
    transformed_axes,
)


@linear(np.fft.fft)
def fft(y_bar, a, n=None, axis=-1, norm=None):
    """
    >>> fft(v)
    >>> fft(z)
    >>> fft(A, axis=0)
    >>> fft(A, 6, axis=0)
    >>> fft(Z, 3, norm="ortho")
    >>> fft(Z, norm="forward")
    """
    if n is None and norm is None:
        return cast_like(np.fft.ifft(y_bar, axis=axis, norm="forward"), a)
    a_bar = np.fft.ifft(y_bar, axis=axis, norm=dual_norm(norm))
    return cast_like(refit(a_bar, np.shape(a)), a)


@linear(np.fft.ifft)
def ifft(y_bar, a, n=None, axis=-1, norm=None):
    """
    >>> ifft(v)
    >>> ifft(z)
    >>> ifft(A, axis=0)
    >>> ifft(A, 6, axis=0)
    >>> ifft(Z, 3, norm="ortho")
    >>> ifft(Z, norm="forward")
    """
    if n is None and norm is None:
        return cast_like(np.fft.fft(y_bar, axis=axis, norm="forward"), a)
    a_bar = np.fft.fft(y_bar, axis=axis, norm=dual_norm(norm))
    return cast_like(refit(a_bar, np.shape(a)), a)


@linear(np.fft.fft2)
def fft2(y_bar, a, s=None, axes=(-2, -1), norm=None):
    """
    >>> fft2(A)
    >>> fft2(Z, (5, 2), norm="ortho")
    >>> fft2(T, axes=(0, 2))
    """
    a_bar = np.fft.ifftn(y_bar, axes=axes, norm=dual_norm(norm))
    return cast_like(refit(a_bar, np.shape(a)), a)


@linear(np.fft.ifft2)
def ifft2(y_bar, a, s=None, axes=(-2, -1), norm=None):
    """
    >>> ifft2(A)
    >>> ifft2(Z, (5, 2), norm="ortho")
    >>> ifft2(T, axes=(0, 2))
    """
    a_bar = np.fft.fftn(y_bar, axes=axes, norm=dual_norm(norm))
    return cast_like(refit(a_bar, np.shape(a)), a)


@linear(np.fft.fftn)
def fftn(y_bar, a, s=None, axes=None, norm=None):
    """
    >>> fftn(A)
    >>> fftn(T, (3, 3), axes=(0, 1))
    >>> fftn(Z, norm="forward")
    """
    axes = transformed_axes(s, axes, np.ndim(a))
    a_bar = np.fft.ifftn(y_bar, axes=axes, norm=dual_norm(norm))
    return cast_like(refit(a_bar, np.shape(a)), a)


@linear(np.fft.ifftn)
def ifftn(y_bar, a, s=None, axes=None, norm=None):
    """
    >>> ifftn(A)
    >>> ifftn(T, (3, 3), axes=(0, 1))
    >>> ifftn(Z, norm="forward")
    """
    axes = transformed_axes(s, axes, np.ndim(a))
    a_bar = np.fft.fftn(y_bar, axes=axes, norm=dual_norm(norm))
    return cast_like(refit(a_bar, np.shape(a)), a)


@linear(np.fft.rfft)
def rfft(y_bar, a, n=None, axis=-1, norm=None):
    """
    >>> rfft(v)
    >>> rfft(A)
    >>> rfft(A, 6, axis=0)
    >>> rfft(v, 3, norm="ortho")
    >>> rfft(A, norm="forward")
    """
    n = np.shape(a)[axis] if n is None else n
    return refit(rfft_bar(y_bar, n, axis, norm), np.shape(a))


@linear(np.fft.irfft)
def irfft(y_bar, a, n=None, axis=-1, norm=None):
    """
    >>> irfft(z)
    >>> irfft(Z, 5)
    >>> irfft(A, 13)
    >>> irfft(Z, axis=0, norm="ortho")
    >>> irfft(Z, 4, norm="forward")
    """
    return cast_like(refit(irfft_bar(y_bar, axis, norm), np.shape(a)), a)


@linear(np.fft.hfft)
def hfft(y_bar, a, n=None, axis=-1, norm=None):
    """
    >>> hfft(z)
    >>> hfft(Z, 5, norm="ortho")
    """
    a_bar = np.conj(irfft_bar(y_bar, axis, dual_norm(norm)))
    return cast_like(refit(a_bar, np.shape(a)), a)


@linear(np.fft.ihfft)
def ihfft(y_bar, a, n=None, axis=-1, norm=None):
    """
    >>> ihfft(v)
    >>> ihfft(A, 6, axis=0, norm="ortho")
    """
    n = np.shape(a)[axis] if n is None else n
    return refit(rfft_bar(np.conj(y_bar), n, axis, dual_norm(norm)), np.shape(a))


@linear(np.fft.rfft2)
def rfft2(y_bar, a, s=None, axes=(-2, -1), norm=None):
    """
    >>> rfft2(A)
    >>> rfft2(T, (4, 3), norm="ortho")
    >>> rfft2(T, axes=(2, 0))
    """
    return rfftn_bar(y_bar, np.shape(a), s, axes, norm)


@linear(np.fft.irfft2)
def irfft2(y_bar, a, s=None, axes=(-2, -1), norm=None):
    """
    >>> irfft2(Z)
    >>> irfft2(Z, (2, 5), norm="ortho")
    >>> irfft2(T, axes=(2, 1))
    """
    return cast_like(irfftn_bar(y_bar, np.shape(a), s, axes, norm), a)


@linear(np.fft.rfftn)
def rfftn(y_bar, a, s=None, axes=None, norm=None):
    """
    >>> rfftn(T)
    >>> rfftn(T, (4, 3), axes=(2, 0))
    >>> rfftn(v, norm="forward")
    """
    return rfftn_bar(y_bar, np.shape(a), s, axes, norm)


@linear(np.fft.irfftn)
def irfftn(y_bar, a, s=None, axes=None, norm=None):
    """
    >>> irfftn(Z)
    >>> irfftn(T, (4, 3), axes=(0, 2))
    >>> irfftn(z, norm="forward")
    """
    return cast_like(irfftn_bar(y_bar, np.shape(a), s, axes, norm), a)


@linear(np.fft.fftshift)
def fftshift(y_bar, x, axes=None):
    """
    >>> fftshift(v)
    >>> fftshift(A, axes=1)
    """
    return np.fft.ifftshift(y_bar, axes)


@linear(np.fft.ifftshift)
def ifftshift(y_bar, x, axes=None):
    """
    >>> ifftshift(v)
    >>> ifftshift(A, axes=1)
    """
    return np.fft.fftshift(y_bar, axes)


@rule(np.fft.fftfreq, np.fft.rfftfreq, wrt=("d",))
def fftfreq(y_bar, y, n, d=1.0):
    """
    >>> fftfreq(5, s)
    """
    return -np.sum(y_bar * y) / d


@jvp(fftfreq)
def fftfreq_jvp(d_dot, y, n, d=1.0):
    return -y * d_dot / d
