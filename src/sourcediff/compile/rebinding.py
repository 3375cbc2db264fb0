"""A name that stands for one thing and later for another becomes two names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sourcediff.analysis.alias import Aliases
from sourcediff.analysis.effects import walk_statements
from sourcediff.analysis.inference import KindFacts
from sourcediff.analysis.webs import Web, Webs
from sourcediff.compile.made_anew import written_by
from sourcediff.front.scopes import Fresh, identifiers
from sourcediff.ir import Program
from sourcediff.kinds import UNKNOWN, Array, Kind, Record, Scalar, Static, scalar_of


def name_apart(
    program: Program, kinds: KindFacts, writes: Callable[[Any], bool]
) -> bool:
    """Give unrelated uses of a name names of their own; says whether any changed.

    A cotangent has the name of its primal. So where a name stands for a number and
    later for an array, or for memory that is written into through another name and
    later for something else, the later one is renamed: `x = x.sum()` becomes
    `x2 = x.sum()`. Names whose uses are alike stay as the user wrote them. `writes`
    says of a call whether it may write into what it is given.
    """
    webs = Webs(program.node.body, program.parameters)
    names = webs.names()
    given = kinds.before(program.node.body[0]) if names else {}
    apart = [n for n in names if _differ(webs.of(n), kinds, given.get(n, UNKNOWN))]
    rest = [n for n in names if n not in apart]
    if rest:
        apart += _entangled(program, kinds, writes, webs, rest)
    if not apart:
        return False
    fresh = Fresh(identifiers(program.node) | set(program.statics) | program.data)
    for name in apart:
        _, *later = sorted(webs.of(name), key=lambda web: not web.given)
        for web in later:
            other = fresh(name + "2")
            for node in web.nodes:
                node.id = other
    return True


# --- kinds --------------------------------------------------------------------------


def _differ(webs: list[Web], kinds: KindFacts, given: Kind) -> bool:
    """Whether the webs of a name stand for things of different kinds.

    `given` is the kind of the name when the program starts.
    """
    sorts = {_sort(kinds.of(n)) for w in webs if not w.given for n in w.nodes[:1]}
    sorts |= {_sort(given) for web in webs if web.given}
    return len(sorts) > 1


def _sort(kind: Kind) -> Any:
    """What values of a kind are, as far as their cotangents differ."""
    kind = scalar_of(kind)
    if isinstance(kind, Array):
        return "array", kind.dtype, None if kind.dims is None else len(kind.dims)
    number = isinstance(kind, Static) and isinstance(kind.value, int | float | complex)
    if isinstance(kind, Scalar) or number:
        return "number"
    return kind.type if isinstance(kind, Record) else type(kind).__name__


# --- memory -------------------------------------------------------------------------


def _entangled(
    program: Program,
    kinds: KindFacts,
    writes: Callable[[Any], bool],
    webs: Webs,
    names: list[str],
) -> list[str]:
    """The names of which a web shares memory that is written into."""
    body = program.node.body
    targets = [
        (s, name)
        for s in walk_statements(body)
        for name in written_by(s, kinds, writes)
    ]
    if not targets:
        return []
    aliases = Aliases(
        body, kinds.of, kinds.callee, lambda node: None, program.parameters
    )
    written: set[str] = set()
    for statement, name in targets:
        written |= {name} | aliases.partners(statement, name)
    everywhere = list(walk_statements(body))
    return [
        name
        for name in names
        if any(
            aliases.partners_after(statement, name) & written
            for web in webs.of(name)
            # Nothing defines what is given: its partners may come at any time.
            for statement in (everywhere if web.given else web.definitions)
        )
    ]
