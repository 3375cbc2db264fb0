"""Any Python function on the tape: what cannot be compiled is run and recorded."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from sourcediff.errors import LostGradient, OverlapError, SeedError
from sourcediff.runtime import unbroadcast, zeros_like
from sourcediff.tensor.base import Base
from sourcediff.tensor.effects import Effects
from sourcediff.tensor.inputs import Inputs, is_float, remade
from sourcediff.tensor.modes import enable_grad, state
from sourcediff.tensor.rebinding import rebound, settle
from sourcediff.tensor.sealing import (
    require_apart,
    require_data,
    require_no_array,
    require_open,
    shared_with_argument,
)
from sourcediff.tensor.stand_ins import original_class
from sourcediff.tensor.structures import (
    Attribute,
    begun,
    completed,
    part_of,
    parts,
    tensors_in,
)
from sourcediff.tensor.sweep import Sweep

Pullback = Callable[[Any], tuple[tuple[Any, ...], dict[str, Any]]]


def value_and_pullback(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: Mapping[str, Any] | None = None,
    wanted: Collection[int | str] | None = None,
    effects: bool = False,
) -> tuple[Any, Pullback]:
    """Run a function on tracked arguments; its value, and how to go back.

    `wanted` are the positions and names of the arguments to differentiate by, None for
    all. Their floats are tracked, also inside lists, tuples, dicts, dataclasses. The
    function works on copies of its arguments; with `effects`, what it wrote into lists,
    dicts, objects and arrays is written into the originals in the end.
    `pullback(seed)`, with a seed of the structure of the value, gives
    `(args_bar, kwargs_bar)`, with the structure of the arguments: zeros where nothing
    depends on them, None for what is no float or was not wanted. It may be called
    repeatedly.

    Raises LostGradient, with the line, where the function would drop a derivative
    (`int(x)`, an unknown C function), MissingRule for a function of NumPy that has
    none, and SeedError for a seed that does not fit.

    >>> def steps(x, n):
    ...     def generate():
    ...         y = x
    ...         for _ in range(n):
    ...             y = y * y
    ...             yield y
    ...     return sum(generate())
    >>> value, pullback = value_and_pullback(steps, (2.0, 2))
    >>> value, pullback(1.0)
    (np.float64(20.0), ((36.0, None), {}))
    """
    recording = Recording(function, args, kwargs or {}, wanted, effects)
    return recording.value, recording.pullback


class Recording:
    """A run of a function on tracked arguments; `result` is its tracked result.

    Arguments may belong to another graph, as tensors: the result then does, too. A
    `sealed` run must have no effects, but on arrays that are `written`: arguments by
    their positions and names. A result that is another argument, or a view of one, is
    one of the original.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Mapping[str, Any],
        wanted: Collection[int | str] | None = None,
        effects: bool = False,
        sealed: bool = False,
        written: Sequence[int | str] = (),
    ) -> None:
        if sealed:
            remade((tuple(args), dict(kwargs)), require_open)
        inputs = Inputs()
        names = _names_of(function, len(args))

        def copy(key: int | str, name: str, value: Any) -> Any:
            tracked = wanted is None or key in wanted
            return (inputs.tracked if tracked else inputs.copied)(name, value)

        tracked = [copy(k, names[k], arg) for k, arg in enumerate(args)]
        named = {name: copy(name, name, arg) for name, arg in kwargs.items()}
        given, copies = (tuple(args), dict(kwargs)), (tuple(tracked), named)
        # The function may change lists and dicts that it is given; these stay.
        self._inputs = remade(copies, lambda leaf: leaf)
        self._originals = remade(given, lambda leaf: leaf, lambda kind: kind)
        self._sources = [leaf.edge for leaf in inputs.sources]
        self._function = function
        self._wanted = wanted
        effect = Effects(given, copies) if effects or sealed else None
        leave = _sealed(function) if sealed else _without_traces
        self.result = _run(rebound(function), tracked, named, leave)
        self._effect = effect if sealed else None
        everything: dict[Any, Any] = {**dict(enumerate(tracked)), **named}
        self._written = [everything[key] for key in written]
        if effect is not None and sealed:
            self._seal(effect, inputs)
            return
        inputs.refuse_overlap(function)
        if effect is not None:
            effect.hand_over(plain)

    def _seal(self, effect: Effects, inputs: Inputs) -> None:
        """Refuse all effects but those on what is written, which are made real."""
        effect.require_none(self._function, self._written)
        try:
            inputs.refuse_overlap(self._function)
        except OverlapError as error:  # in the caller both are parts of one array
            raise LostGradient(str(error), 'pass fallback="always"') from None
        data = functools.partial(require_data, self._function)
        remade(self.result, data, functools.partial(require_no_array, self._function))
        require_apart(self._function, self.result)
        effect.fill(self._function, self._written, self.result)

    def require_own_memory(self) -> None:
        """Refuse a sealed run whose result shows an argument's memory."""
        for tensor in tensors_in(self.result):
            effect = self._effect
            if effect is not None and effect.original_of(tensor) is not None:
                raise shared_with_argument(self._function)

    @property
    def value(self) -> Any:
        """The result without traces."""
        if self._effect is not None:
            return plain(self.result, self._effect.original_of)
        return plain(self.result)

    def pullback(
        self, seed: Any, written: Sequence[Any] = ()
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The cotangents of the arguments for one of the result.

        There is one more for each argument that was written into.
        """
        return self._swept(seed, False, written)

    def tracked_pullback(self, seed: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The same as tracked values, which can be differentiated again."""
        return self._swept(seed, True)

    def _swept(
        self, seed: Any, create: bool, written: Sequence[Any] = ()
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        roots: list[tuple[Any, Any]] = []
        as_seed = _tracked_seed if create else np.asarray
        if seed is not None or not written:
            _seed_roots(self.result, seed, self._function, as_seed, roots)
        _seed_roots(
            self._written[: len(written)], [*written], self._function, as_seed, roots
        )
        found: dict[Any, Any] = {}
        if roots:
            sweep = Sweep(True, create, self._sources)
            found = {**sweep.run(roots), **sweep.found}
        return _cotangents(self._inputs, self._originals, found, self._wanted)


def _names_of(function: Any, count: int) -> list[str]:
    """The names of so many positional arguments, for messages."""
    try:
        names = list(inspect.signature(function).parameters)
    except (TypeError, ValueError):  # a function without a signature
        names = []
    return names[:count] + [f"argument {k}" for k in range(len(names), count)]


def _run(
    function: Callable[..., Any],
    args: Any,
    kwargs: Any,
    leave: Callable[[Any], Any],
) -> Any:
    """The function's result.

    A refusal is raised even if the function caught it, as `except Exception` would: it
    might go on without the derivative.
    """
    before, state.lost = state.lost, None
    texts, state.texts = state.texts, frozenset()
    try:
        with enable_grad():
            result = function(*args, **kwargs)
        if state.lost is not None:
            raise state.lost
        return result
    except (TypeError, ValueError) as error:
        if isinstance(error.__cause__, LostGradient):  # NumPy wrapped it
            raise error.__cause__ from None
        raise
    finally:
        state.lost, state.texts = before, texts
        settle(leave)


def plain(value: Any, known: Callable[[Any], Any] = lambda leaf: None) -> Any:
    """A result without traces; `known` may have something for an array."""

    def stripped(leaf: Any) -> Any:
        if not isinstance(leaf, Base):
            return leaf
        original = known(leaf)
        if original is not None:
            return original
        return leaf._array if leaf._array.ndim else leaf._array[()]

    return remade(value, stripped, original_class)


def _without_traces(value: Any) -> Any:
    return plain(value) if tensors_in(value) else value


def _sealed(function: Any) -> Callable[[Any], Any]:
    """Refuses to leave a tracked value in a variable from outside."""

    def leave(value: Any) -> Any:
        if any(tensor.edge is not None for tensor in tensors_in(value)):
            name = getattr(function, "__name__", repr(function))
            raise LostGradient(
                f"a global variable that {name} assigns",
                'return the value, or pass fallback="always" to tape the caller, too',
            )
        return _without_traces(value)

    return leave


def _tracked_seed(seed: Any) -> Any:
    return seed if isinstance(seed, Base) else np.asarray(seed)


def _seed_roots(
    value: Any,
    seed: Any,
    function: Any,
    as_seed: Callable[[Any], Any],
    roots: list[Any],
) -> None:
    """Pair the tracked leaves of the result with their cotangents."""
    found = parts(value)
    if found is not None:
        _require_fit(value, seed, function)
        for step, part in found:
            bar = _part_of_seed(value, seed, step)
            _seed_roots(part, bar, function, as_seed, roots)
    elif isinstance(value, Base) and value.edge is not None and seed is not None:
        shape = value._array.shape
        given = as_seed(seed)
        if given.shape != shape:
            raise _misfit(function, f"shape {shape}", f"shape {given.shape}")
        if given.dtype != value.dtype:
            given = given.astype(value.dtype)
        roots.append((value.edge, given))


def _require_fit(value: Any, seed: Any, function: Any) -> None:
    """Refuse a seed that is no sequence or dict like a structure."""
    if isinstance(value, list | tuple):
        if not isinstance(seed, list | tuple) or len(seed) != len(value):
            raise _misfit(function, f"a sequence of {len(value)}", repr(type(seed)))
    elif isinstance(value, dict) and (
        not isinstance(seed, Mapping) or set(seed) - set(value)
    ):
        raise _misfit(function, f"a dict of {sorted(value)}", repr(type(seed)))


def _part_of_seed(value: Any, seed: Any, step: Any) -> Any:
    if not isinstance(step, Attribute):
        return seed.get(step) if isinstance(value, dict) else seed[step]
    if isinstance(value, list | tuple | dict):  # the seed may be a plain one
        return getattr(seed, step.name, None)
    return None if seed is None else getattr(seed, step.name)


def _misfit(function: Any, expected: str, given: str) -> SeedError:
    name = getattr(function, "__name__", repr(function))
    return SeedError("cotangent", f"the result of {name}", expected, given)


def _cotangents(
    inputs: Any, originals: Any, found: Any, wanted: Any
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    args, kwargs = originals
    tracked_args, tracked_kwargs = inputs
    args_bar = tuple(
        _cotangent(t, arg, found) if wanted is None or k in wanted else None
        for k, (t, arg) in enumerate(zip(tracked_args, args, strict=True))
    )
    kwargs_bar = {
        name: _cotangent(tracked_kwargs[name], arg, found)
        if wanted is None or name in wanted
        else None
        for name, arg in kwargs.items()
    }
    return args_bar, kwargs_bar


def _cotangent(
    tracked: Any,
    original: Any,
    found: Any,
    outside: Mapping[int, Any] = MappingProxyType({}),
) -> Any:
    """The cotangent of an argument, in its structure and precision.

    `outside` are the cotangents of the objects around it.
    """
    within = parts(original)
    if within is not None:
        if id(original) in outside:
            return outside[id(original)]
        kind = type(original)
        made = begun(original, kind)
        outside = {**outside, id(original): made}
        bars = [
            (step, _cotangent(part_of(tracked, step), part, found, outside))
            for step, part in within
        ]
        return completed(original, kind, made, bars)
    if not is_float(original):
        return None
    seed = found.get(tracked._source.edge)
    if seed is None:
        return zeros_like(original._array if isinstance(original, Base) else original)
    if isinstance(seed, Base):
        return unbroadcast(seed, original)
    return unbroadcast(np.array(seed), original)
