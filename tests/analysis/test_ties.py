"""Results have the sizes that probing says, for all sizes that a function takes."""

import itertools
import warnings

import numpy as np
import pytest

from sourcediff.analysis.probing import probe
from sourcediff.kinds import Array, Sequence, Size, Static, Unknown
from tests.analysis.instrument import conforms

FLOAT, INT = np.dtype(float), np.dtype(int)
SIZES = (1, 2, 3, 4, 5, 8, 9)

CALLS = {
    "where": (np.where, "n m k"),
    "where_three": (np.where, "n m 3"),
    "solve_vector": (np.linalg.solve, "nm k"),
    "solve_of_three": (np.linalg.solve, "33 n"),
    "tensorsolve": (np.linalg.tensorsolve, "n3m n"),
    "inner": (np.inner, "nm k"),
    "interp": (np.interp, "2 n m"),
    "cross": (np.cross, "n3 k3"),
    "cross_of_any": (np.cross, "n m"),
    "cholesky": (np.linalg.cholesky, "nm"),
    "correlation": (np.cov, "n m"),
    "insert": (lambda a, v: np.insert(a, [0, 2, 1], v), "n m"),
    "trapezoid": (np.trapezoid, "n m"),
    "choices": (lambda x, y: np.select([x > 0.5], [y], 0.0), "n m"),
}


def arguments(letters, dims, make):
    return [
        make(tuple(int(c) if c.isdigit() else dims[c] for c in word))
        for word in letters.split()
    ]


@pytest.mark.parametrize("least", [0, 4])
@pytest.mark.parametrize("name", CALLS)
def test_results_have_the_sizes_that_are_said(name, least):
    function, letters = CALLS[name]
    free = sorted({c for c in letters if c.isalpha()})
    kinds = arguments(
        letters, {c: Size(c, 0, least) for c in free}, lambda d: Array(FLOAT, d)
    )
    kind = probe(function, tuple(kinds), {})
    assert_conform(function, kind, letters, free, [s for s in SIZES if s >= least])


def assert_conform(function, kind, letters, free, sizes):
    rng = np.random.default_rng(7)
    ran = 0
    for chosen in itertools.product(sizes, repeat=len(free)):
        assigned = dict(zip(free, chosen, strict=True))
        values = arguments(letters, assigned, lambda d: rng.uniform(0.5, 2.0, d))
        if values[0].ndim == 2 and len(set(values[0].shape)) == 1:
            values[0] = values[0] @ values[0].T + np.eye(len(values[0]))
        try:
            with warnings.catch_warnings(action="ignore"):
                result = function(*values)
        except (ValueError, IndexError, np.linalg.LinAlgError):
            continue
        ran += 1
        assert isinstance(kind, Unknown) or conforms(result, kind, assigned), assigned
    assert ran or isinstance(kind, Unknown)


@pytest.mark.parametrize(
    ("function", "arguments", "dims"),
    [
        (np.linalg.solve, ("nm", "k"), "n"),
        (np.concatenate, (["nm", "k6"],), None),
        (np.where, ("n", "m", "k"), "n"),
        (np.einsum, (Static("ij,jk->ik"), "nm", "kl"), "nl"),
    ],
)
def test_sizes_that_must_be_equal_are_told(function, arguments, dims):
    def kind(word):
        if isinstance(word, list):
            return Sequence(list, tuple(map(kind, word)))
        if not isinstance(word, str):
            return word
        return Array(FLOAT, tuple(int(c) if c.isdigit() else Size(c) for c in word))

    found = probe(function, tuple(map(kind, arguments)), {})
    if dims is not None:
        assert found.dims == tuple(map(Size, dims))
    else:
        assert found.dims == (None, 6)
