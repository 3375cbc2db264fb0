"""Calls whose arguments are tensors and plain values are looked through once per form.

How arguments belong to the parameters of a rule, which of them must be kept, and what
of the rule computes the cotangents depends on what kinds of arguments there are, not
on their values. It stands on the class of the nodes, one for each form of call.
"""

from __future__ import annotations

import functools
import inspect
from itertools import compress
from typing import Any, NamedTuple

import numpy as np

from sourcediff.rules import Rule, binding
from sourcediff.rules.apply import like
from sourcediff.rules.components import component, on_reals
from sourcediff.tensor.base import Base
from sourcediff.tensor.names import label_of
from sourcediff.tensor.node import FREED, clock, kind
from sourcediff.tensor.reads import values_read
from sourcediff.tensor.saving import shape_of
from sourcediff.tensor.views import link_to_any

_ndarray = np.ndarray
_FLOATS = (np.dtype(np.float64), np.dtype(np.float32))
_PLAIN = {int, bool, float, str, type(None)}
_SIMPLE = {int, type(None)}
# NumPy's functions come to these after a while.
_REDUCTIONS: dict[Any, Any] = {
    np.sum: functools.partial(np.add.reduce, axis=None),
    np.prod: functools.partial(np.multiply.reduce, axis=None),
    np.max: functools.partial(np.maximum.reduce, axis=None),
    np.min: functools.partial(np.minimum.reduce, axis=None),
}
_KINDS = ("linear", "multilinear", "rule")


class _Layout(NamedTuple):
    """Where the arguments of a rule stand among the values of a call."""

    args: tuple[int, ...]
    keywords: tuple[tuple[str, int], ...]
    wrt: tuple[int, ...]  # those that it differentiates; -1 for what is no tensor
    kinds: tuple[Any, ...]  # of the values: whether tracked, or a class

    def is_tracked(self, k: int) -> bool:
        """Whether a value is a tracked tensor."""
        return k >= 0 and self.kinds[k] is True

    def is_tensor(self, k: int) -> bool:
        """Whether a value is a tensor."""
        return isinstance(self.kinds[k], bool)


class Form:
    """What the nodes of calls of one form share; `made` is their class."""

    def __init__(
        self, base: Any, rule: Rule, function: Any, label: str, layout: _Layout
    ) -> None:
        self.run = function
        self.keywords = layout.keywords
        wanted = tuple(map(layout.is_tracked, layout.wrt))
        self.edges = tuple(compress(layout.wrt, wanted))
        # One cotangent for each tracked argument: its place among the arguments.
        self.places = tuple(map(layout.args.index, self.edges))
        self.is_general = False  # whether something else than one such array came out
        names = names_of(rule, len(layout.args))
        read = values_read(rule, wanted)
        self.kept = tuple(
            (k, read is None or name in read, layout.is_tensor(k))
            for k, name in zip(layout.args, names, strict=False)
        )
        self.keeps_result = reads_result(rule, read)
        self.takes_result = rule.kind == "rule"
        members = {
            "function": staticmethod(function),
            "rule": rule,
            "wanted": wanted,
            "slots": [(k, ()) for k, want in enumerate(wanted) if want],
            "form": self,
            "keeps": self.keeps_result or any(r and t for _, r, t in self.kept),
        }
        self.made = type(label, (kind(base, label),), {"__slots__": (), **members})
        real = not layout.keywords and all(
            layout.is_tensor(k) or layout.kinds[k] in _SIMPLE for k in layout.args
        )
        self.whole = on_reals(rule.function) if real else rule.function
        self.parts: Any = None  # one function for each cotangent, where not all at once
        if not all(wanted):
            chosen = [k for k, want in enumerate(wanted) if want]
            self.parts = [component(rule, k, real) for k in chosen]
        elif len(wanted) == 1:
            self.parts = [self.whole]

    def node(self, values: Any, edges: Any, result: Any) -> Any:
        """A node for a call with these values (then defaults) and that result."""
        node = self.made()
        node.edges = tuple([edges[k] for k in self.edges])
        args = [
            shape_of(values[k]) if is_tensor and not reads else values[k]
            for k, reads, is_tensor in self.kept
        ]
        kwargs = {name: values[k] for name, k in self.keywords}
        node.saved = (result if self.keeps_result else None), tuple(args), kwargs
        node.number = clock()
        return node

    def pull(self, saved: Any, seed: Any) -> tuple[Any, ...]:
        """The cotangents of the tracked arguments."""
        if saved is None:
            raise RuntimeError(FREED)
        result, args, kwargs = saved
        leading = (seed, result) if self.takes_result else (seed,)
        if self.parts is None:
            given = self.whole(*leading, *args, **kwargs)
        else:
            given = [part(*leading, *args, **kwargs) for part in self.parts]
        places = zip(given, self.places, strict=True)
        return tuple([_as_cotangent(x_bar, args[place]) for x_bar, place in places])


def _as_cotangent(x_bar: Any, x: Any) -> Any:
    """What a rule gave, as an array like the argument."""
    if (
        x_bar.__class__ is _ndarray
        and x_bar.dtype is x.dtype
        and x_bar.shape == x.shape
    ):
        return x_bar
    x_bar = like(x_bar, x)
    return x_bar if x_bar is None else np.asarray(x_bar)


@functools.cache
def _form(
    base: Any,
    function: Any,
    rule: Rule,
    label: str | None,
    count: int,
    keywords: tuple[str, ...],
    *kinds: Any,
) -> tuple[Form, tuple[Any, ...]] | None:
    """The form of calls with such arguments, and defaults to be added to them.

    None if such calls must be looked at one by one.
    """
    if rule.kind not in _KINDS or True not in kinds:
        return None
    marks = [_Mark(k) for k in range(len(kinds))]
    named = dict(zip(keywords, marks[count:], strict=True))
    try:
        bound = binding.bind(rule, marks[:count], named, function)
    except TypeError:
        return None
    defaults: list[Any] = []

    def place(value: Any) -> int:
        if isinstance(value, _Mark):
            return value.place
        defaults.append(value)
        return len(marks) + len(defaults) - 1

    args = tuple(map(place, bound.args))
    options = tuple((name, place(value)) for name, value in bound.kwargs.items())
    wrt = []
    for value in bound.wrt:
        at = [k for k, arg in zip(args, bound.args, strict=True) if arg is value]
        wrt.append(at[0] if at and isinstance(value, _Mark) else -1)
    all_kinds = (*kinds, *map(type, defaults))
    tracked = {k for k, each in enumerate(kinds) if each is True}
    if not tracked <= set(wrt) or not set(map(type, defaults)) <= _PLAIN:
        return None
    layout = _Layout(args, options, tuple(wrt), all_kinds)
    name = label or label_of(function, rule)
    made = Form(base, rule, function, name, layout)
    made.run = _running(function, count, keywords)
    return made, tuple(defaults)


def _running(function: Any, count: int, keywords: tuple[str, ...]) -> Any:
    """What is called for a function, with its arguments as they were given."""
    if inspect.isdatadescriptor(function):  # np.ndarray.T
        return lambda *args, **options: binding.call(function, args, options)
    if count == 1 and {"axis", "keepdims"} >= set(keywords):
        return _REDUCTIONS.get(function, function)
    return function


class _Mark:
    """Stands for an argument when the arguments are bound to the rule's parameters."""

    def __init__(self, place: int) -> None:
        self.place = place


def quick_call(
    base: Any,
    function: Any,
    rule: Rule,
    args: Any,
    kwargs: dict[str, Any],
    label: str | None,
) -> Any:
    """Call a function and record it, or None if it takes a closer look to do so.

    The arguments are tensors of one type of real floats and plain values.
    """
    seen = _seen((*args, *kwargs.values()) if kwargs else args)
    if seen is None:
        return None
    first, values, kinds, edges = seen
    count = len(args)
    known = _form(base, function, rule, label, count, tuple(kwargs), *kinds)
    if known is None or known[0].is_general:
        return None
    form, defaults = known
    options = dict(zip(kwargs, values[count:], strict=True)) if kwargs else kwargs
    plain = tuple(values[:count])
    try:
        result = form.run(*plain, **options)
    except (ValueError, IndexError) as error:
        raise first.face.explained(error, function, plain) from None
    if isinstance(result, np.generic):
        result = np.asarray(result)
    if result.__class__ is not _ndarray or result.dtype is not first._array.dtype:
        form.is_general = True
        return None
    tensor = first.face()
    tensor._array = result
    tensor._node = form.node((*values, *defaults), edges, result)
    if result.base is not None or any(result is value for value in plain):
        link_to_any(tensor, [t for t in args if isinstance(t, Base)])
    return tensor


def _seen(arguments: Any) -> tuple[Any, list[Any], list[Any], list[Any]] | None:
    """The first tensor among arguments; their values, kinds, and edges.

    None where they are not tensors of one type of real floats and plain values.
    """
    first: Any = None
    dtype: Any = None
    values: list[Any] = []
    kinds: list[Any] = []
    edges: list[Any] = []
    for value in arguments:
        if isinstance(value, Base):
            array = value._array
            if first is None:
                first, dtype = value, array.dtype
                if dtype not in _FLOATS:
                    return None
            elif array.dtype is not dtype:
                return None
            edge = value._node
            if edge is None and value._leaf:
                edge = value
            kinds.append(edge is not None)
            values.append(array)
            edges.append(edge)
        elif value.__class__ in _PLAIN:
            kinds.append(value.__class__)
            values.append(value)
            edges.append(None)
        else:
            return None
    return first, values, kinds, edges


@functools.cache
def names_of(rule: Rule, count: int) -> tuple[str, ...]:
    """The names of the parameters that take so many positional arguments."""
    names: list[str] = []
    for p in rule.parameters:
        takes_rest = p.kind is p.VAR_POSITIONAL
        names += [p.name] * (count - len(names) if takes_rest else 1)
    return tuple(names)


def reads_result(rule: Rule, read: frozenset[str] | None) -> bool:
    """Whether a rule that reads these parameters reads the result of the function."""
    if rule.kind not in ("elementwise", "rule"):
        return False
    position = 0 if rule.kind == "elementwise" else 1
    return read is None or rule.function.__code__.co_varnames[position] in read
