"""Functions that write into an argument do what their rules' stores do."""

from typing import Any

import numpy as np
import pytest

from sourcediff.checking.examples import Example, example_lines, examples_of
from sourcediff.checking.examples import _read as read_call
from sourcediff.rules import Rule, all_rules

MUTATIONS = [
    rule
    for rule in all_rules()
    if rule.kind == "mutation" and rule.function.__module__.startswith("sourcediff")
]
EXAMPLES = [example for rule in MUTATIONS for example in examples_of(rule)]


def fresh(example: Example) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments as the docstring gives them, not yet written into."""
    _, args, kwargs = read_call(example.rule, example.text)
    return args, kwargs


@pytest.mark.parametrize("rule", MUTATIONS, ids=lambda rule: rule.name)
def test_a_mutation_has_an_example_for_each_of_its_functions(rule: Rule) -> None:
    assert example_lines(rule)
    assert {example.primal for example in examples_of(rule)} == set(rule.primals)


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_the_stores_do_what_the_function_does(example: Example) -> None:
    (written, *rest), kwargs = fresh(example)
    stored, before = np.copy(written), np.copy(written)
    assert example.primal(written, *rest, **kwargs) is None
    assert example.rule.function(stored, *rest, **kwargs) is None
    np.testing.assert_array_equal(stored, written)
    assert not np.array_equal(stored, before)
