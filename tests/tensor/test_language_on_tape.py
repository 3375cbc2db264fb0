"""The programs of the compiler's tests run on the tape, and agree with differences."""

import copy
import importlib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from numpy.testing import assert_allclose

from sourcediff import value_and_grad
from tests.language.oracle import (
    Case,
    Cases,
    assert_matches_differences,
    bound_arguments,
    call,
    same,
)

ROOT = Path(__file__).parents[1]
FILES = [
    *sorted((ROOT / "language").glob("test_*.py")),
    *sorted((ROOT / "memory").glob("test_*.py")),
    ROOT / "random_programs/test_found.py",
]


def module_of(path: Path) -> ModuleType:
    return importlib.import_module(f"tests.{path.parent.name}.{path.stem}")


def cases() -> list[Any]:
    found = []
    for path in FILES:
        for value in vars(module_of(path)).values():
            if isinstance(value, Cases):
                found += [
                    pytest.param(case, id=f"{path.stem}-{case.function.__name__}")
                    for case in value
                ]
    return found


@pytest.mark.parametrize("case", cases())
def test_gradient(case: Case) -> None:
    args, kwargs = copy.deepcopy((case.args, case.kwargs))
    expected = call(case, copy.deepcopy(bound_arguments(case)))
    taped = value_and_grad(case.function, wrt=case.wrt, fallback="always")
    value, gradients = taped(*args, **kwargs)
    same(args, case.args)
    same(kwargs, case.kwargs)
    assert_allclose(value, expected, rtol=1e-12)
    assert_matches_differences(case, case.wrt, gradients)
