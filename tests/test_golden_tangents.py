"""Generated forward mode, compared word for word with files, which are run too."""

import copy
import importlib
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sourcediff.compile import Compiled, compile_jvp
from sourcediff.dispatch import Dispatcher
from tests.programs._differences import (
    arguments,
    direction,
    directional_difference,
    leaves,
    positions,
)
from tests.test_golden import FOLDER, as_module, case

NAMES = ("straight", "recurrence", "clipped", "logistic_regression")


def generated(module: Any) -> Compiled:
    args = module.arguments(np.random.default_rng(5))
    names = list(module.PRIMAL.__code__.co_varnames)
    wrt = tuple(names[position] for position in positions(module))
    dispatcher = Dispatcher(
        module.PRIMAL,
        lambda environment: compile_jvp(module.PRIMAL, environment, wrt),
    )
    return dispatcher.find(args, {})


@pytest.mark.parametrize("name", NAMES)
def test_text(name: str, update_golden: bool) -> None:
    module = case(name)
    text = as_module(module, generated(module), "forward mode")
    path = FOLDER / "tangents" / f"{name}.py"
    if update_golden:
        path.write_text(text)
    assert path.read_text() == text


@pytest.mark.parametrize("name", NAMES)
def test_files_are_right(name: str) -> None:
    """What stands in the file is the derivative along tangents, by differences."""
    module = case(name)
    written = importlib.import_module(f"tests.golden.tangents.{name}")
    pushforward = getattr(written, f"{module.PRIMAL.__name__}_jvp")
    args = arguments(module)
    rng = np.random.default_rng(7)
    dots = tuple(direction(args[p], rng) for p in positions(module))
    expected = directional_difference(module, args, dots)
    kept = copy.deepcopy(args)
    named = dict(zip(generated(module).tangents, dots, strict=True))
    value, value_dot = pushforward(*args, **named)
    for one, other in zip(leaves(args), leaves(kept), strict=True):
        np.testing.assert_array_equal(one, other)
    assert_allclose(value, module.PRIMAL(*kept), rtol=1e-13)
    assert_allclose(value_dot, expected, rtol=1e-7)


def test_every_file_is_expected() -> None:
    assert {p.stem for p in (FOLDER / "tangents").glob("*.py")} - {"__init__"} == {
        *NAMES
    }
