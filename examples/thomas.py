"""The conductivity of a rod from its temperatures, through a tridiagonal solver.

The Thomas algorithm is two loops that write into arrays. Its gradient is again two
loops: the adjoint of a solver is a solve with the transposed matrix, which the compiler
finds by itself.
"""

import numpy as np

from sourcediff import check_grads, grad


def thomas(lower, diagonal, upper, right):
    """Solve a tridiagonal system, in place on copies."""
    n = len(right)
    d = diagonal.copy()
    x = right.copy()
    for i in range(1, n):
        factor = lower[i - 1] / d[i - 1]
        d[i] -= factor * upper[i - 1]
        x[i] -= factor * x[i - 1]
    x[n - 1] /= d[n - 1]
    for i in range(n - 2, -1, -1):
        x[i] = (x[i] - upper[i] * x[i + 1]) / d[i]
    return x


def temperatures(conductivity, heat):
    """The steady temperatures of a rod between two cold ends."""
    between = conductivity[1:-1]
    return thomas(-between, conductivity[:-1] + conductivity[1:], -between, heat)


def misfit(conductivity, heat, observed):
    """How far the temperatures are from the observed ones."""
    return np.sum((temperatures(conductivity, heat) - observed) ** 2)


def main():
    """Compare with the textbook's adjoint."""
    rng = np.random.default_rng(2)
    heat = rng.uniform(0.5, 1.5, 12)
    conductivity = rng.uniform(0.8, 1.2, 13)
    observed = temperatures(conductivity + 0.1, heat)
    check_grads(misfit, (conductivity, heat, observed), wrt=(0, 1))

    # The textbook's adjoint: solve with the transposed matrix for the residual.
    _, heat_bar, _ = grad(misfit, wrt=(0, 1, 2))(conductivity, heat, observed)
    residual = 2 * (temperatures(conductivity, heat) - observed)
    matrix = (
        np.diag(conductivity[:-1] + conductivity[1:])
        - np.diag(conductivity[1:-1], 1)
        - np.diag(conductivity[1:-1], -1)
    )
    assert np.allclose(heat_bar, np.linalg.solve(matrix.T, residual), rtol=1e-10)
    print("the generated adjoint of the Thomas algorithm is the transposed solve")
    print(grad(thomas_energy).source_for(-np.ones(3), 4 * np.ones(4), np.ones(4)))


def thomas_energy(off, diagonal, right):
    """A number to look at the generated loops."""
    return right @ thomas(off, diagonal, off, right)


if __name__ == "__main__":
    main()
