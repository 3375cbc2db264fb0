"""Decompositions of complex matrices, whose vectors have arbitrary phases."""

from typing import Any

import numpy as np
import pytest

from sourcediff import grad
from sourcediff.checking.differences import difference
from sourcediff.rules import lookup
from sourcediff.rules.apply import pullback


def complex_matrix(*shape: int, seed: int = 11) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape) + 1j * rng.normal(size=shape)


def hermitian(a: np.ndarray) -> np.ndarray:
    return a + a.conj().T


WEIGHTS = complex_matrix(4, 4, seed=12)


def projector_of_eigh(a: np.ndarray) -> float:
    """A function of the first eigenvector that does not depend on its phase."""
    v = np.linalg.eigh(a)[1][:, 0]
    return float(np.real(v.conj() @ WEIGHTS @ v))


def rank_one_of_svd(a: np.ndarray) -> float:
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    weights = WEIGHTS[: len(a), : a.shape[1]]
    return float(np.real(np.sum(np.outer(u[:, 0], vh[0]) * weights)))


def test_eigh_of_a_complex_matrix() -> None:
    a = hermitian(complex_matrix(4, 4))
    w, v = np.linalg.eigh(a)
    first = v[:, 0]
    v_bar = np.zeros_like(v)
    v_bar[:, 0] = (WEIGHTS + WEIGHTS.conj().T) @ first
    (a_bar,) = pullback(lookup(np.linalg.eigh), (w, v), (a,), {}, (0 * w, v_bar))
    direction = complex_matrix(4, 4, seed=13)
    slope = difference(lambda t: projector_of_eigh(a + t * direction))
    assert np.real(np.vdot(a_bar, direction)) == pytest.approx(slope, rel=1e-7)


@pytest.mark.parametrize("shape", [(3, 4), (4, 3), (3, 3)])
def test_svd_of_a_complex_matrix(shape: tuple[int, int]) -> None:
    a = complex_matrix(*shape)
    u, s, vh = np.linalg.svd(a, full_matrices=False)
    weights = WEIGHTS[: shape[0], : shape[1]]
    u_bar, vh_bar = np.zeros_like(u), np.zeros_like(vh)
    u_bar[:, 0] = np.conj(weights @ vh[0])
    vh_bar[0] = np.conj(u[:, 0] @ weights)
    (a_bar,) = pullback(
        lookup(np.linalg.svd), (u, s, vh), (a, False), {}, (u_bar, 0 * s, vh_bar)
    )
    direction = complex_matrix(*shape, seed=13)
    slope = difference(lambda t: rank_one_of_svd(a + t * direction))
    assert np.real(np.vdot(a_bar, direction)) == pytest.approx(slope, rel=1e-7)


@pytest.mark.parametrize("function", [np.linalg.eigh, np.linalg.svd])
def test_a_seed_that_depends_on_phases_is_refused(function: Any) -> None:
    a = hermitian(complex_matrix(4, 4))
    y = function(a)
    seed = [WEIGHTS if np.ndim(part) == 2 else 0 * part for part in y]
    with pytest.raises(np.linalg.LinAlgError, match="phases"):
        pullback(lookup(function), tuple(y), (a,), {}, tuple(seed))


def test_the_vectors_of_a_null_space_have_no_derivative() -> None:
    a = np.random.default_rng(3).normal(size=(4, 2))
    y = tuple(np.linalg.svd(a))
    seed = (np.ones((4, 4)), 0 * y[1], 0 * y[2])
    with pytest.raises(np.linalg.LinAlgError, match="null space"):
        pullback(lookup(np.linalg.svd), y, (a,), {}, seed)


def test_equal_eigenvalues_leave_the_eigenvalues_their_derivative() -> None:
    a = np.diag([2.0, 2.0, 5.0])
    w, v = np.linalg.eigh(a)
    seed = (np.array([0.7, 0.7, -1.3]), np.zeros_like(v))
    (a_bar,) = pullback(lookup(np.linalg.eigh), (w, v), (a,), {}, seed)
    np.testing.assert_allclose(a_bar, np.diag([0.7, 0.7, -1.3]))


@pytest.mark.parametrize("fallback", ["error", "always"])
@pytest.mark.parametrize("function", [np.linalg.eigh, np.linalg.svd])
def test_vectors_of_equal_values_have_no_derivative(
    function: Any, fallback: Any
) -> None:
    def first_vectors(a: Any) -> Any:
        parts = function(a)
        return np.sum(parts[0][0] * WEIGHTS.real[0, :3])

    def first_vectors_of_eigh(a: Any) -> Any:
        v = np.linalg.eigh(a)[1]
        return np.sum(v * WEIGHTS.real[:3, :3])

    chosen = first_vectors_of_eigh if function is np.linalg.eigh else first_vectors
    with pytest.raises(np.linalg.LinAlgError, match="equal"):
        grad(chosen, fallback=fallback)(np.diag([2.0, 2.0, 5.0]))


@pytest.mark.parametrize("fallback", ["error", "always"])
def test_a_function_of_a_matrix_is_refused_at_equal_eigenvalues(fallback: Any) -> None:
    """Zero over zero: what the vectors give is not known from their cotangents."""

    def squared(a: Any) -> Any:
        w, v = np.linalg.eigh(a)
        return np.sum((v * w**2) @ v.T * WEIGHTS.real[:3, :3])

    a = np.diag([2.0, 5.0, 9.0])
    expected = grad(lambda a: np.sum(a @ a * WEIGHTS.real[:3, :3]))(a)
    lower = np.tril(expected) + np.triu(expected, 1).T
    gradient = grad(squared, fallback=fallback)
    np.testing.assert_allclose(gradient(a), lower, atol=1e-10)
    with pytest.raises(np.linalg.LinAlgError, match="equal"):
        gradient(np.diag([2.0, 2.0, 9.0]))
