"""Every example of every rule returns what the kinds of its arguments say."""

import copy

import numpy as np
import pytest

from sourcediff.analysis.known_calls import known_call
from sourcediff.analysis.signature import kinds_of
from sourcediff.checking.examples import Example, all_examples
from sourcediff.kinds import Unknown
from sourcediff.rules.binding import call
from tests.analysis.instrument import assign_sizes, conforms, describe

EXAMPLES = [e for e in all_examples() if e.rule.kind != "mutation"]


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_results_conform(example: Example) -> None:
    given = dict(enumerate(example.args)) | example.kwargs
    kinds = kinds_of({str(name): value for name, value in given.items()})
    sizes: dict[str, int] = {}
    for name, value in given.items():
        assign_sizes(kinds[str(name)], value, sizes)
    positional = tuple(kinds[str(i)] for i in range(len(example.args)))
    keywords = {name: kinds[name] for name in example.kwargs}
    kind = known_call(example.primal, positional, keywords)
    if kind is None or isinstance(kind, Unknown):
        return

    args, kwargs = copy.deepcopy((example.args, example.kwargs))
    with np.errstate(all="ignore"):
        result = call(example.primal, args, kwargs)
    assert conforms(result, kind, sizes, exact=True), f"{kind}, not {describe(result)}"
