"""An import that has no arrow is reported; run by CI with the tools installed."""

import pytest
from grimp import ImportGraph
from importlinter.domain.contract import InvalidContractOptions

from tools.arrows import ArrowsContract

TABLE = ["api -> front", "front -> rules", "rules ->", "rules.* ->"]


def contract(arrows: list[str]) -> ArrowsContract:
    options = {"arrows": arrows, "leaves": []}
    return ArrowsContract("house", {"root_packages": ["sourcediff"]}, options)


def problems(imports: list[tuple[str, str]]) -> list[str]:
    house = contract(TABLE)
    graph = ImportGraph()
    graph.add_module("sourcediff")
    for importer, imported in imports:
        graph.add_import(
            importer=importer, imported=imported, line_number=3, line_contents="import"
        )
    return house.check(graph, verbose=False).metadata["problems"]


def test_arrows_that_point_down_pass() -> None:
    assert not problems(
        [
            ("sourcediff.api", "sourcediff.front.source"),
            ("sourcediff.front.source", "sourcediff.front.names"),
            ("sourcediff.front", "sourcediff.rules"),
            ("sourcediff", "sourcediff.rules"),
        ]
    )


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("sourcediff.front.source", "sourcediff.api"),
        ("sourcediff.api", "sourcediff.rules"),
        ("sourcediff.rules.sums", "sourcediff.rules.products"),
        ("sourcediff.api", "sourcediff"),
    ],
)
def test_an_import_without_an_arrow_is_reported(importer: str, imported: str) -> None:
    [problem] = problems([(importer, imported)])
    assert problem.startswith(f"{importer}:3 may not import {imported}")


def test_a_room_without_a_line_is_reported() -> None:
    assert (
        "sourcediff.attic has no line"
        in problems([("sourcediff.attic", "sourcediff.front")])[0]
    )


@pytest.mark.parametrize(
    ("arrows", "problem"),
    [(["a -> b"], "no line for b"), (["a -> b", "b -> a"], "a circle")],
)
def test_a_table_must_be_whole_and_without_circles(
    arrows: list[str], problem: str
) -> None:
    with pytest.raises(InvalidContractOptions) as caught:
        contract(arrows)
    assert problem in caught.value.errors["arrows"]
