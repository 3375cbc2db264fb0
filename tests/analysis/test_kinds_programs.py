"""Every value in whole programs is of the kind that is inferred for it."""

import copy

import numpy as np
import pytest

from sourcediff.kinds import Scalar
from tests.analysis.instrument import check, facts_for
from tests.programs import NAMES, load


@pytest.mark.parametrize("name", NAMES)
def test_values_conform(name: str) -> None:
    module = load(name)
    arguments = module.arguments(np.random.default_rng(3))
    check(module.PRIMAL, *copy.deepcopy(arguments), complete=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_result_is_a_float(name: str) -> None:
    module = load(name)
    arguments = module.arguments(np.random.default_rng(3))
    result = facts_for(module.PRIMAL, arguments)[1].result
    assert isinstance(result, Scalar)
    assert result.dtype == float
