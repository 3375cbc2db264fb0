"""What is known of the names of a gradient is true of what they hold when it runs."""

import copy
import sys
from types import FrameType
from typing import Any

import numpy as np
import pytest

import sourcediff
from sourcediff.compile import gradient
from sourcediff.compile.names_known import kinds_of_names
from sourcediff.kinds import Array, Kind, Scalar
from tests.programs import NAMES, load


def fits(value: Any, kind: Kind) -> bool:
    if isinstance(kind, Array):
        return kind.dtype == value.dtype and kind.ndim in (value.ndim, None)
    return not isinstance(kind, Scalar) or value.ndim == 0


@pytest.mark.parametrize("name", NAMES)
def test_arrays(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds: dict[str, tuple[Kind, ...]] = {}
    narrow: set[str] = set()
    tuned = gradient.tuned

    def watched(sweeps: Any, *rest: Any) -> Any:
        kinds.update(kinds_of_names(sweeps))
        narrow.update(sweeps.reverse.narrow | sweeps.reverse.cotangents.narrow)
        return tuned(sweeps, *rest)

    monkeypatch.setattr(gradient, "tuned", watched)
    program = load(name)
    arguments = program.arguments(np.random.default_rng(11), "small")
    found = sourcediff.grad(program.PRIMAL, program.WRT)
    found(*copy.deepcopy(arguments))
    function = found.function_for(*arguments)
    wrong: dict[str, Any] = {}

    def look(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code is not function.__code__:
            return None
        for key, value in frame.f_locals.items():
            known = () if key in narrow else kinds.get(key, ())
            is_known = isinstance(value, np.ndarray) and known
            if is_known and not any(fits(value, kind) for kind in known):
                wrong[key] = value.shape, known
        return look

    before = sys.gettrace()
    sys.settrace(look)
    try:
        function(*copy.deepcopy(arguments))
    finally:
        sys.settrace(before)
    assert not wrong
