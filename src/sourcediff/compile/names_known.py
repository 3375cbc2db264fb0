"""What the names of generated code may hold."""

from __future__ import annotations

from collections.abc import Mapping

import gast

from sourcediff.analysis.effects import walk_statements
from sourcediff.compile.sweeps import Sweeps
from sourcediff.kinds import Kind, Static
from sourcediff.trees import walk


def kinds_of_names(sweeps: Sweeps) -> dict[str, tuple[Kind, ...]]:
    """All kinds that the names of the two sweeps may have."""
    found: dict[str, dict[Kind, None]] = {}

    def add(environment: Mapping[str, Kind]) -> None:
        for key, kind in environment.items():
            found.setdefault(key, {})[kind] = None

    facts = sweeps.facts
    add(sweeps.environment)
    for statement in walk_statements(facts.program.node.body):
        add(facts.environment(statement))
        for node in walk(statement):
            if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store):
                add({node.id: facts.kind_of(node)})
    add(sweeps.reverse.declared)
    add({n: Static(v) for n, v in facts.program.statics.items()})
    add({n: Static(v) for n, v in sweeps.bindings.items()})
    return {key: tuple(kinds) for key, kinds in found.items()}
