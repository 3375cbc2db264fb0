"""Sums of exponentials along axes."""

from __future__ import annotations

import numpy as np
from scipy import special

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime import unbroadcast
from sourcediff.runtime.scipy.special import exp_shares


@rule(special.logsumexp, wrt=("a", "b"))
def logsumexp(y_bar, y, a, axis=None, b=None, keepdims=False):
    """
    >>> logsumexp(v)
    >>> logsumexp(A, axis=0)
    >>> logsumexp(A, axis=1, keepdims=True)
    >>> logsumexp(A, 1, abs(C))
    >>> logsumexp(T, axis=(0, 2), b=abs(A[:, :1]))
    >>> logsumexp(s)
    """
    if axis is not None and not keepdims:
        y_bar = np.expand_dims(y_bar, axis)
    shares = y_bar * np.conj(exp_shares(a, y, axis, keepdims))
    if b is None:
        return shares, None
    return unbroadcast(np.conj(b) * shares, a), unbroadcast(shares, b)


@jvp(logsumexp)
def logsumexp_jvp(a_dot, b_dot, y, a, axis=None, b=None, keepdims=False):
    shares = exp_shares(a, y, axis, keepdims)
    if b is None:
        return np.sum(shares * a_dot, axis=axis, keepdims=keepdims)
    return np.sum(shares * (b * a_dot + b_dot), axis=axis, keepdims=keepdims)


@rule(special.softmax)
def softmax(y_bar, y, x, axis=None):
    """
    >>> softmax(v)
    >>> softmax(A, axis=0)
    >>> softmax(A, 1)
    """
    mean = np.sum(y_bar * np.conj(y), axis=axis, keepdims=True)
    return np.conj(y) * (y_bar - mean)


@jvp(softmax)
def softmax_jvp(x_dot, y, x, axis=None):
    return y * (x_dot - np.sum(x_dot * y, axis=axis, keepdims=True))


@rule(special.log_softmax)
def log_softmax(y_bar, y, x, axis=None):
    """
    >>> log_softmax(v)
    >>> log_softmax(A, axis=0)
    >>> log_softmax(A, 1)
    """
    return y_bar - np.conj(np.exp(y)) * np.sum(y_bar, axis=axis, keepdims=True)


@jvp(log_softmax)
def log_softmax_jvp(x_dot, y, x, axis=None):
    return x_dot - np.sum(np.exp(y) * x_dot, axis=axis, keepdims=True)
