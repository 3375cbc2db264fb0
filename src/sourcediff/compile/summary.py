"""What one call of a user's function comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sourcediff.compile.analyse import Names, is_array
from sourcediff.kinds import DATA, UNKNOWN, Kind, Record, Static, Unknown, join, widened

NOTHING: Names = frozenset()


@dataclass(frozen=True)
class Summary:
    """What is known of a function for kinds of arguments.

    `writes` are the parameters whose memory it may write into, `returns` those that the
    result may share memory with; `reads` and `stores` tell the same of variables from
    outside. A pure function has no effect but its result. `after` are the kinds of
    parameters at its end, where it changes containers that are reached through those
    only; None where it may change others.
    """

    kind: Kind
    changes: bool = False
    writes: Names = NOTHING
    returns: Names = NOTHING
    reads: frozenset[Any] = NOTHING
    stores: frozenset[Any] = NOTHING
    pure: bool = True
    after: tuple[tuple[str, Kind], ...] | None = ()

    def join(self, other: Summary, kind: Kind) -> Summary:
        """What holds where either summary holds."""
        return Summary(
            kind,
            self.changes or other.changes,
            self.writes | other.writes,
            self.returns | other.returns,
            self.reads | other.reads,
            self.stores | other.stores,
            self.pure and other.pure,
            _joined(self.after, other.after),
        )


def _joined(
    a: tuple[tuple[str, Kind], ...] | None, b: tuple[tuple[str, Kind], ...] | None
) -> tuple[tuple[str, Kind], ...] | None:
    """The kinds of parameters after either of two calls."""
    if a is None or b is None:
        return None
    other = dict(b)
    return tuple((n, join(k, other.get(n, k))) for n, k in a) or b


def anything(environment: Mapping[str, Kind]) -> Summary:
    """What is known of a function that cannot be read."""
    memory = frozenset(n for n, k in environment.items() if is_array(k))
    return Summary(DATA, True, memory, memory, NOTHING, NOTHING, False, None)


def known_of(returned: list[Kind]) -> Kind:
    """The kind of those results that do not rest on the recursion itself."""
    found: Kind | None = None
    for kind in returned:
        if _is_known(kind):
            found = kind if found is None else join(found, kind)
    return UNKNOWN if found is None else widened(found)


def _is_known(kind: Kind) -> bool:
    match kind:
        case Unknown():
            return False
        case Record(fields=pairs):
            return all(_is_known(k) for _, k in pairs)
        case Static():
            return True
    items = getattr(kind, "items", ())
    return all(_is_known(k[1] if isinstance(k, tuple) else k) for k in items)
