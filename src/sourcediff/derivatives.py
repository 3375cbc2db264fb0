"""Forward mode and what is built on it: jvp, hvp, linearize."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import FunctionType
from typing import Any

from sourcediff.batching import in_one_pass
from sourcediff.callables import Wrt, bound, name_of, opened, positional
from sourcediff.compile import Compiled, compile_jvp
from sourcediff.compile.surroundings import apart_from_outside
from sourcediff.dispatch import Dispatcher, arrays_in, detached, refuse_overlap
from sourcediff.errors import CompileError, LostGradient, MissingRule, NoSource
from sourcediff.gradient import Gradient
from sourcediff.kinds import Kind
from sourcediff.pullback import vjp
from sourcediff.recorded import recorded_jvp, recorded_product
from sourcediff.runtime import copied, zeros_like
from sourcediff.structures import is_float, leaves, leaves_of, with_leaves
from sourcediff.tangents import Place, like_primal
from sourcediff.taped import (
    Fallback,
    compiled_or_taped,
    require_fallback,
    taped_jvp,
)
from sourcediff.tensor.structures import tensors_in

#: Functions whose forward-mode code is kept; past this all is forgotten.
MOST_FUNCTIONS = 512

_dispatchers: dict[Any, Dispatcher] = {}
_gradients: dict[Any, Gradient[Any]] = {}


def jvp(
    function: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    fallback: Fallback = "tape",
    **kwargs: Any,
) -> tuple[Any, Any]:
    """The value of a function and its derivative along the tangents.

    There is one tangent per primal, of the primal's structure and shapes; None stands
    for zeros. Keyword arguments do not move. The result is `(y, y_dot)`, where `y_dot`
    has the structure of `y`, with None for what is no float. The function and all it
    calls are compiled to forward mode at the first call for each signature; what cannot
    be compiled runs on the tape, and is swept twice there: `fallback` is as in `grad`.
    The arguments are left as they were.

    Raises `SeedError` for a tangent that does not fit, `LostGradient` and `MissingRule`
    for what cannot be differentiated; `CompileError` and `NoSource` with
    `fallback="error"`.

    >>> import numpy as np
    >>> def product(a, b):
    ...     return np.sin(a) * b
    >>> y, y_dot = jvp(product, (np.array([0.5, 1.5]), 2.0), (np.array([1.0, 0.0]), 0.5))
    >>> y.round(4), y_dot.round(4)
    (array([0.9589, 1.995 ]), array([1.9949, 0.4987]))
    """  # noqa: E501
    if tensors_in(primals, tangents, kwargs):
        return recorded_jvp(function, primals, tangents, kwargs)
    require_fallback(fallback)
    call = _Call(function, primals, tangents, kwargs, True, fallback)
    y, y_dot = call.run()
    return y, detached(y_dot, [*call.tangent_arrays()], add=True)


def jvp_source(
    function: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    **kwargs: Any,
) -> str:
    """The source that `jvp` generates for arguments like these.

    >>> import numpy as np
    >>> print(jvp_source(lambda x, w: np.sin(x) * w, (0.5, 2.0), (1.0, None)))
    def lambda__jvp(x, w, x_dot):
        return np.sin(x) * w, x_dot * w * np.cos(x)
    <BLANKLINE>
    """
    return _Call(function, primals, tangents, kwargs, True).compiled.text


class _Call:
    """One call of a function in forward mode: its code and its arguments."""

    def __init__(
        self,
        function: Callable[..., Any],
        primals: Sequence[Any],
        tangents: Sequence[Any],
        kwargs: Mapping[str, Any],
        with_value: bool,
        fallback: Fallback = "tape",
    ) -> None:
        _require_pairs(primals, tangents)
        function, first = opened(function)
        primals = (*first, *primals)
        tangents = (*[None] * len(first), *tangents)
        given, moving = positional(function, primals), positional(function, tangents)
        dots = {
            name: like_primal(
                given[name], x_dot, Place("tangent", f"the argument {name}")
            )
            for name, x_dot in moving.items()
            if any(part is not None for _, part in [*leaves_of(x_dot, name)])
        }
        self.dots = {n: d for n, d in dots.items() if any(map(is_float, leaves(d)))}
        self.primals = tuple(primals)
        self.kwargs = dict(kwargs)
        self.function = function
        wrt = tuple(self.dots)
        dispatcher = forward_dispatcher(function, wrt, with_value, fallback)
        self.compiled = dispatcher.find(self.primals, self.kwargs)

    def settle(self) -> None:
        """Let the generated function see no changes of what it reads from outside."""
        function = self.compiled.function
        if isinstance(function, FunctionType):
            settled = apart_from_outside(function)
            self.compiled = replace(self.compiled, fast=settled)

    def run(self, dots: Mapping[str, Any] | None = None) -> Any:
        """Call the generated function: along its own tangents, but for given ones."""
        compiled = self.compiled
        if compiled.written:
            given = bound(self.function, self.primals, self.kwargs).arguments
            refuse_overlap(name_of(self.function), compiled.written, given)
        moving = (self.dots | dict(dots or {})).values()
        named = dict(zip(compiled.tangents, moving, strict=True))
        return compiled.function(*self.primals, **self.kwargs, **named)

    def tangent_arrays(self) -> Iterator[Any]:
        """The arrays of the tangents."""
        return arrays_in(list(self.dots.values()))


def _require_pairs(primals: Sequence[Any], tangents: Sequence[Any]) -> None:
    for role, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple | list):
            raise TypeError(f"the {role} must be a tuple, one per positional argument")
    if len(primals) != len(tangents):
        raise TypeError(
            f"there must be one tangent per primal; given {len(primals)} primals and "
            f"{len(tangents)} tangents"
        )


def pushed_forward(
    function: Callable[..., Any], given: inspect.BoundArguments, dots: Mapping[str, Any]
) -> tuple[Any, Any]:
    """A function's value and tangent, for tangents by the names of parameters."""
    function, first = opened(function)
    args, kwargs = (*first, *given.args), given.kwargs
    whole = {
        n: like_primal(given.arguments[n], x_dot, Place("tangent", n))
        for n, x_dot in dots.items()
    }
    compiled = forward_dispatcher(function, tuple(whole), True).find(args, kwargs)
    if compiled.written:
        refuse_overlap(name_of(function), compiled.written, given.arguments)
    named = dict(zip(compiled.tangents, whole.values(), strict=True))
    y, y_dot = compiled.function(*args, **kwargs, **named)
    return y, y_dot


def pushed_forward_at_once(
    function: Callable[..., Any],
    given: inspect.BoundArguments,
    names: Sequence[str],
    read: Callable[[Any], Any],
    y: Any,
    places: Sequence[tuple[int, int]],
) -> list[list[Any]] | None:
    """The leaves of the tangent for each of many unit vectors, or None if not at once.

    The places are those of elements of the parameters `names`; `y` is the value, and
    `read` says what of it, and of its tangent, counts.
    """
    function, first = opened(function)
    args, kwargs = (*first, *given.args), given.kwargs
    compiled = forward_dispatcher(function, tuple(names), True).find(args, kwargs)
    primals = [given.arguments[n] for n in names]
    pairs = zip(names, primals, strict=True)
    zeros = [like_primal(x, None, Place("tangent", n)) for n, x in pairs]
    along = list(leaves(primals))

    def run(main: Any, seeds: Any) -> Any:
        pairs = zip(leaves(zeros), along, seeds, strict=True)
        parts = [seed if is_float(x) else zero for zero, x, seed in pairs]
        dots = with_leaves(zeros, iter(parts))
        named = dict(zip(compiled.tangents, dots, strict=True))
        return leaves(read(main(*args, **kwargs, **named)[1]))

    others = list(leaves(read(y)))
    return in_one_pass(compiled, compiled.main, run, along, others, places)


def forward_dispatcher(
    function: Callable[..., Any],
    wrt: tuple[str, ...],
    with_value: bool,
    fallback: Fallback = "tape",
) -> Dispatcher:
    """The forward-mode code of a function whose parameters `wrt` move."""
    key = (function, wrt, with_value, fallback)
    known = _dispatchers.get(key)
    if known is None:
        may_tape = fallback != "error"
        unsealed: list[LostGradient] = []

        def compile_(environment: Mapping[str, Kind]) -> Compiled:
            dots = tangent_names(function, wrt)
            return compiled_or_taped(
                fallback,
                lambda: compile_jvp(function, environment, wrt, with_value, may_tape),
                functools.partial(taped_jvp, function, dots, with_value),
                unsealed,
            )

        if len(_dispatchers) >= MOST_FUNCTIONS:
            _dispatchers.clear()
        known = _dispatchers[key] = Dispatcher(function, compile_)
    return known


def tangent_names(function: Callable[..., Any], wrt: tuple[str, ...]) -> dict[str, str]:
    """Names for tangents that are no names of parameters.

    >>> tangent_names(lambda x, x_dot: x, ("x",))
    {'x': 'x_dot_'}
    """
    taken = set(inspect.signature(function).parameters)
    names = {}
    for parameter in wrt:
        name = f"{parameter}_dot"
        while name in taken:
            name += "_"
        taken.add(name)
        names[parameter] = name
    return names


def hvp(
    function: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    **kwargs: Any,
) -> tuple[Any, ...]:
    """The product of a function's Hessian with the tangents: forward over reverse.

    The function returns one number. The Hessian is that by the primals whose tangents
    are not None; the others are held fixed, and have None in the result, which is a
    tuple of one product per primal.

    >>> import numpy as np
    >>> def energy(x, k):
    ...     return k * np.sum(x**3)
    >>> hvp(energy, (np.array([1.0, 2.0]), 0.5), (np.array([1.0, -1.0]), None))
    (array([ 3., -6.]), None)
    """
    _require_pairs(primals, tangents)
    function, first = opened(function)
    primals, tangents = (*first, *primals), (*[None] * len(first), *tangents)
    names = list(positional(function, primals))
    wrt = tuple(
        n for n, x_dot in zip(names, tangents, strict=True) if x_dot is not None
    )
    gradient = gradient_of(function, wrt)
    if tensors_in(primals, tangents, kwargs):
        return recorded_product(gradient, primals, tangents, kwargs)[len(first) :]
    try:
        call = _Call(gradient, primals, tangents, kwargs, False, "error")
    except (CompileError, MissingRule, NoSource):  # a Hessian is its own transpose
        _, pullback = vjp(gradient, *copied(tuple(primals)), **copied(kwargs))
        bars = pullback(tuple(x_dot for x_dot in tangents if x_dot is not None))
        pairs = zip(bars, tangents, strict=True)
        found = tuple(bar if x_dot is not None else None for bar, x_dot in pairs)
        return found[len(first) :]
    products = detached(call.run(), [*call.tangent_arrays()], add=True)
    by_name = dict(zip(wrt, products, strict=True))
    return tuple(by_name.get(name) for name in names[len(first) :])


def gradient_of(function: Any, wrt: Wrt) -> Gradient[Any]:
    """The gradient of a function, made once."""
    key = (function, wrt)
    is_kept = isinstance(function, Hashable)
    gradient = _gradients.get(key) if is_kept else None
    if gradient is None:
        gradient = Gradient(function, wrt)
        if len(_gradients) >= MOST_FUNCTIONS:
            _gradients.clear()
        if is_kept:
            _gradients[key] = gradient
    return gradient


def linearize(
    function: Callable[..., Any], *args: Any, **kwargs: Any
) -> tuple[Any, Callable[..., Any]]:
    """The value of a function, and its derivative there as a linear function.

    That takes one tangent per positional argument, None for zeros, and gives the
    tangent of the result. It may be called any number of times, and does not see what
    happens later to the arguments, and to data that the function reads from outside.

    >>> y, pushforward = linearize(lambda a, b: a * b, 3.0, 4.0)
    >>> y, pushforward(1.0, 0.0), pushforward(None, 0.5)
    (12.0, 4.0, 1.5)
    """
    args, kwargs = copied(args), copied(kwargs)
    y = function(*copied(args), **copied(kwargs))
    zero = zeros_like(y)
    along_all = _Call(function, args, zeros_like(args), kwargs, False)
    along_all.settle()

    def pushforward(*tangents: Any) -> Any:
        """The tangent of the result for one tangent per positional argument."""
        call = _Call(function, args, tangents, kwargs, False)
        if not call.dots:
            return copied(zero)
        result = along_all.run(call.dots)
        return detached(result, [*call.tangent_arrays()], add=True)

    return y, pushforward
