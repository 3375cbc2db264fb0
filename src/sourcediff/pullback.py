"""The value of a function and its pullback: vjp."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sourcediff.analysis.facts import Pair
from sourcediff.batching import in_one_pass
from sourcediff.callables import name_of, opened
from sourcediff.compile import Compiled, compile_vjp
from sourcediff.compile.surroundings import apart_from_outside
from sourcediff.dispatch import Dispatcher, arrays_in, detached
from sourcediff.errors import LostGradient
from sourcediff.kinds import Kind, is_differentiable
from sourcediff.recorded import recorded_vjp
from sourcediff.runtime.structure import apart
from sourcediff.tangents import Place, like_primal
from sourcediff.taped import Fallback, compiled_or_taped, require_fallback, taped_vjp
from sourcediff.tensor.effects import Effects
from sourcediff.tensor.structures import tensors_in

_vjp_dispatchers: dict[Any, Dispatcher] = {}


def vjp(
    function: Callable[..., Any],
    *args: Any,
    fallback: Fallback = "tape",
    **kwargs: Any,
) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """The value of a function and its pullback.

    `pullback(y_bar)` takes a cotangent of the result's structure and shapes and gives a
    tuple: one cotangent for each positional argument, None for one that carries no
    derivative. It can be called any number of times. The function is run for real:
    what it writes into its arguments stays written. `fallback` is as in `grad`. At
    tensors it is recorded, and gives tensors.

    >>> y, pullback = vjp(lambda a, b: a * b, np.array([1.5, 2.0]), 4.0)
    >>> y
    array([6., 8.])
    >>> pullback(np.array([1.0, 10.0]))
    (array([ 4., 40.]), np.float64(21.5))
    """
    if tensors_in(args, kwargs):
        return recorded_vjp(function, args, kwargs)
    function, first = opened(function)
    args = (*first, *args)
    compiled = _vjp_dispatcher(function, fallback, len(first)).find(args, kwargs)
    if compiled.pair is None:
        return _taped(compiled, function, args, kwargs, len(first))
    undo = Effects.to_undo((args, kwargs)) if compiled.taped else None
    try:
        y, saved = compiled.functions[compiled.pair.forward](*args, **kwargs)
    except LostGradient:  # a taped callee has an effect: tape its callers, too
        assert undo is not None
        undo.hand_over(lambda part: part)
        again = taped_vjp(function, None)
        return _taped(again, function, args, kwargs, len(first))
    # What the caller can reach and change later must not be what the pullback reads.
    saved = apart(saved, [*arrays_in(args), *arrays_in(kwargs), *arrays_in(y)])
    backward = apart_from_outside(compiled.functions[compiled.pair.backward])
    names = list(inspect.signature(function).parameters)[len(first) : len(args)]
    return y, Pullback(compiled, backward, saved, tuple(names), y, function)


def _taped(
    compiled: Compiled,
    function: Callable[..., Any],
    args: Any,
    kwargs: Any,
    first: int,
) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    y, pullback = compiled.function(*args, **kwargs)
    return y, lambda y_bar: pullback(_fitted(y, y_bar, function))[first:]


@dataclass(frozen=True, eq=False)
class Pullback:
    """The pullback of a function at a point: the compiled one, and what it reads."""

    _compiled: Compiled
    _backward: Callable[..., Any]
    _saved: Any
    _names: tuple[str, ...]
    _y: Any
    _function: Callable[..., Any]

    def __call__(self, y_bar: Any) -> tuple[Any, ...]:
        """The cotangents of the positional arguments for one of the result."""
        y_bar = _fitted(self._y, y_bar, self._function)
        given = list(arrays_in(y_bar))
        bars = self._run(self._backward, y_bar)
        return tuple(detached(bar, given, add=True) for bar in bars)

    def at_once(
        self,
        seed: Callable[[Iterator[Any]], Any],
        read: Callable[[tuple[Any, ...]], Any],
        along: Sequence[Any],
        others: Sequence[Any],
        places: Sequence[tuple[int, int]],
    ) -> list[list[Any]] | None:
        """The leaves of cotangents for each of many unit vectors, None if not at once.

        The places are those of elements of the leaves `along` of the result, which
        `seed` makes a cotangent of; `read` says which leaves of all cotangents count.
        """

        def run(backward: Any, seeds: Iterator[Any]) -> Any:
            return read(self._run(backward, seed(seeds)))

        main = self._pair.backward
        return in_one_pass(self._compiled, main, run, along, others, places)

    @property
    def _pair(self) -> Pair:
        assert self._compiled.pair is not None
        return self._compiled.pair

    def _run(self, backward: Callable[..., Any], y_bar: Any) -> tuple[Any, ...]:
        pair = self._pair
        given = (y_bar,) if pair.result_active else ()
        result = backward(self._saved, *given)
        bars = result if len(pair.active) != 1 else (result,)
        found = dict(zip(pair.active, bars, strict=True))
        return tuple(found.get(name) for name in self._names)


def _fitted(y: Any, y_bar: Any, function: Callable[..., Any]) -> Any:
    """A cotangent in the form of the result; None at the top is a mistake."""
    if type(y) is np.ndarray is type(y_bar):
        if y.shape == y_bar.shape and y.dtype is y_bar.dtype:
            return y_bar
    elif type(y) is float is type(y_bar):
        return y_bar
    place = Place("cotangent", f"the result of {name_of(function)}")
    place.require(y_bar is not None, "a value", y_bar)
    return like_primal(y, y_bar, place)


def is_compiled(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> bool:
    """Whether the pullback of a function at arguments is compiled, callees and all.

    It is asked once for arguments of the same kinds.

    >>> is_compiled(lambda x: x * x, (2.0,), {})
    True
    >>> is_compiled(lambda x: eval("x"), (2.0,), {})
    False
    """
    function, first = opened(function)
    dispatcher = _vjp_dispatcher(function, "tape", len(first))
    compiled = dispatcher.find((*first, *args), kwargs)
    return compiled.pair is not None and not compiled.taped


def _vjp_dispatcher(
    function: Callable[..., Any], fallback: Fallback, first: int
) -> Dispatcher:
    """The code for a function, not differentiated by its `first` parameters."""
    key = function, fallback, first
    try:
        known = _vjp_dispatchers.get(key)
    except TypeError:  # unhashable
        known = None
    if known is None:
        require_fallback(fallback)

        def compile_(environment: Mapping[str, Kind]) -> Compiled:
            names = list(inspect.signature(function).parameters)
            wrt = tuple(n for n in names[first:] if is_differentiable(environment[n]))
            return compiled_or_taped(
                fallback,
                lambda: compile_vjp(function, environment, wrt, fallback != "error"),
                functools.partial(taped_vjp, function),
            )

        known = Dispatcher(function, compile_, every_place=True)
        if len(_vjp_dispatchers) > 512:
            _vjp_dispatchers.clear()
        if isinstance(function, Hashable):
            _vjp_dispatchers[key] = known
    return known
