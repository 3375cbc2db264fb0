"""What the forward sweep has computed under a name is not computed again."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from sourcediff.rules import lookup
from sourcediff.transform.build import name, names_in, same
from sourcediff.transform.sweep import Block, Node, Step, killed_by
from sourcediff.trees import walk


@dataclass(frozen=True)
class Computed:
    """A call under a name that was made for it, before the step at `index`."""

    identifier: str
    value: Any
    index: int


@dataclass(frozen=True)
class Reuse:
    """Puts names for calls into the reverse sweep of a block, where they are known.

    `statics` are the modules and functions that the program names, `writes` says what
    memory a node of the sweeps writes into; `temporaries` are names that nobody but us
    has chosen.
    """

    statics: Mapping[str, Any]
    writes: Callable[[Node], set[str]]
    temporaries: set[str]

    def block(self, block: Block) -> None:
        """Use what has a name, moving it to the first step whose adjoint reads it."""
        if not any(map(_names_calls, block.nodes)):
            return
        for index, node in enumerate(block.nodes):
            if not isinstance(node, Step):
                continue
            for call in self._calls(node.pre):
                known = self._known(block, call, index)
                if known is not None:
                    self._move(block, known, index)
                    node.pre = [_replaced(s, call, known.identifier) for s in node.pre]

    def _calls(self, statements: list[Any]) -> list[Any]:
        return [
            node
            for statement in statements
            for node in walk(statement)
            if self._is_plain(node)
        ]

    def _is_plain(self, node: Any) -> bool:
        """Whether a node is a call of a function, of names and numbers only."""
        return (
            isinstance(node, gast.Call)
            and not node.keywords
            and is_mathematical(node.func, self.statics)
            and all(isinstance(a, gast.Name | gast.Constant) for a in node.args)
        )

    def _known(self, block: Block, call: Any, at: int) -> Computed | None:
        """Where the value of a call that a step's adjoint reads has a name."""
        for index, node in enumerate(block.nodes):
            if not isinstance(node, Step):
                continue
            for statement in node.forward:
                match statement:
                    case gast.Assign(
                        targets=[gast.Name(id=to)], value=gast.Call() as value
                    ) if same(value.args, call.args) and same(value, call):
                        known = Computed(to, value, index)
                        if self._is_kept(block, known, at) and self._same_until(
                            block, call, known, at
                        ):
                            return known
        return None

    def _is_kept(self, block: Block, known: Computed, at: int) -> bool:
        """Whether a name has the value at a step, or may be bound before it."""
        if known.identifier in self.temporaries:
            between = block.nodes[at : known.index]
            return all(isinstance(node, Step) for node in between)
        between = block.nodes[known.index + 1 : at]
        return known.index < at and not any(
            known.identifier in killed_by(node) | self.writes(node) for node in between
        )

    def _same_until(self, block: Block, call: Any, known: Computed, at: int) -> bool:
        """Whether the arguments are the same at both steps."""
        arguments = {n for a in call.args for n in names_in(a)}
        between = block.nodes[min(known.index, at) : max(known.index, at)]
        return not any(
            arguments & (killed_by(node) | self.writes(node)) for node in between
        )

    def _move(self, block: Block, known: Computed, index: int) -> None:
        """Let a name be bound before the step at an index, if it is bound later."""
        if known.index <= index:
            return
        old, new = block.nodes[known.index], block.nodes[index]
        assert isinstance(old, Step)
        assert isinstance(new, Step)
        moved = [s for s in old.forward if _binds(s, known.identifier)]
        old.forward = [s for s in old.forward if s not in moved]
        old.kills = old.kills - {known.identifier}
        new.forward = [*moved, *new.forward]
        new.kills = new.kills | {known.identifier}


def _names_calls(node: Node) -> bool:
    """Whether a step binds a name to the value of a call."""
    return isinstance(node, Step) and any(
        isinstance(s, gast.Assign) and isinstance(s.value, gast.Call)
        for s in node.forward
    )


def is_mathematical(node: Any, statics: Mapping[str, Any]) -> bool:
    """Whether an expression names a mathematical function of NumPy or Python.

    Its result is always new memory: a function of `np.linalg` counts, one that may
    return a view does not.
    """
    function = _named_function(node, statics)
    if isinstance(function, np.ufunc):
        return True
    module = getattr(function, "__module__", None) or ""
    if module != "numpy.linalg":
        return module == "math"
    rule = lookup(function)
    return rule is not None and rule.kind == "rule" and not rule.view


def _named_function(node: Any, statics: Mapping[str, Any]) -> Any:
    """The function of NumPy or `math` that an expression names, or None."""
    match node:
        case gast.Attribute(value=gast.Name(id=module), attr=attr):
            owner = statics.get(module)
            known = owner in (np, math, np.linalg)
        case gast.Attribute(
            value=gast.Attribute(value=gast.Name(id=module), attr="linalg"), attr=attr
        ):
            owner, known = np.linalg, statics.get(module) is np
        case gast.Name(id=identifier):
            return statics.get(identifier)
        case _:
            return None
    return getattr(owner, attr, None) if known else None


def _binds(statement: Any, identifier: str) -> bool:
    match statement:
        case gast.Assign(targets=[gast.Name(id=bound)]):
            return bool(bound == identifier)
        case _:
            return False


def _replaced(node: Any, call: Any, identifier: str) -> Any:
    if isinstance(node, list):
        return [_replaced(child, call, identifier) for child in node]
    if not isinstance(node, gast.AST):
        return node
    if isinstance(node, gast.Call) and same(node, call):
        return name(identifier)
    for key, child in node.__dict__.items():
        setattr(node, key, _replaced(child, call, identifier))
    return node
