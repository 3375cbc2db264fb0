"""Complex numbers as real blocks, and arrays of every precision and layout."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sourcediff import grad, jvp, vjp
from sourcediff.errors import SourcediffError


def holomorphic(z: Any) -> Any:
    return np.exp(z) * z**2 / (1.0 + z)


def mixed(z: Any) -> Any:
    return np.conj(z) * np.abs(z) + 1j * np.real(z) ** 2


def spectral(z: Any) -> Any:
    return np.fft.ifft(np.fft.fft(z) * np.arange(1.0, 4.0))


def solved(z: Any) -> Any:
    return np.linalg.solve(np.outer(z, np.conj(z)) + 2.0 * np.eye(3), z)


def angular(z: Any) -> Any:
    return np.angle(z) + 1j * np.imag(z * z)


COMPLEX = [holomorphic, mixed, spectral, solved, angular]
Z = np.array([0.7 - 1.1j, -0.4 + 0.8j, 1.3 + 0.6j])


def real_block(function: Callable[[Any], Any], z: Any, step: float = 1e-5) -> Any:
    """The Jacobian of real and imaginary parts with respect to both, by differences."""

    def parts(x: Any) -> Any:
        y = function(x[: len(z)] + 1j * x[len(z) :])
        return np.concatenate([np.real(y), np.imag(y)])

    x = np.concatenate([z.real, z.imag])
    return np.stack(
        [(parts(x + h) - parts(x - h)) / (2 * step) for h in step * np.eye(len(x))],
        axis=1,
    )


def as_real(z: Any) -> Any:
    return np.concatenate([np.real(z), np.imag(z)])


@pytest.mark.parametrize("function", COMPLEX)
def test_both_modes_are_the_real_block(function: Callable[[Any], Any]) -> None:
    rng = np.random.default_rng(5)
    block = real_block(function, Z)
    seed, dot = rng.normal(size=(2, 3)) + 1j * rng.normal(size=(2, 3))
    (z_bar,) = vjp(function, Z)[1](seed)
    _, y_dot = jvp(function, (Z,), (dot,))
    np.testing.assert_allclose(as_real(z_bar), block.T @ as_real(seed), rtol=1e-7)
    np.testing.assert_allclose(as_real(y_dot), block @ as_real(dot), rtol=1e-7)


@pytest.mark.parametrize("function", COMPLEX)
@pytest.mark.parametrize("fallback", ["error", "always"])
def test_the_gradient_of_a_real_loss(function: Any, fallback: Any) -> None:
    weights = np.array([1.3, -0.7, 2.1])

    def loss(z: Any) -> Any:
        return np.sum(weights * np.abs(function(z)) ** 2)

    step = 1e-5
    expected = [
        (loss(Z + step * e) - loss(Z - step * e)) / (2 * step)
        + 1j * (loss(Z + 1j * step * e) - loss(Z - 1j * step * e)) / (2 * step)
        for e in np.eye(3)
    ]
    actual = grad(loss, fallback=fallback)(Z)
    np.testing.assert_allclose(actual, expected, rtol=1e-6)


def smooth(x: Any) -> Any:
    y = np.sin(x) * np.exp(-x) + np.mean(x, axis=0)
    return np.sum(np.cumsum(y, axis=-1) ** 2) / np.sqrt(1.0 + np.linalg.norm(x))


def mirrored(x: Any) -> Any:
    return np.sum(np.tanh(x)[..., ::-1] * x.T.T) + np.max(x) * x.size


@pytest.mark.parametrize("fallback", ["error", "always"])
@pytest.mark.parametrize("function", [smooth, mirrored])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_the_precision_stays(function: Any, dtype: Any, fallback: Any) -> None:
    x = np.array([[0.4, -1.1, 0.7], [1.6, 0.3, -0.2]])
    expected = grad(function)(x)
    actual = grad(function, fallback=fallback)(x.astype(dtype))
    assert actual.dtype == dtype
    np.testing.assert_allclose(actual, expected, rtol=1e-4)
    _, y_dot = jvp(function, (x.astype(dtype),), (np.ones_like(x, dtype),))
    assert np.asarray(y_dot).dtype == dtype


def read_only(x: Any) -> Any:
    x = x.copy()
    x.flags.writeable = False
    return x


def spread_out(x: Any) -> Any:
    return np.repeat(np.repeat(x, 2, axis=0), 3, axis=1)[::2, ::3]


@pytest.mark.parametrize("fallback", ["error", "always"])
@pytest.mark.parametrize("function", [smooth, mirrored])
@pytest.mark.parametrize("layout", [np.asfortranarray, read_only, spread_out])
def test_the_layout_does_not_matter(function: Any, layout: Any, fallback: Any) -> None:
    x = np.array([[0.4, -1.1, 0.7], [1.6, 0.3, -0.2]])
    given = layout(x)
    np.testing.assert_allclose(
        grad(function, fallback=fallback)(given), grad(function)(x), rtol=1e-14
    )
    np.testing.assert_array_equal(given, x)


@pytest.mark.parametrize("fallback", ["error", "always"])
def test_numbers_and_arrays_without_axes_or_elements(fallback: Any) -> None:
    def slope(x: Any) -> Any:
        return np.sum(np.sin(x) * x)

    gradient = grad(slope, fallback=fallback)
    expected = np.cos(1.3) * 1.3 + np.sin(1.3)
    assert gradient(1.3) == pytest.approx(expected)
    assert gradient(np.array(1.3)).shape == ()
    assert gradient(np.zeros((0, 3))).shape == (0, 3)


def test_integers_are_refused_as_arguments_and_passive_inside() -> None:
    def scaled(x: Any, n: Any) -> Any:
        return np.sum(x * n)

    n = np.array([2, 3])
    np.testing.assert_array_equal(grad(scaled)(np.ones(2), n), [2.0, 3.0])
    with pytest.raises(SourcediffError, match="int64"):
        grad(scaled, wrt="n")(np.ones(2), n)


def test_a_python_number_does_not_widen_complex64() -> None:
    z = np.array([0.3 + 1j, 0.7 - 2j], np.complex64)

    def loss(z, c):
        return np.sum(np.imag(c * z)) + np.real(np.vdot(z, z) * (1 + 2j))

    for fallback in ("error", "tape"):
        z_bar, c_bar = grad(loss, wrt=(0, 1), fallback=fallback)(z, 1 - 2j)
        assert z_bar.dtype == np.complex64
        assert complex(c_bar) == pytest.approx(np.sum(1j * np.conj(z)))
