"""What is known of the names of derivatives is true of what they hold when they run."""

import copy
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import pytest

import sourcediff
from sourcediff import derivatives
from sourcediff.compile import forward, gradient
from sourcediff.compile.names_known import Known
from sourcediff.kinds import Array, Kind, Scalar
from tests.programs import NAMES, load
from tests.programs._differences import direction, positions


def fits(value: Any, kind: Kind) -> bool:
    if isinstance(kind, Array):
        return kind.dtype == value.dtype and kind.ndim in (value.ndim, None)
    return not isinstance(kind, Scalar) or value.ndim == 0


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Known]:
    """What is known of names, by the function in which they stand."""
    found: dict[str, Known] = {}
    for compiled_before in ("_dispatchers", "_gradients"):
        monkeypatch.setattr(derivatives, compiled_before, {})
    for module in (gradient, forward):
        tuned = module.tuned  # type: ignore[attr-defined]

        def watched(
            known: Known, unit: Any, *rest: Any, tuned: Any = tuned, **keywords: Any
        ) -> Any:
            found[unit.name] = known
            return tuned(known, unit, *rest, **keywords)

        monkeypatch.setattr(module, "tuned", watched)
    return found


def wrong_names(run: Callable[[], Any], known: dict[str, Known]) -> dict[str, Any]:
    """The names that hold what they cannot hold, for all that is known of them."""
    wrong: dict[str, Any] = {}

    def look(frame: FrameType, event: str, argument: Any) -> Any:
        names = known.get(frame.f_code.co_name)
        if names is None or not frame.f_code.co_filename.startswith("<sourcediff"):
            return None
        for key, value in frame.f_locals.items():
            kinds = () if key in names.narrow else names.kinds.get(key, ())
            is_known = isinstance(value, np.ndarray) and kinds
            if is_known and not any(fits(value, kind) for kind in kinds):
                wrong[key] = value.shape, kinds
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        run()
    finally:
        sys.settrace(before)
    return wrong


@pytest.mark.parametrize("name", NAMES)
def test_gradients(name: str, known: dict[str, Known]) -> None:
    program = load(name)
    arguments = program.arguments(np.random.default_rng(11), "small")
    found = sourcediff.grad(program.PRIMAL, program.WRT)
    found(*copy.deepcopy(arguments))
    function = found.function_for(*arguments)
    assert not wrong_names(lambda: function(*copy.deepcopy(arguments)), known)


@pytest.mark.parametrize("name", NAMES)
def test_forward_mode(name: str, known: dict[str, Known]) -> None:
    program = load(name)
    rng = np.random.default_rng(11)
    arguments = program.arguments(rng, "small")
    tangents: list[Any] = [None] * len(arguments)
    for position in positions(program):
        tangents[position] = direction(arguments[position], rng)

    def run() -> None:
        sourcediff.jvp(program.PRIMAL, copy.deepcopy(arguments), tangents)
        sourcediff.hvp(program.PRIMAL, copy.deepcopy(arguments), tangents)

    assert not wrong_names(run, known)
    assert {n.rpartition("_")[-1] for n in known} >= {"jvp", "dot"}
