"""The derivatives that must be compiled: what cannot be is an error, never taped."""

import functools

import sourcediff

grad = functools.partial(sourcediff.grad, fallback="error")
value_and_grad = functools.partial(sourcediff.value_and_grad, fallback="error")
vjp = functools.partial(sourcediff.vjp, fallback="error")
