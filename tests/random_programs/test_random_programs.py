"""Gradients of random programs: right or refused, never wrong and never a crash."""

# Programs as users write them.
# ruff: noqa: T201

import os
from collections import Counter
from random import Random

import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st

from tests.random_programs.forward import examine_forward
from tests.random_programs.generator import Program, generate
from tests.random_programs.running import Invalid, arguments, examine, examine_taped

# A refused program is told how to go on; too many of them are a hole in the language.
MOST_REFUSED = 0.03
_statistics: Counter[str] = Counter()
_causes: Counter[str] = Counter()


@st.composite
def programs(draw: st.DrawFn) -> tuple[Program, Random]:
    """A random program, and the source of randomness for its arguments."""
    random = draw(st.randoms(use_true_random=False, note_method_calls=False))
    return generate(random), random


@given(programs())
def test_gradient(drawn: tuple[Program, Random]) -> None:
    program, random = drawn
    args = arguments(program.parameters, random)
    note(program.text)
    note(f"f(*{args!r})")
    try:
        outcome = examine(program, args)
    except Invalid:
        _statistics["invalid"] += 1
        assume(False)
        return
    _statistics[outcome.status] += 1
    if outcome.status == "refused":
        _causes[outcome.detail] += 1
    else:
        assert outcome.status == "right", f"{outcome.stage}: {outcome.detail}"


@pytest.mark.skipif(
    "SOURCEDIFF_RANDOM" not in os.environ,
    reason="compiles three functions of each program: minutes",
)
@given(programs())
def test_forward_mode(drawn: tuple[Program, Random]) -> None:
    program, random = drawn
    args = arguments(program.parameters, random)
    note(program.text)
    note(f"f(*{args!r})")
    try:
        outcome = examine_forward(program, args)
    except Invalid:
        assume(False)
        return
    assert outcome.status in ("right", "refused"), f"{outcome.stage}: {outcome.detail}"


@given(programs())
def test_gradient_on_the_tape(drawn: tuple[Program, Random]) -> None:
    program, random = drawn
    args = arguments(program.parameters, random)
    note(program.text)
    note(f"f(*{args!r})")
    try:
        outcome = examine_taped(program, args)
    except Invalid:
        assume(False)
        return
    assert outcome.status == "right", f"{outcome.status}: {outcome.detail}"


def test_few_programs_are_refused() -> None:
    """Runs after the test above, on what it has counted."""
    total = sum(_statistics.values()) - _statistics["invalid"]
    if not total:
        pytest.skip("no random programs were run")
    report = "\n".join(f"{n:5} {cause}" for cause, n in _causes.most_common())
    print(f"{dict(_statistics)}\n{report}")
    assert _statistics["refused"] <= MOST_REFUSED * total + 3, report


def test_the_same_seed_gives_the_same_program() -> None:
    assert generate(Random(7)) == generate(Random(7))
