"""Random numbers drawn on the way: passive, each of them once, in their order."""

# Programs as users write them.
# ruff: noqa: NPY002

import math

import numpy as np

from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import V, X

case = Cases()


@case(V, X)
def several_draws_in_one_expression(v, x):
    generator = np.random.default_rng(4)
    total = 0.0
    for _ in range(2):
        noise = np.sin(v * generator.normal() + x)
        noise = noise * np.cos(v * generator.random() + generator.normal(size=v.shape))
        total += np.sum(noise) * generator.uniform(0.5, 1.5)
    return total


@case(V, X)
def draws_of_the_module(v, x):
    np.random.seed(5)
    noise = np.random.randn(3, len(v)) * x
    chosen = np.random.RandomState(3).randint(0, 5, size=2)
    drawn = np.sum(np.sin(v * np.random.rand(5) + noise) * np.random.rand(5))
    return drawn * np.sum(v[chosen])


@case(V, X)
def steps_of_chance(v, x):
    generator = np.random.default_rng(4)
    total = 0.0
    for k in generator.permutation(len(v)):
        drawn = generator.normal()
        if generator.random() < 0.6:
            total += math.tanh(v[generator.integers(0, len(v))] * x + 0.1 * drawn)
        else:
            total -= v[k] ** 2 * drawn + v[generator.choice(5)]
    pay = np.maximum(np.exp(x * generator.standard_normal(20)) - 1.0, 0.0)
    return total * np.exp(-x) * pay.mean()


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)
