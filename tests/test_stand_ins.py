"""Objects of SciPy that are made of active values: sparse, splines, distributions."""

import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import interpolate, sparse, stats
from scipy.interpolate import CubicSpline
from scipy.sparse import csr_matrix
from scipy.sparse import linalg as solvers

from sourcediff import check_grads, grad, hvp, value_and_grad
from sourcediff.errors import SourcediffError

RNG = np.random.default_rng(11)
D = RNG.uniform(0.6, 2.3, 5)
X = RNG.normal(size=4)
WIDE = RNG.normal(size=(4, 2))
ROWS = np.array([0, 2, 1, 0, 3])
COLUMNS = np.array([0, 2, 3, 1, 1])
STARTS = np.array([0, 2, 3, 5])
KNOTS = np.array([0.0, 0.7, 1.1, 2.3, 2.9])
HEIGHTS = RNG.normal(size=5)
PLACES = np.array([-0.3, 0.2, 0.9, 1.7, 2.5, 3.1])
FACTORS = solvers.splu(
    sparse.diags([-1.0, 2.5, -0.7], [-1, 0, 1], shape=(5, 5), format="csc")
)


def compressed(d: Any, x: Any) -> Any:
    a = csr_matrix((d, ROWS % 4, STARTS), shape=(3, 4))
    return np.sum((a @ x) ** 2) + np.sum((a.T @ (a * x)) ** 3)


def by_columns(d: Any, x: Any) -> Any:
    a = sparse.csc_array((d, ROWS % 4, STARTS), shape=(4, 3))
    return np.sum((x.T @ a) ** 2)


def repeated_places(d: Any, x: Any) -> Any:
    a = sparse.coo_array((d, (ROWS % 3, COLUMNS % 2)))
    return np.sum(a.toarray() ** 2) + np.sum((x[:3] @ a) ** 2) + a.sum()


def diffusion(k: Any, b: Any) -> Any:
    a = sparse.diags([-k[:-1], 2.0 * k + 1, -k[1:]], [-1, 0, 1], format="csc")
    return np.sum(solvers.spsolve(a, b) ** 2)


def factored(k: Any, b: Any) -> Any:
    lu = solvers.splu(sparse.diags([-k[:-1], 3.0 * k, -0.3], [-1, 0, 1]).tocsc())
    for _ in range(3):
        b = lu.solve(b)
    return np.sum(b**3)


def assembled(k: Any, u: Any) -> Any:
    n = len(u)
    first = np.arange(n - 1)
    data = np.concatenate([k, k, -k, -k])
    rows = np.concatenate([first, first + 1, first, first + 1])
    columns = np.concatenate([first, first + 1, first + 1, first])
    a = sparse.coo_matrix((data, (rows, columns)), shape=(n, n)).tocsr()
    return u @ ((a + sparse.eye(n)) * u)


def arithmetic(k: Any, u: Any) -> Any:
    a = sparse.csr_array(np.outer(k, k))
    b = a * 2.0 + a.multiply(u) - sparse.eye(len(u))
    return np.sum(b @ u) + np.sum(a.sum(axis=0) ** 2) + np.sum(a.diagonal() * u)


def constant_systems(b: Any) -> Any:
    a = sparse.diags([-1.0, 2.5, -1.0], [-1, 0, 1], shape=(5, 5), format="csc")
    u = solvers.spsolve(a, b)
    v = solvers.splu(a).solve(b * u)
    return np.sum(u**2) + np.sum(v**2)


def with_given_factors(b: Any) -> Any:
    return np.sum(FACTORS.solve(b) ** 3)


def spline(y: Any, q: Any) -> Any:
    return np.sum(CubicSpline(KNOTS, y)(q) ** 2)


def natural_spline_slopes(y: Any, q: Any) -> Any:
    s = interpolate.CubicSpline(KNOTS, y, bc_type="natural")
    return np.sum(s(q, 1) ** 2) + s(0.35)


def ends_with_slopes(y: Any, q: Any) -> Any:
    s = CubicSpline(KNOTS, y, bc_type=((1, 0.7), (2, 0.2)))
    return np.sum(s(q) ** 2)


def periodic_spline(y: Any, q: Any) -> Any:
    closed = np.concatenate([y[:4], y[:1]])
    return np.sum(CubicSpline(KNOTS, closed, bc_type="periodic")(q) ** 2)


def spline_of_columns(y: Any, q: Any) -> Any:
    s = CubicSpline(KNOTS, np.stack([y, y**2]), axis=1, bc_type="clamped")
    return np.sum(s(q[1:3]) * np.array([[1.0, 0.3], [-0.4, 0.2]]))


def few_knots(y: Any, q: Any) -> Any:
    line, parabola = CubicSpline(KNOTS[:2], y[:2]), CubicSpline(KNOTS[:3], y[:3])
    return np.sum(line(q) * parabola(q))


def frozen(x: Any, s: Any) -> Any:
    d = stats.gamma(2.3, scale=s)
    return np.sum(stats.norm(0.2, s).logpdf(x)) + np.sum(d.logpdf(x**2))


def frozen_with_arrays(x: Any, s: Any) -> Any:
    return np.sum(stats.norm(loc=x, scale=s).logsf(x * s))


def frozen_vectors(x: Any, s: Any) -> Any:
    return stats.multivariate_normal(x * s, np.eye(4) * s).logpdf(x)


def frozen_simplex(x: Any, s: Any) -> Any:
    return stats.dirichlet(np.exp(x) * s).logpdf(x[:-1] ** 2 / np.sum(x**2))


def frozen_in_a_loop(x: Any, s: Any) -> Any:
    total = stats.poisson(s).logpmf(3)
    for k in range(3):
        total = total + stats.norm(x[k], s).logpdf(0.3)
    return total


def frozen_constant(x: Any, s: Any) -> Any:
    d = stats.norm(0.1, 2.0)
    return np.sum(d.logpdf(x * s))


TWO = [
    (compressed, (D, X)),
    (compressed, (D, WIDE)),
    (by_columns, (D, X)),
    (by_columns, (D, WIDE)),
    (repeated_places, (D, X)),
    (diffusion, (D, D[::-1] + 1)),
    (factored, (D, D[::-1] + 1)),
    (assembled, (D[:4], D)),
    (arithmetic, (D[:3], X[:3])),
    (constant_systems, (D,)),
    (with_given_factors, (D,)),
    (frozen, (X, 1.3)),
    (frozen_with_arrays, (X, 1.3)),
    (frozen_vectors, (X, 1.3)),
    (frozen_simplex, (X, 1.3)),
    (frozen_in_a_loop, (X, 1.3)),
    (frozen_constant, (X, 1.3)),
]
OF_SPLINES = [
    spline,
    natural_spline_slopes,
    ends_with_slopes,
    periodic_spline,
    spline_of_columns,
    few_knots,
]
PROGRAMS = TWO + [(f, (HEIGHTS, PLACES)) for f in OF_SPLINES]
each_program = pytest.mark.parametrize(
    ("program", "args"), PROGRAMS, ids=lambda value: getattr(value, "__name__", "")
)


@each_program
def test_a_program_compiles_and_is_right(
    program: Callable[..., Any], args: tuple[Any, ...]
) -> None:
    wrt = tuple(range(len(args)))
    value, _ = value_and_grad(program, wrt=wrt, fallback="error")(*args)
    np.testing.assert_allclose(value, program(*args), rtol=1e-12)
    check_grads(program, args, wrt=wrt)


@each_program
def test_the_tape_agrees(program: Callable[..., Any], args: tuple[Any, ...]) -> None:
    wrt = tuple(range(len(args)))
    taped = grad(program, wrt=wrt, fallback="always")(*args)
    for bar, expected in zip(taped, grad(program, wrt=wrt)(*args), strict=True):
        np.testing.assert_allclose(bar, expected, rtol=1e-9, atol=1e-12)


@each_program
def test_a_program_is_differentiated_twice(
    program: Callable[..., Any], args: tuple[Any, ...]
) -> None:
    check_grads(program, args, wrt=tuple(range(len(args))), order=2)


@each_program
def test_products_with_hessians_are_symmetric(
    program: Callable[..., Any], args: tuple[Any, ...]
) -> None:
    rng = np.random.default_rng(3)
    u, v = (tuple(rng.normal(size=np.shape(a)) for a in args) for _ in range(2))
    sides = [
        sum(np.vdot(a, b) for a, b in zip(left, hvp(program, args, right), strict=True))
        for left, right in ((u, v), (v, u))
    ]
    np.testing.assert_allclose(*sides, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    ("program", "args"), [(spline, (HEIGHTS, PLACES)), (diffusion, (D, D + 1))]
)
def test_an_exported_module_needs_scipy_and_numpy(
    program: Callable[..., Any],
    args: tuple[Any, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "exported.py"
    gradient = grad(program)
    gradient.to_file(file, *args)
    assert "sourcediff import" not in file.read_text()
    specification = spec_from_file_location("exported_stand_in", file)
    assert specification is not None
    assert specification.loader is not None
    module = module_from_spec(specification)
    monkeypatch.setitem(sys.modules, "exported_stand_in", module)
    specification.loader.exec_module(module)
    found = getattr(module, f"{program.__name__}_grad")(*args)
    np.testing.assert_allclose(found, gradient(*args), rtol=1e-12)


def moving_knots(x: Any) -> Any:
    return CubicSpline(x, HEIGHTS)(1.3)


def pchip(y: Any) -> Any:
    return interpolate.PchipInterpolator(KNOTS, y)(1.3)


def entropy(x: Any) -> Any:
    return stats.norm(x[0], 2.0).entropy()


@pytest.mark.parametrize("program", [pchip, entropy, moving_knots])
def test_what_has_no_derivative_is_refused(program: Callable[..., Any]) -> None:
    for fallback in ("error", "tape"):
        with pytest.raises(SourcediffError):
            grad(program, fallback=fallback)(KNOTS)


def test_constants_stay_scipys() -> None:
    def noisy(x: Any) -> Any:
        d = stats.norm(0.0, 1.0)
        return np.sum(x * d.rvs(4, random_state=1)) * d.std() + d.mean()

    grad(noisy, fallback="error")(X)
    check_grads(noisy, (X,))


@pytest.mark.parametrize("fallback", ["error", "always"])
def test_constant_vectors_stay_scipys(fallback: Any) -> None:
    def weighted(x: Any) -> Any:
        centred = stats.multivariate_normal(np.array([1.0, 0.0, 2.0]))
        shares = stats.dirichlet(np.array([1.0, 2.0, 5.0]))
        return np.sum(x[:3] * (shares.mean() + centred.mean))

    gradient = grad(weighted, fallback=fallback)(X)
    np.testing.assert_allclose(gradient[:3], [1.125, 0.25, 2.625], rtol=1e-12)
