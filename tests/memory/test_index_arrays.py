"""Stores at places that arrays of integers say: sparse rows, elements of a mesh."""

import numpy as np

from sourcediff import grad, hvp
from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import V

case = Cases()

STARTS = np.array([0, 2, 3, 3, 5])
PLACES = np.array([3, 0, 3, 1, 2])
MESH = np.array([[0, 3], [2, 1], [3, 2]])


@case(V, PLACES)
def scattered(v, places):
    out = np.zeros(4)
    for i in range(len(places)):
        out[places[i]] += v[i] ** 2
    return np.sum(out**2)


@case(V, STARTS)
def rows_of_any_length(v, starts):
    out = v * 1.5
    for i in range(starts.size - 1):
        out[starts[i] : starts[i + 1]] *= v[i]
    return np.sum(out**2)


@case(V, STARTS, PLACES)
def sparse_rows(v, starts, places):
    y = np.zeros(starts.size - 1)
    for i in range(starts.size - 1):
        row = places[starts[i] : starts[i + 1]]
        y[i] = np.sum(v[row] * v[starts[i] : starts[i + 1]])
    return np.sum(y**2)


@case(V, MESH)
def assembled(v, mesh):
    k = np.zeros((4, 4))
    for e in range(len(mesh)):
        for i in range(2):
            for j in range(2):
                k[mesh[e, i], mesh[e, j]] += v[e] ** 2 * (i - 0.3 * j)
    return np.sum(k**2)


@case(V, PLACES)
def places_of_places(v, places):
    a = v * 2.0
    for i in range(3):
        a[places[places[i]]] *= v[i]
    return np.sum(a**3)


@case(V, PLACES)
def places_that_change(v, places):
    a = v * 2.0
    for i in range(3):
        a[places[i]] *= v[i]
        places[i + 1] = i
        a[places[i + 1] : places[i] + 2] += v[1]
    return np.sum(a**3)


@case(V, PLACES)
def places_under_another_name(v, places):
    a = v * 2.0
    other = places
    for i in range(3):
        a[places[i]] *= v[i]
        other[i] = 1
        a[places[i]] *= v[i] + 1
    return np.sum(a**3)


@case(V, MESH)
def rows_that_are_views(v, mesh):
    a = v * 2.0
    for i in range(3):
        row = mesh[i]
        a[mesh[i, 0]] *= v[i]
        row[0] = 1
        a[mesh[i, 0]] += v[i]
    return np.sum(a**3)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)


def test_places_that_stay_are_not_kept() -> None:
    source = grad(scattered).source_for(np.array(V), PLACES)
    assert "out[places[i]] += v[i] ** 2" in source
    assert "saved" not in source


def test_products_with_the_hessian_of_sparse_rows() -> None:
    rng = np.random.default_rng(11)
    v, v_dot = np.array(V), rng.standard_normal(5)
    step = 1e-6 * v_dot
    ahead, behind = (grad(sparse_rows)(v + s, STARTS, PLACES) for s in (step, -step))
    found, *_ = hvp(sparse_rows, (v, STARTS, PLACES), (v_dot, None, None))
    np.testing.assert_allclose(found, (ahead - behind) / 2e-6, rtol=1e-6, atol=1e-7)
