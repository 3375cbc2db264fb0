"""The house rule for imports: each room imports only what its arrows point to."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output
from importlinter.domain.contract import InvalidContractOptions


def parse_arrows(lines: list[str], leaves: list[str]) -> dict[str, set[str]]:
    """Read lines `room -> room, room` into who may import whom.

    >>> parse_arrows(["api -> front, leaves", "front ->"], ["errors"])["front"]
    set()
    """
    arrows = {}
    for line in lines:
        room, _, targets = line.partition("->")
        names = {name.strip() for name in targets.split(",") if name.strip()}
        arrows[room.strip()] = names - {"leaves"} | (
            set(leaves) if "leaves" in names else set()
        )
    return arrows


def room_of(module: str, arrows: dict[str, set[str]]) -> str | None:
    """Return the most specific room a module lives in, None where no line names it.

    >>> arrows = {"rules": set(), "rules.*": set(), "rules.declare": set()}
    >>> room_of("sourcediff.rules.declare", arrows), room_of("sourcediff.rules", arrows)
    ('rules.declare', 'rules')
    >>> room_of("sourcediff.rules.ufuncs", arrows)
    'rules.*'
    """
    path = module.split(".")[1:]
    for length in range(len(path), 0, -1):
        parent, name = path[: length - 1], path[length - 1]
        for last in (name, "*") if parent else (name,):
            room = ".".join([*parent, last])
            if room in arrows:
                return room
    return None


def may_import(importer: str, imported: str, arrows: dict[str, set[str]]) -> bool:
    """Say whether one module may import another.

    Two modules of one room may, except in a room `package.*`: there every module (or
    subpackage) is a room of its own.

    >>> arrows = {"front": {"ir"}, "ir": set(), "rules.*": {"ir"}}
    >>> may_import("sourcediff.front.source", "sourcediff.ir", arrows)
    True
    >>> may_import("sourcediff.rules.sums", "sourcediff.rules.products", arrows)
    False
    """
    source, target = room_of(importer, arrows), room_of(imported, arrows)
    if source is None or target is None:
        return False
    if source == target:
        depth = source.count(".") + 2
        same = importer.split(".")[:depth] == imported.split(".")[:depth]
        return same or not source.endswith("*")
    return target in arrows[source]


class ArrowsContract(Contract):  # type: ignore[misc]
    """Fails for an import that has no arrow and for a module that has no room."""

    leaves = fields.ListField(subfield=fields.StringField())
    arrows = fields.ListField(subfield=fields.StringField())

    def validate(self) -> None:
        """Refuse a table that points at nothing, or in a circle."""
        arrows = parse_arrows(self.arrows, self.leaves)
        unknown = {name for names in arrows.values() for name in names} - set(arrows)
        if unknown:
            problem = f"no line for {', '.join(sorted(unknown))}"
            raise InvalidContractOptions({"arrows": problem})
        try:
            TopologicalSorter(arrows).prepare()
        except CycleError as error:
            problem = f"a circle: {' -> '.join(error.args[1])}"
            raise InvalidContractOptions({"arrows": problem}) from error

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Compare every import between the package's modules with the table."""
        arrows = parse_arrows(self.arrows, self.leaves)
        # The package itself re-exports its public names: it may import every room, and
        # no room may import it.
        roots = set(self.session_options["root_packages"])
        modules = sorted(graph.modules - roots)
        problems = [
            f"{module} has no line in the table of arrows"
            for module in modules
            if room_of(module, arrows) is None
        ]
        for importer in modules:
            for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                if imported in roots or not may_import(importer, imported, arrows):
                    details = graph.get_import_details(
                        importer=importer, imported=imported
                    )
                    problems += [render(detail) for detail in details]
        return ContractCheck(kept=not problems, metadata={"problems": problems})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line per import that has no arrow."""
        for problem in check.metadata["problems"]:
            output.print_error(problem, bold=False)


def render(detail: dict[str, Any]) -> str:
    """Lay out one forbidden import with its line."""
    return (
        f"{detail['importer']}:{detail['line_number']} "
        f"may not import {detail['imported']}: {detail['line_contents']}"
    )
