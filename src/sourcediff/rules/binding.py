"""How the arguments of a call belong to the parameters of a rule."""

from __future__ import annotations

import functools
import inspect
import types
from collections.abc import Sequence
from typing import Any, NamedTuple

from sourcediff.rules.declare import Rule
from sourcediff.rules.spelling import without_defaults

#: How the complaint about an argument that a rule does not know ends.
IN_RULE = ", in its derivative rule"

_DESCRIPTORS = (types.GetSetDescriptorType, types.MemberDescriptorType, property)


class Bound(NamedTuple):
    """Arguments in the order and spelling of a rule's parameters, defaults included."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    wrt: tuple[Any, ...]


class _Layout(NamedTuple):
    """What binding needs to know of a rule's parameters."""

    signature: inspect.Signature
    names: tuple[str, ...]


class _Place(int):
    """Which of the values of a call (its arguments, then defaults) goes somewhere."""


class _Plan(NamedTuple):
    """Where the values go in every call of so many arguments and such keywords."""

    args: tuple[int, ...]
    kwargs: tuple[tuple[str, int], ...]
    wrt: tuple[Any, ...]  # places, and tuples of them
    defaults: tuple[Any, ...]


@functools.cache
def _layout(rule: Rule) -> _Layout:
    names = tuple(p.name for p in rule.parameters)
    return _Layout(inspect.Signature(rule.parameters), names)


@functools.cache
def _plan(rule: Rule, count: int, keywords: tuple[str, ...]) -> _Plan:
    """Bind the numbers of the arguments instead of the arguments."""
    numbers = [_Place(k) for k in range(count + len(keywords))]
    named = dict(zip(keywords, numbers[count:], strict=True))
    try:
        bound = _layout(rule).signature.bind(*numbers[:count], **named)
    except TypeError as error:
        raise TypeError(f"{rule.name}() {error}{IN_RULE}") from None
    bound.apply_defaults()
    defaults: list[Any] = []

    def place(value: Any) -> int:
        if isinstance(value, _Place):
            return int(value)
        defaults.append(value)
        return len(numbers) + len(defaults) - 1

    args = tuple(map(place, bound.args))
    kwargs = tuple((name, place(value)) for name, value in bound.kwargs.items())
    wrt = []
    for name in rule.wrt:
        value = bound.arguments[name]
        several = _kind(rule, name) is inspect.Parameter.VAR_POSITIONAL
        wrt.append(tuple(map(place, value)) if several else place(value))
    return _Plan(args, kwargs, tuple(wrt), tuple(defaults))


def _kind(rule: Rule, name: str) -> Any:
    return _layout(rule).signature.parameters[name].kind


def bind(
    rule: Rule, args: Sequence[Any], kwargs: dict[str, Any], primal: Any = None
) -> Bound:
    """Sort the arguments of a call into the parameters of the rule.

    A method that takes a tuple as separate arguments (`x.reshape(2, 3)`), or a function
    with defaults of its own, is told by `primal`, the function that was called. Raises
    TypeError, as the call itself would, for an argument that the rule does not know.

    >>> import numpy as np
    >>> from sourcediff.rules import lookup
    >>> bind(lookup(np.mean), (2.5, 0), {"keepdims": True}).kwargs
    {'keepdims': True, 'where': True}
    """
    if rule.packs and primal in rule.packs:
        args = _packed(args, _layout(rule).names.index(rule.packs[primal]))
    if rule.defaults and primal in rule.defaults:
        other = rule.defaults[primal].items()
        given = _layout(rule).names[: len(args)]
        kwargs = {**{k: v for k, v in other if k not in given}, **kwargs}
    try:
        plan = _plan(rule, len(args), tuple(kwargs))
    except TypeError:
        args, kwargs = _known(rule, args, kwargs, primal)
        plan = _plan(rule, len(args), tuple(kwargs))
    values = (*args, *kwargs.values(), *plan.defaults)
    return Bound(
        tuple([values[k] for k in plan.args]),
        {name: values[k] for name, k in plan.kwargs},
        tuple(
            [
                values[k] if type(k) is int else tuple([values[i] for i in k])
                for k in plan.wrt
            ]
        ),
    )


def _known(
    rule: Rule, args: Sequence[Any], kwargs: dict[str, Any], primal: Any
) -> tuple[Sequence[Any], dict[str, Any]]:
    """The arguments, without those that the rule does not know and that say nothing."""
    try:
        _plan(rule, len(args), tuple(kwargs))
    except TypeError:
        function = rule.primals[0] if primal is None else primal
        names = _layout(rule).names
        left = without_defaults(function, args, kwargs, names, _is_default)
        return (args, kwargs) if left is None else ((), left)
    return args, kwargs


def _is_default(value: Any, default: Any) -> bool:
    if value is default:
        return True
    return type(value) is type(default) in (int, float, str) and bool(value == default)


def _packed(args: Sequence[Any], position: int) -> tuple[Any, ...]:
    """The arguments from `position` on as one, unless they already are one."""
    rest = tuple(args[position:])
    if not rest:  # x.transpose()
        return tuple(args)
    if len(rest) > 1 and isinstance(rest[0], tuple):  # as `bind` gives them
        return tuple(args)
    return (*args[:position], rest[0] if len(rest) == 1 else rest)


def replace(
    rule: Rule,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    values: dict[str, Any],
    primal: Any = None,
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call with other values for some of the rule's parameters.

    A parameter that the call left to its default stays so.

    >>> import numpy as np
    >>> from sourcediff.rules import lookup
    >>> replace(lookup(np.sum), (2.5,), {"axis": 0}, {"a": 1.5})
    ((1.5,), {'axis': 0})
    """
    if not rule.packs:
        args, kwargs = _known(rule, args, kwargs, primal)
    replaced, keywords = list(args), dict(kwargs)
    layout = _layout(rule)
    for name, value in values.items():
        position = layout.names.index(name)
        variadic = _kind(rule, name) is inspect.Parameter.VAR_POSITIONAL
        packed = rule.packs.get(primal) == name and len(args) - position > 1
        if variadic or packed:
            replaced[position:] = value
        elif position < len(replaced):
            replaced[position] = value
        elif name in keywords:
            keywords[name] = value
    return tuple(replaced), keywords


def call(primal: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
    """Call a function, or read an attribute that a rule was declared for.

    >>> import numpy as np
    >>> call(np.ndarray.T, (np.array([[1, 2]]),), {}).shape
    (2, 1)
    """
    if isinstance(primal, _DESCRIPTORS):  # np.ndarray.real
        return primal.__get__(*args, **kwargs)
    return primal(*args, **kwargs)
