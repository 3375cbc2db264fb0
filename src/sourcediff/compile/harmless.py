"""What calls of libraries' functions write into: most of them into nothing."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.builtin_calls import HARMLESS
from sourcediff.analysis.draws import DRAWERS, DRAWS
from sourcediff.analysis.effects import root
from sourcediff.analysis.purity import is_pure
from sourcediff.front.purity import MUTATING_METHODS, is_pure_function
from sourcediff.front.scopes import free_names
from sourcediff.trees import walk

#: Libraries of which each function has a rule, or is told to write by its arguments.
_DECLARED = ("scipy", "sourcediff")
#: Whose methods may write into their object.
_WRITABLE = (np.ndarray, *DRAWERS)


def is_harmless(function: Any) -> bool:
    """Whether a function that has no rule writes into nothing that it is given.

    Lists and dicts keep what they are given as it is.

    >>> [is_harmless(f) for f in (np.sum, len, list.append, np.random.Generator.normal)]
    [True, True, True, True]
    >>> is_harmless(np.random.Generator.shuffle), is_harmless(np.ndarray.setfield)
    (False, False)
    """
    if not isinstance(function, Hashable):
        return False
    home = getattr(function, "__objclass__", None)
    if isinstance(home, type) and not issubclass(home, _WRITABLE):
        return True
    module = getattr(function, "__module__", None) or ""
    if isinstance(function, type) or module.partition(".")[0] in _DECLARED:
        return True
    known = function in HARMLESS or function in DRAWS
    return known or is_pure(function) or is_pure_function(function)


def written_by_lambdas(call: Any) -> set[str]:
    """The variables that lambdas write into which a call is given, by their methods."""
    given = (*call.args, *(k.value for k in call.keywords))
    return {
        name
        for function in given
        if isinstance(function, gast.Lambda)
        for node in walk(function.body)
        if isinstance(node, gast.Call) and isinstance(node.func, gast.Attribute)
        if node.func.attr in MUTATING_METHODS
        for name in [root(node.func.value)]
        if name in free_names(function)
    }
