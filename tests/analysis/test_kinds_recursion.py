"""Recursive functions: inference ends, and what it says is right."""

import inspect
import types

import numpy as np

from sourcediff.analysis.inference import Outcome, infer
from sourcediff.analysis.signature import kinds_of
from sourcediff.kinds import UNKNOWN, Kind, Scalar, Static
from tests.analysis.instrument import assign_sizes, conforms, program_of


def total(x):
    if len(x) == 0:
        return 0.0
    return x[0] + total(x[1:])


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def climb(x, n):
    if n > 30:
        return x
    return climb(x * 2.0, n + 1)


def even(x, n):
    return x if n < 1 else odd(x, n - 1)


def odd(x, n):
    return -x if n < 1 else even(x, n - 1)


def asker():
    """A callback that remembers, and knows nothing of what is under way."""
    known = {}
    asked = []

    def ask(function, positional, keywords):
        if not isinstance(function, types.FunctionType):
            return UNKNOWN
        names = inspect.signature(function).parameters
        environment = {**dict(zip(names, positional, strict=False)), **keywords}
        key = function, tuple(environment.items())
        if key not in known:
            asked.append(key)
            known[key] = Outcome(UNKNOWN)
            known[key] = infer(program_of(function), environment, ask).outcome
        return known[key]

    return ask, asked


def result_of(function, *arguments) -> tuple[Kind, int]:
    ask, asked = asker()
    program = program_of(function)
    given = dict(zip(program.parameters, arguments, strict=True))
    kinds = kinds_of(given)
    sizes: dict[str, int] = {}
    for name, kind in kinds.items():
        assign_sizes(kind, given[name], sizes)
    kind = infer(program, kinds, ask).result
    assert conforms(function(*arguments), kind, sizes)
    return kind, len(asked)


def test_shrinking_arrays():
    assert result_of(total, np.arange(7.0))[1] < 20


def test_falling_and_rising_numbers():
    assert result_of(power, 1.5, 9)[1] < 20
    assert result_of(climb, np.ones(4), 9)[1] < 20
    assert result_of(even, np.ones(4), 9)[1] < 30


def test_numbers_of_the_signature_come_to_an_end():
    kind, _ = result_of(power, 1.5, 2)
    assert kind == Scalar(np.dtype(float))


def test_code_that_is_never_run_asks_nothing():
    asked = []

    def ask(function, positional, keywords):
        asked.append(function)
        return UNKNOWN

    infer(program_of(power), {"x": Static(2.0), "n": Static(0)}, ask)
    assert not asked
