"""A generated function before it is loaded: its tree, and the objects it refers to."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.compile.callees import defaults_of
from sourcediff.ir import Program
from sourcediff.transform.build import clone, const, names_in, same
from sourcediff.trees import walk


@dataclass(frozen=True)
class Unit:
    """One generated function.

    `bindings` are the helpers that its text names; `function` is the user's function,
    whose globals and captured variables it shares, and `defaults` the values of that
    function's defaults. `names` are all names in the tree.
    """

    name: str
    tree: Any
    function: Any
    bindings: Mapping[str, Any] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    names: frozenset[str] = frozenset()

    def does_the_same(self, other: Unit) -> bool:
        """Whether another function that is made of the same one differs by its name."""
        one, two = self.bindings, other.bindings
        return (
            self.function is other.function
            and one.keys() == two.keys()
            and all(value is two[key] for key, value in one.items())
            and same(self.tree.args, other.tree.args)
            and same(self.tree.body, other.tree.body)
        )


def unit_of(
    program: Program, references: Mapping[str, Any], label: str, tree: Any
) -> Unit:
    """A generated function with those of the references that its text names."""
    used = frozenset(names_in(tree))
    bindings = {k: v for k, v in references.items() if k in used}
    visible = getattr(program.function, "__globals__", {})
    captured = getattr(getattr(program.function, "__code__", None), "co_freevars", ())
    for key, value in program.statics.items():
        own = visible.get(key, getattr(builtins, key, None)) is value
        if key in used and not own and key not in captured:
            bindings[key] = value
    return Unit(label, tree, program.function, bindings, defaults_of(program), used)


def spelled_defaults(arguments: Any) -> Any:
    """Parameters whose defaults can be written down.

    The function that is loaded has the very objects of the user's function; a default
    that is not a literal is written as None.
    """

    def literal(node: Any) -> bool:
        return all(
            not isinstance(n, gast.Name | gast.Call | gast.Attribute)
            for n in walk(node)
        )

    arguments = clone(arguments)
    arguments.defaults = [d if literal(d) else const(None) for d in arguments.defaults]
    arguments.kw_defaults = [
        d if d is None or literal(d) else const(None) for d in arguments.kw_defaults
    ]
    return arguments
