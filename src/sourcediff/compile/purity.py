"""Which calls in a program have no effect but their results."""

from __future__ import annotations

import builtins
import types
from typing import Any, Protocol

import gast

from sourcediff.analysis.builtin_calls import HARMLESS
from sourcediff.analysis.effects import CONTAINER_METHODS
from sourcediff.analysis.inference import KindFacts
from sourcediff.analysis.purity import is_pure
from sourcediff.compile.callees import bind_kinds, is_users
from sourcediff.compile.summary import Summary
from sourcediff.rules import lookup
from sourcediff.trees import walk

_PURE_BUILTINS = frozenset(
    {
        *(len, range, abs, min, max, sum, float, int, bool, round, complex, str, repr),
        *(list, tuple, dict, set, frozenset, slice, isinstance, issubclass, divmod),
        *(pow, all, any, callable, hasattr, object.__new__),
    }
) | (HARMLESS - {builtins.print, builtins.iter})


class Known(Protocol):
    """What is known of the user's functions."""

    def summary(self, function: Any, environment: Any) -> Summary:
        """What a call with arguments of these kinds comes to."""

    def called(self, node: Any, kinds: KindFacts) -> Summary | None:
        """The same for a call in a program; None if that calls no user's function."""


def is_pure_call(node: Any, kinds: KindFacts, known: Known) -> bool:
    """Whether a call, or reading a property, has no effect but its result."""
    function = kinds.callee(node)
    if isinstance(node, gast.Attribute):
        getter = getattr(function, "fget", None)
        environment = getter and bind_kinds(getter, (kinds.of(node.value),), {})
        return bool(environment) and known.summary(getter, environment).pure
    if any(keyword.arg == "out" for keyword in node.keywords):
        return False
    if isinstance(function, (gast.FunctionDef, gast.Lambda)):
        return _is_pure_body(function, kinds, known)
    if is_users(function):
        called = known.called(node, kinds)
        return called is not None and called.pure
    rule = None if function is None else lookup(function)
    if rule is not None:
        return rule.kind != "mutation"
    if isinstance(function, type):
        return True
    try:
        if function in _PURE_BUILTINS:
            return True
    except TypeError:  # unhashable
        return False
    if isinstance(function, types.MethodDescriptorType):
        home = function.__objclass__
        if home in (list, dict, str, tuple, set):
            return function.__name__ not in CONTAINER_METHODS
    return is_pure(function)


def _is_pure_body(function: Any, kinds: KindFacts, known: Known) -> bool:
    """Whether a local function stores nothing, and calls nothing that does."""
    for node in walk(function):
        match node:
            case gast.AugAssign() | gast.Delete():
                return False
            case gast.Subscript(ctx=gast.Store()) | gast.Attribute(ctx=gast.Store()):
                return False
            case gast.Call():
                called = kinds.callee(node)
                if isinstance(called, gast.AST):
                    if called is not function:
                        return False
                elif not is_pure_call(node, kinds, known):
                    return False
    return True
