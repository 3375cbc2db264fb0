"""How code is found for a call, and what a compilation leaves as it was."""

import gc
from collections.abc import Iterator

import numpy as np
import pytest

from sourcediff import grad
from sourcediff.dispatch import Dispatcher
from sourcediff.errors import CompileError


@pytest.fixture(params=[True, False], ids=["collected", "uncollected"])
def is_collected(request: pytest.FixtureRequest) -> Iterator[bool]:
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def test_compiling_leaves_the_collector_as_it_was(is_collected: bool) -> None:
    grad(lambda x: x * np.sin(x))(0.5)
    assert gc.isenabled() is is_collected


def test_a_refusal_leaves_the_collector_as_it_was(is_collected: bool) -> None:
    def refused(x):
        yield x

    with pytest.raises(CompileError):
        grad(refused, fallback="error")(0.5)
    assert gc.isenabled() is is_collected


def test_the_collector_rests_while_code_is_made(is_collected: bool) -> None:
    seen = []

    def compile_(environment):
        seen.append(gc.isenabled())
        return grad(lambda x: x)._compile(environment)

    Dispatcher(lambda x: x, compile_).find((0.5,), {})
    assert seen == [False]
    assert gc.isenabled() is is_collected
