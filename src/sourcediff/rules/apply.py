"""One operation's pullback and pushforward, from its rule and concrete values."""

from __future__ import annotations

from collections.abc import Sequence
from types import EllipsisType
from typing import Any

import numpy as np

from sourcediff.rules.binding import Bound, bind, call, replace
from sourcediff.rules.components import component, on_reals
from sourcediff.rules.declare import Rule
from sourcediff.runtime import cast_like, conjugate, unbroadcast, zeros_like

Cotangents = tuple[Any, ...]

_REAL = np.dtype(float)
_SEQUENCES = (list, tuple)
_SIMPLE = (int, type(None))
_WITHOUT_DERIVATIVE = (int, str, bytes)


def pullback(
    rule: Rule,
    result: Any,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    seed: Any,
    wanted: Sequence[bool] | None = None,
    primal: Any = None,
) -> Cotangents:
    """The cotangents of the arguments named in `rule.wrt`, for the seed of the result.

    `result` is what the function gave for `args` and `kwargs`. `wanted` says for each
    name in `rule.wrt` whether its cotangent is needed; the others are None, and cost
    nothing. `primal` is the function that was called, which matters only where a
    method spells its arguments in another way (`rule.packs`). Each cotangent has its
    argument's shape and precision; that of a list is a list. None in the place of a
    cotangent that is wanted is a zero.

    Raises TypeError for a rule without pullback, for an option that the rule does not
    know, and for an argument that the rule says has no derivative.

    >>> from sourcediff.rules import lookup
    >>> x, w = np.array([1.0, 2.0]), 3.0
    >>> pullback(lookup(np.multiply), x * w, (x, w), {}, np.array([1.0, 10.0]))
    (array([ 3., 30.]), 21.0)
    """
    if rule.kind in ("passive", "mutation"):
        raise TypeError(f"{rule.name} is {rule.kind}: it has no pullback")
    bound = bind(rule, args, kwargs, primal)
    _refuse_complex(rule, bound)
    if wanted is None:
        wanted = [not _is_passive(value) for value in bound.wrt]
    if rule.kind == "elementwise":
        partials = _results(rule, (result,), bound, wanted)
        return tuple(
            [
                _scaled(seed, partial, x, rule) if want else None
                for partial, x, want in zip(partials, bound.wrt, wanted, strict=True)
            ]
        )
    leading = (seed, result) if rule.kind == "rule" else (seed,)
    cotangents = _results(rule, leading, bound, wanted)
    return tuple(
        [
            like(x_bar, x) if want else None
            for x_bar, x, want in zip(cotangents, bound.wrt, wanted, strict=True)
        ]
    )


def pushforward(
    rule: Rule,
    result: Any,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    tangents: Sequence[Any],
    primal: Any = None,
) -> Any:
    """The tangent of the result, for one tangent (None: zero) per name in `rule.wrt`.

    >>> from sourcediff.rules import lookup
    >>> x, w = np.array([1.0, 2.0]), 3.0
    >>> pushforward(lookup(np.multiply), x * w, (x, w), {}, (None, 0.5))
    array([0.5, 1. ])
    """
    if rule.kind in ("passive", "mutation"):
        raise TypeError(f"{rule.name} is {rule.kind}: it has no pushforward")
    bound = bind(rule, args, kwargs, primal)
    _refuse_complex(rule, bound)
    if rule.kind == "elementwise":
        return _push_elementwise(rule, result, bound, tangents)
    if rule.kind == "multilinear":
        return _push_multilinear(rule, result, args, kwargs, tangents, primal)
    dots = [_filled(dot, value) for dot, value in zip(tangents, bound.wrt, strict=True)]
    if rule.kind == "linear":
        named = dict(zip(rule.wrt, dots, strict=True))
        return _of_tangents(rule, args, kwargs, named, primal)
    if rule.jvp is None:
        raise TypeError(f"the rule {rule.name} has no pushforward: add one with @jvp")
    return rule.jvp(*dots, result, *bound.args, **bound.kwargs)


def _refuse_complex(rule: Rule, bound: Bound) -> None:
    if rule.reals and any(map(np.iscomplexobj, bound.wrt)):
        raise TypeError(f"{rule.name} has no derivative for complex numbers")


def _push_elementwise(
    rule: Rule, result: Any, bound: Bound, tangents: Sequence[Any]
) -> Any:
    wanted = [dot is not None for dot in tangents]
    partials = _results(rule, (result,), bound, wanted)
    terms = [
        _times(dot, partial)
        for dot, partial in zip(tangents, partials, strict=True)
        if dot is not None and partial is not None
    ]
    if not terms:
        return zeros_like(result)
    y_dot = sum(terms[1:], terms[0])
    if np.shape(y_dot) != np.shape(result):
        y_dot = np.broadcast_to(y_dot, np.shape(result))
    return cast_like(y_dot, result)


def _push_multilinear(
    rule: Rule,
    result: Any,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    tangents: Sequence[Any],
    primal: Any,
) -> Any:
    terms = [
        _of_tangents(rule, args, kwargs, {name: dot}, primal)
        for name, dot in zip(rule.wrt, tangents, strict=True)
        if dot is not None
    ]
    return sum(terms[1:], terms[0]) if terms else zeros_like(result)


def _of_tangents(
    rule: Rule,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    tangents: dict[str, Any],
    primal: Any,
) -> Any:
    """The function itself, with tangents in the place of some arguments."""
    primal = rule.primals[0] if primal is None else primal
    return call(primal, *replace(rule, args, kwargs, tangents, primal))


def _results(
    rule: Rule, leading: tuple[Any, ...], bound: Bound, wanted: Sequence[bool]
) -> Cotangents:
    """What the rule's function returns, one per name in `wrt`; None if not wanted."""
    values = (*leading, *bound.args)
    simpler = on_reals(rule.function)
    real = simpler is not rule.function and _are_real(leading, bound)
    if all(wanted):
        function = simpler if real else rule.function
        results = function(*values, **bound.kwargs)
        return results if len(rule.wrt) > 1 else (results,)
    if len(rule.wrt) == 1:
        return (None,)
    return tuple(
        component(rule, k, real)(*values, **bound.kwargs) if want else None
        for k, want in enumerate(wanted)
    )


def _are_real(leading: tuple[Any, ...], bound: Bound) -> bool:
    """Whether what is differentiated, and all there is beside it, is real arrays."""
    return (
        not bound.kwargs
        and all(hasattr(x, "dtype") for x in bound.wrt)
        and all(
            x.dtype.kind == "f" if hasattr(x, "dtype") else type(x) in _SIMPLE
            for x in (*leading, *bound.args)
        )
    )


def _times(x: Any, partial: Any) -> Any:
    if type(partial) is int and partial == 1:
        return x
    if type(partial) is int and partial == -1:
        return -x
    return x * partial


def _scaled(seed: Any, partial: Any, value: Any, rule: Rule) -> Any:
    """The cotangent of an argument of an elementwise function."""
    if partial is None:  # a derivative that is zero says 0
        raise TypeError(f"{rule.name} has no derivative for one of its arguments")
    if getattr(partial, "dtype", _REAL).kind == "c" or isinstance(partial, complex):
        partial = conjugate(partial)
    x_bar = _times(seed, partial)
    if _is_like(x_bar, value):  # the common case, at a tenth of the price
        return x_bar
    return like(unbroadcast(x_bar, value), value)


def _is_like(x_bar: Any, x: Any) -> bool:
    """Whether both are Python floats, or arrays of one float type and one shape."""
    kind = type(x)
    if type(x_bar) is not kind:
        return False
    if kind is np.ndarray:
        return x_bar.dtype is x.dtype and x_bar.shape == x.shape
    return kind is float


def like(x_bar: Any, x: Any) -> Any:
    """A cotangent in the structure and precision of its argument.

    NumPy takes a nested list for an array; its cotangent is cut into lists again.

    >>> like(np.array([0.5, 1.5]), [2.0, 3])
    [0.5, None]
    """
    if _is_like(x_bar, x):
        return x_bar
    if isinstance(x, _SEQUENCES):
        pieces = [like(piece, item) for piece, item in zip(x_bar, x, strict=True)]
        return pieces if isinstance(x, list) else tuple(pieces)
    if x_bar is None or _is_passive(x):
        return None
    return cast_like(x_bar, x)


def _is_passive(x: Any) -> bool:
    """Whether a value can have no derivative, being neither float nor made of them."""
    dtype = getattr(x, "dtype", None)
    if isinstance(dtype, np.dtype):
        return dtype.kind not in "fc"
    return x is None or isinstance(x, _WITHOUT_DERIVATIVE)


def _filled(x_dot: Any, x: Any) -> Any:
    """A tangent with zeros where it has None."""
    if x is None or isinstance(x, str | EllipsisType):
        return None
    if isinstance(x, _SEQUENCES):
        dots = [None] * len(x) if x_dot is None else x_dot
        filled = [_filled(dot, item) for dot, item in zip(dots, x, strict=True)]
        return filled if isinstance(x, list) else tuple(filled)
    if x_dot is not None:
        return x_dot
    return np.zeros_like(x) if hasattr(x, "dtype") else 0.0 * x
