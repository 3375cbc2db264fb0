"""Lists that hold one array several times, and are written into."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import gast

from sourcediff.analysis.effects import (
    CONTAINER_METHODS,
    bindings,
    bound_names,
    own_nodes,
    root,
    stored_parts,
    walk_statements,
)
from sourcediff.analysis.facts import Facts
from sourcediff.analysis.sharing import is_immutable
from sourcediff.kinds import Array, Kind, List, Sequence, Unknown, parts_of

CAUSE = "the elements of this list are one object, which is written into; make one each"


#: What may make a container hold something.
_HOLDING = frozenset(
    {gast.BinOp, gast.AugAssign, gast.Call, gast.Assign}
    | {gast.ListComp, gast.GeneratorExp, gast.DictComp}
)
#: Functions that give what they are given several times.
_REPEATING = (
    itertools.repeat,
    itertools.cycle,
    itertools.product,
    itertools.combinations,
    itertools.combinations_with_replacement,
    itertools.permutations,
    itertools.pairwise,
)


def repeated_and_written(facts: Facts) -> list[Any]:
    """The expressions `[a] * 3`, `[a for …]`, `xs.append(a)` of what is written into.

    Through one element all others change, too; their cotangents would not.
    """
    statements = list(walk_statements(facts.program.node.body))
    made = [
        (node, kind, statement)
        for statement in statements
        for node in (statement, *own_nodes(statement))
        if node.__class__ in _HOLDING
        for kind in _repeated(node, statement, facts)
        if not is_immutable(kind)
    ]
    if not made:
        return []
    arrays = set(_written(statements, facts, of_arrays=True))
    anything = arrays | set(_written(statements, facts, of_arrays=False))
    found = (
        node
        for node, kind, statement in made
        if _holders(statement) & (arrays if _is_array(kind) else anything)
    )
    return list(dict.fromkeys(found))


def _repeated(node: Any, statement: Any, facts: Facts) -> Iterator[Kind]:
    """The kinds of the memory that a container comes to hold more than once."""
    kind_of = facts.kind_of
    match node:
        case gast.BinOp(op=gast.Mult()) | gast.AugAssign(op=gast.Mult()):
            kind = kind_of(getattr(node, "target", node))
            yield from parts_of(kind) if _is_list(kind) else ()
        case (
            gast.BinOp(op=gast.Add(), left=held, right=value)
            | gast.AugAssign(op=gast.Add(), target=held, value=value)
        ):
            if _is_list(kind_of(held)) and _share(held, value, statement, facts):
                yield from parts_of(kind_of(value))
        case (
            gast.ListComp(elt=part)
            | gast.GeneratorExp(elt=part)
            | gast.DictComp(value=part)
        ):
            targets = [g.target for g in node.generators]
            own = {name for target in targets for name in bound_names(target)}
            if facts.aliases.sources(part) - own:
                yield kind_of(part)
        case gast.Call(func=gast.Attribute(value=held, attr=attr), args=args) if (
            attr in CONTAINER_METHODS and not isinstance(kind_of(held), Array)
        ):
            yield from (kind_of(a) for a in args if _share(held, a, statement, facts))
        case gast.Call(func=function, args=args):
            by_name = getattr(function, "attr", None) == "fromkeys"
            if by_name or facts.callee(node) in _REPEATING:
                yield from map(kind_of, args)
        case gast.Assign(
            targets=[gast.Subscript(value=held) | gast.Attribute(value=held)],
            value=value,
        ) if not isinstance(kind_of(held), Array):
            if _share(held, value, statement, facts):
                yield kind_of(value)


def _is_list(kind: Kind) -> bool:
    return isinstance(kind, List | Sequence)


def _share(one: Any, other: Any, statement: Any, facts: Facts) -> bool:
    """Whether values of two expressions may share memory when a statement starts."""
    aliases = facts.aliases
    if isinstance(other, gast.BinOp | gast.UnaryOp) and not _is_list(
        facts.kind_of(other)
    ):
        return False  # a new value, though its kind may not be known

    def reached(node: Any) -> set[str]:
        names = aliases.sources(node)
        return set(names).union(*(aliases.partners(statement, n) for n in names))

    return bool(reached(one) & aliases.sources(other))


def _is_array(kind: Kind) -> bool:
    return isinstance(kind, Array | Unknown)


def _holders(statement: Any) -> set[str]:
    """The names that hold what a statement makes, or adds to."""
    names = set(bindings(statement))
    for target in getattr(statement, "targets", []):
        names |= {root(part) or "" for part in stored_parts(target)}
    match statement:
        case gast.Expr(value=gast.Call(func=gast.Attribute(value=held))):
            names.add(root(held) or "")
    return names


def _written(statements: list[Any], facts: Facts, *, of_arrays: bool) -> Iterator[str]:
    """The names that may hold what is written into, and carries derivatives.

    `of_arrays`: not those of which only containers are written into.
    """
    for statement in statements:
        for target in facts.stores(statement):
            in_array = _is_array(_changed(target, statement, facts))
            if (in_array or not of_arrays) and _moves(target, statement, facts):
                name = root(target) or ""
                for partner in (name, *facts.aliases.partners(statement, name)):
                    yield partner.partition("@")[0]


def _moves(target: Any, statement: Any, facts: Facts) -> bool:
    """Whether derivatives are in what a store changes, or flow into it."""
    value = getattr(statement, "value", None)
    flowing = [target, value]
    if isinstance(value, gast.Call):
        flowing += [*value.args, *(k.value for k in value.keywords)]
    return any(facts.is_active(node, statement) for node in flowing if node)


def _changed(target: Any, statement: Any, facts: Facts) -> Kind:
    """The kind of what a store changes."""
    is_part = isinstance(target, gast.Subscript | gast.Attribute)
    is_part = is_part and isinstance(statement, gast.Assign)
    return facts.kind_of(target.value if is_part else target)
