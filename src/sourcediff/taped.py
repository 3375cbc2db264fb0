"""What cannot be compiled runs on the tape, in the place of generated code."""

from __future__ import annotations

import contextlib
import functools
import inspect
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from sourcediff.callables import name_of
from sourcediff.compile import Compiled
from sourcediff.compile.guards import Guard
from sourcediff.compile.self_testing import is_generated
from sourcediff.dispatch import require_number
from sourcediff.errors import (
    CompileError,
    LostGradient,
    MissingRule,
    NoSource,
    SourcediffError,
)
from sourcediff.kinds import UNKNOWN
from sourcediff.returned import require_constant
from sourcediff.runtime import zeros_like
from sourcediff.sealed import sealed
from sourcediff.tensor.fallback import Recording, plain, value_and_pullback
from sourcediff.tensor.pushforward import pushforward
from sourcediff.tensor.sealing import require_tracked
from sourcediff.tensor.structures import leaves, with_leaves

#: What becomes of a function that cannot be compiled: it runs on the tape, silently or
#: with a warning, or is an error. With "always", what can be compiled is taped, too.
Fallback: TypeAlias = Literal["tape", "warn", "error", "always"]

#: The errors that say that there is no compiled form of a function.
Refusal: TypeAlias = CompileError | MissingRule | NoSource | LostGradient

ON_THE_TAPE = 'It runs on the tape. Pass fallback="error" to stop here instead.'
AS_ASKED = 'It runs on the tape, as fallback="always" asks.'


class TapeWarning(UserWarning):
    """A function cannot be compiled and runs on the tape; see `fallback`."""


def require_fallback(given: object) -> None:
    """Refuse what is no way of falling back."""
    if given not in get_args(Fallback):
        options = ", ".join(map(repr, get_args(Fallback)))
        raise ValueError(f"fallback={given!r} is none of {options}")


def compiled_or_taped(
    fallback: Fallback,
    compiled: Callable[[], Compiled],
    taped: Callable[[Refusal | None], Compiled],
    unsealed: list[LostGradient] | None = None,
) -> Compiled:
    """What `compiled` gives, or, if it is refused, what `taped` gives.

    In `unsealed` is noted what compiled code could not see of what it calls, when it
    was run; from then on the whole is taped.
    """
    if fallback == "always":
        return taped(None)
    if unsealed:
        return taped(unsealed[0])
    try:
        made = compiled()
        if made.taped and fallback == "warn":
            named = " and ".join(made.taped)
            warnings.warn(f"{named}: {ON_THE_TAPE}", TapeWarning, stacklevel=_outside())
        noted: list[LostGradient] = [] if unsealed is None else unsealed

        def whole(lost: LostGradient) -> Compiled:
            noted.append(lost)
            if fallback == "warn":
                warnings.warn(told(lost), TapeWarning, stacklevel=_outside())
            return taped(lost)

        return sealed(made, whole, noted) if made.taped else made
    except (CompileError, MissingRule, NoSource) as refusal:
        if fallback == "error":
            raise
        if fallback == "warn":
            warnings.warn(told(refusal), TapeWarning, stacklevel=_outside())
        return taped(refusal)


def told(refusal: SourcediffError | str) -> str:
    """Why a function is not compiled, and that it is taped instead."""
    if isinstance(refusal, CompileError):
        return refusal.report(ON_THE_TAPE)
    if isinstance(refusal, LostGradient):
        unseen, _, place = refusal.arguments
        known = place is not None and not place.file.startswith("<")
        where = f" ({place})" if known else ""
        refusal = f"compiled code does not see {unseen.rstrip(',')}{where}."
    return f"{refusal}\n{ON_THE_TAPE}"


def _outside() -> int:
    """How many frames up the user's code is, for a warning."""
    frame, level = inspect.currentframe(), 0
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if not (module.startswith("sourcediff.") or is_generated(frame.f_code)):
            return level
        frame, level = frame.f_back, level + 1
    return 1


# --- in the form of compiled code -----------------------------------------------------


def taped_gradient(
    function: Callable[..., Any],
    wrt: tuple[str, ...],
    single: bool,
    with_value: bool,
    has_aux: bool,
    compiled: Callable[[], Compiled],
    refusal: Refusal | None,
) -> Compiled:
    """The gradient of a function by the parameters `wrt`, run on the tape.

    `compiled` is asked of a result that is an integer whether others are floats.
    """
    name = name_of(function)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        places = _Places(function, args, kwargs, wrt)
        run = functools.partial(value_and_pullback, function, *places.call)
        value, pullback = _guarded(refusal, lambda: run(places.wanted))
        require_number(name, value, has_aux)
        if type(value[0] if has_aux else value) is int:
            if refusal is None:
                with contextlib.suppress(CompileError, MissingRule, NoSource):
                    compiled()
            require_constant(function, value[0] if has_aux else value)
        seed = (1.0, zeros_like(value[1])) if has_aux else 1.0
        found = places.picked(*pullback(seed))
        return arranged(value, found[0] if single else found, with_value, has_aux)

    kind = "value_and_grad" if with_value else "grad"
    return _as_compiled(function, f"{name}_{kind}", gradient, refusal)


def recorded_gradient(
    function: Callable[..., Any],
    wrt: tuple[str, ...],
    single: bool,
    with_value: bool,
    has_aux: bool,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """The gradient of a function of tensors, itself part of their graph."""
    places = _Places(function, args, kwargs, wrt)
    recording = Recording(function, *places.call)
    value = recording.value
    require_number(name_of(function), value, has_aux)
    seed = (1.0, zeros_like(value[1])) if has_aux else 1.0
    found = places.picked(*recording.tracked_pullback(seed))
    chosen = found[0] if single else found
    return arranged(recording.result, chosen, with_value, has_aux)


def arranged(value: Any, gradient: Any, with_value: bool, has_aux: bool) -> Any:
    """What a gradient returns, of the function's value and the gradient itself."""
    if with_value:
        return value, gradient
    return (gradient, value[1]) if has_aux else gradient


def taped_vjp(function: Callable[..., Any], refusal: Refusal | None) -> Compiled:
    """The value of a function and its pullback, run on the tape."""

    def value_and_vjp(*args: Any, **kwargs: Any) -> Any:
        y, pullback = _guarded(
            refusal,
            lambda: value_and_pullback(function, args, kwargs, effects=True),
        )
        return y, lambda y_bar: pullback(y_bar)[0]

    return _as_compiled(function, f"{name_of(function)}_vjp", value_and_vjp, refusal)


def taped_jvp(
    function: Callable[..., Any],
    dots: dict[str, str],
    with_value: bool,
    refusal: Refusal | None,
) -> Compiled:
    """A function's forward mode, run on the tape; `dots` are the tangents' names."""
    name = name_of(function)

    def push(*args: Any, **kwargs: Any) -> Any:
        tangents = {n: kwargs.pop(dot) for n, dot in dots.items()}
        places = _Places(function, args, kwargs, tuple(dots))
        run = functools.partial(Recording, function, *places.call, places.wanted)
        recording = _guarded(refusal, run)
        y_dot = plain(pushforward(recording, *places.placed(tangents)))
        return (recording.value, y_dot) if with_value else y_dot

    label = f"{name}_jvp" if with_value else f"{name}_dot"
    made = _as_compiled(function, label, push, refusal)
    return replace(made, tangents=tuple(dots.values()))


def through_door(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    written: tuple[int | str, ...],
) -> tuple[Any, Any]:
    """The value of a callee of compiled code, and its pullback, on the tape."""
    recording = Recording(function, args, kwargs, sealed=True, written=written)
    value = recording.value
    everything: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}

    def pullback(y_bar: Any, *written_bars: Any) -> tuple[Any, ...]:
        bars = (
            filled(bar, everything[key])
            for key, bar in zip(written, written_bars, strict=True)
        )
        args_bar, kwargs_bar = recording.pullback(filled(y_bar, value), tuple(bars))
        return (*args_bar, *kwargs_bar.values())

    return value, pullback


def along_through_door(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    dots: Mapping[int | str, Any],
) -> tuple[Any, Any]:
    """The value and the tangent of a callee of compiled code, on the tape."""
    everything: dict[Any, Any] = {**dict(enumerate(args)), **kwargs}
    require_tracked(function, [everything[key] for key in dots])
    recording = Recording(function, args, kwargs, set(dots), sealed=True)
    recording.require_own_memory()
    positions = tuple(dots.get(k) for k in range(len(args)))
    named = {key: dots.get(key) for key in kwargs}
    y_dot = plain(pushforward(recording, positions, named))
    return recording.value, numbered(y_dot, recording.value)


def numbered(y_dot: Any, value: Any) -> Any:
    """A tangent with zeros for integers, which compiled code takes for numbers.

    >>> numbered({"a": 1.5, "n": None}, {"a": 2.5, "n": 3})
    {'a': 1.5, 'n': 0.0}
    """
    pairs = zip(leaves(y_dot), leaves(value), strict=True)
    made = (
        0.0 if dot is None and isinstance(leaf, int | np.integer) else dot
        for (_, dot), (_, leaf) in pairs
    )
    return with_leaves(y_dot, made)


def filled(y_bar: Any, value: Any) -> Any:
    """A cotangent in the shape of an array; compiled code may have one number."""
    if isinstance(value, tuple | list) and isinstance(y_bar, tuple | list | np.ndarray):
        return [filled(bar, item) for bar, item in zip(y_bar, value, strict=True)]
    if isinstance(value, np.ndarray) and y_bar is not None and np.ndim(y_bar) == 0:
        return np.broadcast_to(y_bar, value.shape)
    return y_bar


def is_taped(compiled: Compiled) -> bool:
    """Whether this stands for a run on the tape."""
    return not compiled.units


def _as_compiled(
    function: Callable[..., Any], label: str, run: Any, refusal: Refusal | None
) -> Compiled:
    plain = getattr(function, "__func__", function)
    guards: tuple[Guard, ...] = ()
    if hasattr(plain, "__code__"):
        read = functools.partial(getattr, plain, "__code__")
        guards = (Guard(read, plain.__code__),)
    text = header(name_of(function), refusal)
    return Compiled({label: run}, text, label, UNKNOWN, guards)


def header(name: str, refusal: Refusal | None) -> str:
    """What `.source` shows in the place of generated code.

    >>> print(header("sin", NoSource("sin", "it is written in C")))
    # sourcediff cannot read the source of sin: it is written in C.
    # It runs on the tape. Pass fallback="error" to stop here instead.
    <BLANKLINE>
    """
    text = f"{name}: {AS_ASKED}" if refusal is None else told(refusal)
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def _guarded(refusal: Refusal | None, run: Callable[[], Any]) -> Any:
    """A run; where the tape misses the same rule, the compiler's words are better."""
    try:
        return run()
    except MissingRule as missing:
        if isinstance(refusal, MissingRule) and refusal.name == missing.name:
            raise refusal from None
        raise


class _Places:
    """Where parameters stand in a call."""

    def __init__(
        self, function: Any, args: Any, kwargs: Any, wrt: tuple[str, ...]
    ) -> None:
        signature = inspect.signature(function)
        bound = signature.bind(*args, **kwargs)
        if not bound.arguments.keys() >= set(wrt):
            bound.apply_defaults()
        self.wrt = wrt
        self.signature = signature
        self.call = bound.args, bound.kwargs
        named = bound.kwargs
        self.keys: dict[str, list[int] | list[str]] = {}
        position = 0
        for name, parameter in signature.parameters.items():
            if name not in bound.arguments:
                continue
            if parameter.kind is parameter.VAR_POSITIONAL:
                end = position + len(bound.arguments[name])
                self.keys[name] = list(range(position, end))
                position = end
            elif parameter.kind is parameter.VAR_KEYWORD:
                self.keys[name] = list(bound.arguments[name])
            elif parameter.kind is parameter.KEYWORD_ONLY or name in named:
                self.keys[name] = [name]
            else:
                self.keys[name] = [position]
                position += 1

    @property
    def wanted(self) -> set[int | str]:
        """The positions and keywords that belong to `wrt`."""
        return {key for name in self.wrt for key in self.keys[name]}

    def placed(
        self, values: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Values of the parameters `wrt` in the places of arguments, None elsewhere."""
        args, kwargs = self.call
        everything: dict[Any, Any] = dict.fromkeys([*range(len(args)), *kwargs])
        for name, value in values.items():
            keys = self.keys[name]
            kind = self.signature.parameters[name].kind
            if kind is inspect.Parameter.VAR_POSITIONAL:
                everything.update(zip(keys, value, strict=True))
            elif kind is inspect.Parameter.VAR_KEYWORD:
                everything.update(value)
            else:
                everything[keys[0]] = value
        positions = tuple(everything[k] for k in range(len(args)))
        return positions, {key: everything[key] for key in kwargs}

    def picked(
        self, args_bar: tuple[Any, ...], kwargs_bar: dict[str, Any]
    ) -> tuple[Any, ...]:
        """The cotangents of the parameters `wrt`."""
        everything: dict[Any, Any] = {**dict(enumerate(args_bar)), **kwargs_bar}
        found: list[Any] = []
        for name in self.wrt:
            keys = self.keys[name]
            kind = self.signature.parameters[name].kind
            if kind is inspect.Parameter.VAR_POSITIONAL:
                found.append(tuple(everything[key] for key in keys))
            elif kind is inspect.Parameter.VAR_KEYWORD:
                found.append({key: everything[key] for key in keys})
            else:
                found.append(everything[keys[0]])
        return tuple(found)
