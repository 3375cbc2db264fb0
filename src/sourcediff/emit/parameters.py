"""The parameters of a function or lambda, in the order in which they are written."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat
from typing import Any, NamedTuple


class Parameter(NamedTuple):
    """One entry of a parameter list; a lone `/` or `*` has no name."""

    prefix: str
    name: Any
    default: Any


def listed(arguments: Any) -> Iterator[Parameter]:
    """All entries between the parentheses of a signature.

    >>> import gast
    >>> arguments = gast.parse("def f(a, /, b=1, *, c, **d): pass").body[0].args
    >>> [p.prefix + (p.name.id if p.name else "") for p in listed(arguments)]
    ['a', '/', 'b', '*', 'c', '**d']
    """
    positional = [*arguments.posonlyargs, *arguments.args]
    without = len(positional) - len(arguments.defaults)
    defaults = chain(repeat(None, without), arguments.defaults)
    for number, name in enumerate(positional, start=1):
        yield Parameter("", name, next(defaults))
        if number == len(arguments.posonlyargs):
            yield Parameter("/", None, None)
    if arguments.vararg or arguments.kwonlyargs:
        yield Parameter("*", arguments.vararg, None)
    for name, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield Parameter("", name, default)
    if arguments.kwarg:
        yield Parameter("**", arguments.kwarg, None)
