"""Every rule at complex arguments, where its function takes them: right, or refused."""

from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest

from sourcediff.checking.checks import (
    check_likeness,
    check_modes,
    check_symmetry,
    check_tangents,
    rng_of,
)
from sourcediff.checking.examples import Example, all_examples, leaves, like_leaves

#: What a rule says that has no derivative at complex arguments.
REFUSALS = "complex (numbers|values)"

#: Their vectors have arbitrary phases, which differences see: test_decompositions.
OF_VECTORS = {"eig", "eigh", "svd"}


def with_imaginary_parts(x: Any, rng: np.random.Generator) -> Any:
    def turned(leaf: Any) -> Any:
        if not isinstance(leaf, np.ndarray) or leaf.dtype.kind != "f":
            return leaf
        return leaf + 1j * rng.uniform(-0.1, 0.1, leaf.shape)

    return like_leaves(x, iter([turned(leaf) for leaf in leaves(x)]))


def is_complex(x: Any) -> bool:
    return any(map(np.iscomplexobj, leaves(x)))


def complex_examples() -> list[Example]:
    """The examples of real arrays, with imaginary parts."""
    found = []
    for example in all_examples():
        if example.rule.name in OF_VECTORS:
            continue
        values = with_imaginary_parts(example.active, rng_of(example))
        if not is_complex([*example.args, *example.kwargs.values()]):
            there = example.with_values(**values)
            if is_complex(values) and there.is_accepted():
                found.append(there)
    return found


def is_refused(example: Example) -> bool:
    return example.rule.reals or example.rule.name == "bessel_i1"


@pytest.mark.parametrize("example", complex_examples(), ids=str)
def test_a_rule_holds_at_complex_arguments(example: Example) -> None:
    refused = pytest.raises(TypeError, match=REFUSALS)
    with refused if is_refused(example) else nullcontext():
        for check in (check_tangents, check_modes, check_likeness, check_symmetry):
            check(example)
