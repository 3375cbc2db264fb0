"""The benchmarks' handwritten adjoints against finite differences."""

import copy

import pytest
from numpy.testing import assert_allclose

from benchmarks import handwritten
from tests.programs import NAMES, load
from tests.programs._differences import (
    arguments,
    assert_gradient,
    assert_same_trees,
    pairs,
)

ADJOINTS = [
    (name, variant)
    for name in NAMES
    for variant in ("gradient", "restructured")
    if hasattr(handwritten.load(name), variant)
]


@pytest.mark.parametrize(("name", "variant"), ADJOINTS)
def test_matches_finite_differences(name: str, variant: str) -> None:
    module, adjoint = load(name), getattr(handwritten.load(name), variant)
    args = arguments(module)
    kept = copy.deepcopy(args)
    gradient = adjoint(*args)
    assert_same_trees(args, kept)
    assert_gradient(module, args, gradient)


@pytest.mark.parametrize(
    "name", [name for name, variant in ADJOINTS if variant == "restructured"]
)
def test_restructuring_changes_nothing(name: str) -> None:
    args = arguments(load(name))
    module = handwritten.load(name)
    for one, other in pairs(module.gradient(*args), module.restructured(*args)):
        if one is not None:
            assert_allclose(one, other, rtol=1e-9, atol=1e-11)


def test_every_program_has_a_handwritten_adjoint() -> None:
    assert [name for name in NAMES if handwritten.load(name) is None] == []
