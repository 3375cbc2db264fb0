"""Gradients of whole NumPy programs against finite differences of the programs."""

import copy
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sourcediff import grad, value_and_grad
from tests.programs import NAMES, load
from tests.programs._differences import (
    arguments,
    as_tuple,
    assert_gradient,
    assert_same_trees,
    is_active,
    map_tree,
    pairs,
    positions,
)


@pytest.fixture(params=NAMES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    return load(request.param)


def test_matches_finite_differences(module: ModuleType) -> None:
    args = arguments(module)
    gradient = grad(module.PRIMAL, wrt=module.WRT)(*args)
    assert_gradient(module, args, gradient)


def test_value_is_the_primals(module: ModuleType) -> None:
    args = arguments(module)
    value, gradient = value_and_grad(module.PRIMAL, wrt=module.WRT)(*args)
    assert_allclose(value, module.PRIMAL(*copy.deepcopy(args)), rtol=1e-12)
    alone = grad(module.PRIMAL, wrt=module.WRT)(*args)
    for leaf_bar, expected in pairs(gradient, alone):
        if expected is None:
            assert leaf_bar is None
        else:
            assert_allclose(leaf_bar, expected, rtol=1e-10, atol=1e-13)


def test_arguments_stay_untouched(module: ModuleType) -> None:
    args = arguments(module)
    kept = copy.deepcopy(args)
    grad(module.PRIMAL, wrt=module.WRT)(*args)
    assert_same_trees(args, kept)


def test_second_call_repeats_the_first(module: ModuleType) -> None:
    args = arguments(module)
    gradient = grad(module.PRIMAL, wrt=module.WRT)
    first = gradient(*args)
    kept = copy.deepcopy(first)
    second = gradient(*args)
    assert_same_trees(second, kept)
    assert_same_trees(first, kept)


def test_other_arguments_get_their_own_gradient(module: ModuleType) -> None:
    gradient = grad(module.PRIMAL, wrt=module.WRT)
    gradient(*arguments(module))
    fresh = grad(module.PRIMAL, wrt=module.WRT)(*arguments(module, seed=29))
    assert_same_trees(gradient(*arguments(module, seed=29)), fresh)


def test_gradient_has_the_arguments_structure(module: ModuleType) -> None:
    def check(leaf: Any, leaf_bar: Any) -> None:
        if not is_active(leaf):
            assert leaf_bar is None
            return
        assert np.shape(leaf_bar) == np.shape(leaf)
        assert np.asarray(leaf_bar).dtype == np.asarray(leaf).dtype
        if isinstance(leaf, np.ndarray):
            assert isinstance(leaf_bar, np.ndarray)

    args = arguments(module)
    gradient = as_tuple(module, grad(module.PRIMAL, wrt=module.WRT)(*args))
    assert len(gradient) == len(positions(module))
    for position, argument_bar in zip(positions(module), gradient, strict=True):
        map_tree(check, args[position], argument_bar)
