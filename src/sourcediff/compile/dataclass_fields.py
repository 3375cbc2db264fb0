"""What calling a dataclass stores, where that is more than its arguments."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import gast

from sourcediff.analysis.attributes import constructor_fields, has_plain_instances
from sourcediff.compile.callees import is_users
from sourcediff.transform.build import const


def is_filled(cls: Any) -> bool:
    """Whether calling a class fills the fields of a dataclass, then runs what follows.

    That is what its generated `__init__` does: store arguments and defaults, made anew
    by a factory where it says so, and call `__post_init__`.
    """
    if not (isinstance(cls, type) and "__dataclass_params__" in vars(cls)):
        return False
    parameters: Any = vars(cls)["__dataclass_params__"]
    made: Any = vars(cls).get("__init__")
    return bool(
        parameters.init
        and not parameters.frozen
        and has_plain_instances(cls)
        and getattr(made, "__code__", None) is not None
        and made.__code__.co_filename.startswith("<string")
        and constructor_fields(cls) is None
        and _has_fields_only(cls, made)
        and (post_init_of(cls) is None or is_users(post_init_of(cls)))
    )


def _has_fields_only(cls: Any, init: Any) -> bool:
    """Whether all that a generated `__init__` takes is stored."""
    names = {f.name for f in dataclasses.fields(cls)}
    return {*list(inspect.signature(init).parameters)[1:]} <= names


def post_init_of(cls: type) -> Any:
    """The `__post_init__` of a class, or None."""
    return inspect.getattr_static(cls, "__post_init__", None)


def field_values(
    cls: Any,
    positional: list[Any],
    keywords: dict[str, Any],
    named: Callable[[Any], Any],
) -> list[tuple[str, Any]] | None:
    """The fields that a call stores with the expressions of their values, in order.

    None where the call does not fit, or a default cannot be written down; `named`
    gives a name for a factory.
    """
    fields = dataclasses.fields(cls)
    places = [f.name for f in fields if f.init and not f.kw_only]
    by_name = {f.name for f in fields if f.init}
    given = {**dict(zip(places, positional, strict=False)), **keywords}
    if len(positional) > len(places) or not keywords.keys() <= by_name:
        return None
    found: list[tuple[str, Any]] = []
    for field in fields:
        value = given.get(field.name)
        if value is None:
            value = _default(field, named)
        if value is not None:
            found.append((field.name, value))
        elif field.init:
            return None
    return found


def _default(field: Any, named: Callable[[Any], Any]) -> Any:
    """The expression of a field's default, or None."""
    if field.default_factory is not dataclasses.MISSING:
        return gast.Call(named(field.default_factory), [], [])
    if isinstance(field.default, bool | int | float | complex | str | None):
        return const(field.default)
    return None
