"""Programs that use SciPy: compiled, taped, differentiated twice, exported."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import (
    fft,
    integrate,
    interpolate,
    linalg,
    ndimage,
    signal,
    sparse,
    special,
    stats,
)
from scipy.stats import norm

from sourcediff import check_grads, grad, jvp
from sourcediff.errors import LostGradient, SourcediffError
from sourcediff.tensor.fallback import value_and_pullback

RNG = np.random.default_rng(5)
X = RNG.uniform(0.3, 0.9, 5)
M = RNG.normal(size=(4, 4)) + 3 * np.eye(4)
B = RNG.normal(size=4)
W = RNG.normal(size=(4, 4))
K = RNG.normal(size=3)
SPARSE = sparse.csr_array(np.round(RNG.normal(size=(6, 5))))
SPLINE = interpolate.CubicSpline(np.arange(4.0), np.sin(np.arange(4.0)))


def likelihood(x: Any, s: Any) -> Any:
    return np.sum(stats.norm.logpdf(x, 0.2, s)) + np.sum(norm.logcdf(x, loc=s))


def simplex(x: Any, s: Any) -> Any:
    shares = np.exp(x * s)
    shares = shares / np.sum(shares)
    whole = stats.dirichlet.logpdf(shares, x * x * s + 0.3)
    return whole * stats.dirichlet.pdf(shares[:-1], x + s)


def columns_of_simplices(x: Any, s: Any) -> Any:
    shares = np.exp(np.outer(x, x[:3]) * s)
    shares = shares / np.sum(shares, axis=0)
    whole = np.sum(stats.dirichlet.logpdf(shares, x * x * s + 0.3) * x[:3])
    return whole + np.sum(stats.dirichlet.pdf(shares, x + s) * x[:3])


def special_functions(x: Any, s: Any) -> Any:
    return np.sum(special.gammaln(x * s) * special.jv(2, x)) + special.logsumexp(x * s)


def several_results(x: Any, s: Any) -> Any:
    sine, _ = special.sici(x * s)
    return np.sum(sine * x)


def filters(x: Any, s: Any) -> Any:
    y = signal.fftconvolve(x * s, K, mode="same")
    return np.sum(signal.lfilter(K, np.array([1.0, 0.3]), y) ** 2)


def filters_with_states_and_weights(x: Any, s: Any) -> Any:
    later, state = signal.lfilter(K, np.array([1.0, 0.3]), x * s, zi=x[:2])
    weighted = ndimage.correlate1d(x, state * s, mode="wrap")
    return np.sum(weighted * later)


def spectrum(x: Any, s: Any) -> Any:
    return np.sum(np.abs(fft.rfft(x * s)) ** 4)


def image(x: Any, s: Any) -> Any:
    return np.sum(ndimage.gaussian_filter(np.outer(x, x) * s, 1.3, mode="wrap") ** 2)


def integral(x: Any, s: Any) -> Any:
    curved = integrate.simpson(x**2 * s, x=np.cumsum(x * s))
    return curved + integrate.simpson(x, dx=s) + integrate.trapezoid(x * s)


def sparse_product(x: Any, s: Any) -> Any:
    return np.sum((SPARSE @ (x * s)) ** 3)


def spline(x: Any, s: Any) -> Any:
    return np.sum(SPLINE(x * s) ** 2)


def cholesky_solve(a: Any, b: Any) -> Any:
    factor = linalg.cho_factor(a @ a.T)
    return np.sum(linalg.cho_solve(factor, b) ** 2)


def lu_solve(a: Any, b: Any) -> Any:
    lu, piv = linalg.lu_factor(a)
    return np.sum(linalg.lu_solve((lu, piv), b) ** 2)


def triangular(a: Any, b: Any) -> Any:
    lower = linalg.cholesky(a @ a.T, lower=True)
    z = linalg.solve_triangular(lower, b, lower=True)
    return z @ z + np.sum(lower * W)


def matrix_functions(a: Any, b: Any) -> Any:
    return b @ linalg.expm(a / 4) @ b + np.sum(linalg.sqrtm(a @ a.T) * W)


def blocks(a: Any, b: Any) -> Any:
    return np.sum(linalg.block_diag(a, b) ** 3) + linalg.norm(b)


def parts_of_results(a: Any, b: Any) -> Any:
    values, solution = linalg.eig(a)[0], linalg.lstsq(a[:, :2], b)[0]
    _, order = linalg.eigh(a @ a.T, subset_by_index=(1, 2))
    return np.sum(np.abs(values)) + np.sum(solution**2) + np.sum(order**4)


def factors(a: Any, b: Any) -> Any:
    q, r, _ = linalg.qr(np.outer(b, b[:2]) + a[:, :2], pivoting=True)
    lower, upper = linalg.lu(a[:, :3], permute_l=True)
    return np.sum(q[:, :2] * W[:, :2]) + np.sum(r**2) + np.sum(lower @ upper**2)


OF_VECTORS = [
    likelihood,
    simplex,
    columns_of_simplices,
    special_functions,
    several_results,
    filters,
    filters_with_states_and_weights,
    spectrum,
    image,
    integral,
    sparse_product,
    spline,
]
OF_MATRICES = [
    *(cholesky_solve, lu_solve, triangular, matrix_functions, blocks),
    *(parts_of_results, factors),
]
PROGRAMS = [(f, (X, 1.3)) for f in OF_VECTORS] + [(f, (M, B)) for f in OF_MATRICES]
each_program = pytest.mark.parametrize(
    ("program", "args"), PROGRAMS, ids=lambda value: getattr(value, "__name__", "")
)


@each_program
def test_a_program_compiles_and_is_right(
    program: Callable[..., Any], args: tuple[Any, ...]
) -> None:
    grad(program, wrt=(0, 1), fallback="error")(*args)
    check_grads(program, args, wrt=(0, 1))


@each_program
def test_a_program_is_differentiated_twice(
    program: Callable[..., Any], args: tuple[Any, ...]
) -> None:
    check_grads(program, args, order=2)


@pytest.mark.parametrize(
    ("program", "args"),
    [pair for pair in PROGRAMS if pair[0] is not sparse_product],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_tape_agrees(program: Callable[..., Any], args: tuple[Any, ...]) -> None:
    bars, _ = value_and_pullback(program, args)[1](1.0)
    for bar, expected in zip(bars, grad(program, wrt=(0, 1))(*args), strict=True):
        np.testing.assert_allclose(bar, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("program", [special_functions, likelihood, image])
def test_an_exported_module_needs_scipy_and_numpy(
    program: Callable[..., Any], tmp_path: Path
) -> None:
    file = tmp_path / "exported.py"
    gradient = grad(program)
    gradient.to_file(file, X, 1.3)
    text = file.read_text()
    assert "sourcediff import" not in text
    namespace: dict[str, Any] = {"__name__": "exported"}
    exec(compile(text, file, "exec"), namespace)
    found = namespace[f"{program.__name__}_grad"](X, 1.3)
    np.testing.assert_allclose(found, gradient(X, 1.3), rtol=1e-12)


def test_the_tape_refuses_a_sparse_factor() -> None:
    """SciPy makes a plain array of the other factor, which is noticed."""
    with pytest.raises(LostGradient):
        value_and_pullback(sparse_product, (X, 1.3))


def of_shares(x: Any, alpha: Any) -> Any:
    return stats.dirichlet.logpdf(x, alpha)


def density_of_shares(x: Any, alpha: Any) -> Any:
    return stats.dirichlet.pdf(x, alpha)


def test_the_components_of_a_point_of_a_simplex_are_free() -> None:
    """Not to be had by differences: SciPy takes no point beside the simplex."""
    x, alpha = np.array([0.2, 0.3, 0.5]), np.array([1.5, 2.0, 0.7])
    x_bar, alpha_bar = grad(of_shares, wrt=(0, 1))(x, alpha)
    np.testing.assert_allclose(x_bar, (alpha - 1) / x, rtol=1e-12)
    rest = special.digamma(np.sum(alpha)) - special.digamma(alpha)
    np.testing.assert_allclose(alpha_bar, rest + np.log(x), rtol=1e-12)


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("density", [of_shares, density_of_shares])
def test_the_edge_of_a_simplex(density: Callable[..., Any]) -> None:
    """A density of 0 has slopes of 0, as outside of a support; so has a level one."""
    edge = np.array([0.0, 0.5, 0.5])
    for bar in grad(density, wrt=(0, 1))(edge, np.array([1.5, 2.0, 0.7])):
        np.testing.assert_array_equal(bar, 0)
    np.testing.assert_array_equal(grad(density)(edge, np.ones(3)), 0)


def shape_of_gamma(a: Any) -> Any:
    return stats.gamma.cdf(0.7, a)


def entropy(x: Any) -> Any:
    return stats.norm.entropy(0.0, np.sum(x))


def width(x: Any) -> Any:
    return np.sum(ndimage.gaussian_filter(X, np.sum(x)))


def overwriting(x: Any) -> Any:
    return np.sum(linalg.inv(np.outer(x, x) + np.eye(5), overwrite_a=True))


@pytest.mark.parametrize("program", [entropy, width, overwriting])
def test_what_has_no_derivative_is_refused(program: Callable[..., Any]) -> None:
    with pytest.raises((SourcediffError, TypeError)):
        grad(program)(X)
    with pytest.raises(SourcediffError):
        grad(shape_of_gamma)(1.3)


def left_vectors(x: Any) -> Any:
    return np.abs(linalg.eig(np.outer(x, x) + np.eye(5), left=True)[0][0])


def weights_by_any_axes(x: Any) -> Any:
    return np.sum(ndimage.correlate(W, np.outer(x, x), axes=(1, 0)) ** 2)


def shared_out(x: Any) -> Any:
    return np.sum(np.abs(fft.fft(x, workers=2)))


@pytest.mark.parametrize("fallback", ["error", "always"])
@pytest.mark.parametrize(
    ("program", "named"),
    [(left_vectors, "left|indexed"), (shared_out, "workers"), (entropy, "entropy")],
)
def test_a_refusal_names_the_option(program: Any, named: str, fallback: Any) -> None:
    with pytest.raises(SourcediffError, match=named):
        grad(program, fallback=fallback)(X)


def test_weights_along_axes_in_another_order_are_refused() -> None:
    with pytest.raises(TypeError, match=r"axes"):
        grad(weights_by_any_axes)(X)


def scaled_constant(x: Any) -> Any:
    matrix = sparse.eye_array(5) * x[0] + sparse.diags_array(x)
    return np.sum((matrix @ X) ** 2)


def ends(x: Any) -> Any:
    conditions = ((1, x[0]), (2, x[1]))
    return np.sum(interpolate.CubicSpline(np.arange(5.0), x, bc_type=conditions)(X))


@pytest.mark.parametrize("program", [scaled_constant, ends])
def test_what_would_drop_a_derivative_is_refused(program: Callable[..., Any]) -> None:
    for fallback in ("error", "tape", "always"):
        with pytest.raises((SourcediffError, TypeError)):
            grad(program, fallback=fallback)(X)
        with pytest.raises((SourcediffError, TypeError)):
            jvp(program, (X,), (X,), fallback=fallback)


def test_products_of_old_matrices() -> None:
    """Their `*` is that of matrices: in either order, or refused."""
    matrix = sparse.csr_matrix(W)

    def first(x: Any) -> Any:
        return np.sum((matrix * x) ** 2 * x)

    def last(x: Any) -> Any:
        return np.sum((x * matrix) ** 2 * x)

    x, dot, step = W[:, :2] + 0.3, W[1:3].T, 1e-6
    for function, value, along in ((first, x, dot), (last, x.T, dot.T)):
        moved = [function(value + h * along) for h in (-step, step)]
        _, slope = jvp(function, (value,), (along,))
        np.testing.assert_allclose(slope, (moved[1] - moved[0]) / (2 * step), 1e-6)
        with pytest.raises(TypeError, match="write it as `@`"):
            grad(function)(value)


def test_scipy_is_imported_by_its_users_alone() -> None:
    code = (
        "import sys, numpy as np\n"
        "from sourcediff import grad\n"
        "grad(lambda x: np.sum(np.sin(x)))(np.ones(3))\n"
        "assert not [m for m in sys.modules if m.partition('.')[0] == 'scipy']\n"
        "from scipy.special import gamma\n"
        "grad(lambda x: np.sum(gamma(x)))(np.ones(3))\n"
        "assert 'scipy.stats' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
