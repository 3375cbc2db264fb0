"""Matrix formulas that the rules of linear algebra share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def adjoint(a: Any) -> Any:
    """The conjugate transpose of each matrix in a stack.

    >>> adjoint(np.array([[1 + 2j, 3], [4, 5]]))
    array([[1.-2.j, 4.-0.j],
           [3.-0.j, 5.-0.j]])
    """
    return np.swapaxes(np.conj(a), -1, -2)


def read_lower(a_bar: Any) -> Any:
    """Fold the gradient of a Hermitian matrix onto the lower triangle.

    For functions that take the upper triangle as the conjugate of the lower.

    >>> read_lower(np.array([[1.0, 2.0], [4.0, 8.0]]))
    array([[1., 0.],
           [6., 8.]])
    """
    n = np.shape(a_bar)[-1]
    diagonal = np.eye(n, dtype=bool)
    return np.where(diagonal, np.real(a_bar), np.tril(a_bar + adjoint(a_bar), -1))


def mirror_lower(a: Any) -> Any:
    """The Hermitian matrix that the lower triangle of `a` stands for.

    >>> mirror_lower(np.array([[1.0, 2.0], [4.0, 8.0]]))
    array([[1., 4.],
           [4., 8.]])
    """
    strict = np.tril(a, -1)
    diagonal = np.eye(np.shape(a)[-1], dtype=bool)
    return np.where(diagonal, np.real(a), strict + adjoint(strict))


def half_lower(a: Any) -> Any:
    """The lower triangle of `a`, the diagonal halved.

    >>> half_lower(np.array([[1.0, 2.0], [4.0, 8.0]]))
    array([[0.5, 0. ],
           [4. , 4. ]])
    """
    return np.tril(a, -1) + np.tril(np.triu(a)) / 2


def cholesky_bar(l_bar: Any, l: Any) -> Any:  # noqa: E741
    """The cotangent of a matrix from that of its lower Cholesky factor.

    Murray 2016, "Differentiation of the Cholesky decomposition".

    >>> cholesky_bar(np.array([[3.0]]), np.array([[2.0]]))
    array([[0.75]])
    """
    inner = half_lower(adjoint(l) @ np.tril(l_bar))
    inner = (inner + adjoint(inner)) / 2
    half = np.linalg.solve(adjoint(l), inner)
    return read_lower(adjoint(np.linalg.solve(adjoint(l), adjoint(half))))


def cholesky_dot(a_dot: Any, l: Any) -> Any:  # noqa: E741
    """The tangent of the lower Cholesky factor.

    >>> cholesky_dot(np.array([[3.0]]), np.array([[2.0]]))
    array([[0.75]])
    """
    left = np.linalg.solve(l, mirror_lower(a_dot))
    return l @ half_lower(adjoint(np.linalg.solve(l, adjoint(left))))


def pinv_bar(p_bar: Any, p: Any, a: Any) -> Any:
    """The cotangent of a matrix from that of its pseudo-inverse, the rank unchanged.

    >>> pinv_bar(np.array([[1.0]]), np.array([[0.5]]), np.array([[2.0]]))
    array([[-0.25]])
    """
    ph, back = adjoint(p), adjoint(p_bar)
    a_bar = -ph @ p_bar @ ph
    a_bar = a_bar + (back - a @ (p @ back)) @ p @ ph
    return a_bar + ph @ p @ (back - (back @ p) @ a)


def pinv_dot(a_dot: Any, p: Any, a: Any) -> Any:
    """The tangent of the pseudo-inverse of a matrix, the rank unchanged.

    >>> pinv_dot(np.array([[1.0]]), np.array([[0.5]]), np.array([[2.0]]))
    array([[-0.25]])
    """
    ph, across = adjoint(p), adjoint(a_dot)
    p_dot = -p @ a_dot @ p
    p_dot = p_dot + p @ ph @ (across - (across @ a) @ p)
    return p_dot + (across - p @ (a @ across)) @ ph @ p


def lstsq_bars(y_bar: Any, y: Any, a: Any, b: Any) -> tuple[Any, Any]:
    """The cotangents of `np.linalg.lstsq(a, b)`, of all its results.

    >>> a, b = np.array([[2.0]]), np.array([6.0])
    >>> y = np.linalg.lstsq(a, b, rcond=None)
    >>> lstsq_bars((np.ones(1), None, None, None), y, a, b)
    (array([[-1.5]]), array([0.5]))
    """
    x_bar, residuals_bar, _, s_bar = y_bar
    columns = b[:, None] if np.ndim(b) == 1 else b
    x = y[0][:, None] if np.ndim(b) == 1 else y[0]
    rest = columns - a @ x
    a_bar, columns_bar = np.zeros_like(a), np.zeros_like(columns)
    if x_bar is not None:
        p = np.linalg.pinv(a)
        ph, x_bar = adjoint(p), np.reshape(x_bar, np.shape(x))
        columns_bar = ph @ x_bar
        a_bar = -columns_bar @ adjoint(x) + rest @ adjoint(columns_bar) @ ph
        null = adjoint(x_bar) - (adjoint(x_bar) @ p) @ a
        a_bar = a_bar + ph @ x @ null
    if residuals_bar is not None and np.size(residuals_bar):
        rest_bar = 2 * rest * np.real(residuals_bar)  # SciPy 1.18 has complex numbers
        columns_bar = columns_bar + rest_bar
        a_bar = a_bar - rest_bar @ adjoint(x)
    if s_bar is not None:
        u, _, vh = np.linalg.svd(a, full_matrices=False)
        a_bar = a_bar + (u * s_bar) @ vh
    return a_bar, np.reshape(columns_bar, np.shape(b))


def lstsq_dot(
    a_dot: Any, b_dot: Any, y: Any, a: Any, b: Any
) -> tuple[Any, Any, Any, Any]:
    """The tangents of the results of `np.linalg.lstsq(a, b)`; None for the rank.

    >>> a, b = np.array([[2.0]]), np.array([6.0])
    >>> y = np.linalg.lstsq(a, b, rcond=None)
    >>> lstsq_dot(np.array([[1.0]]), np.array([0.0]), y, a, b)[0]
    array([-1.5])
    """
    columns = b[:, None] if np.ndim(b) == 1 else b
    x = y[0][:, None] if np.ndim(b) == 1 else y[0]
    p, rest = np.linalg.pinv(a), columns - a @ x
    forced = np.reshape(b_dot, np.shape(columns)) - a_dot @ x
    x_dot = p @ forced + p @ (adjoint(p) @ (adjoint(a_dot) @ rest))
    turned = adjoint(a_dot) @ (adjoint(p) @ x)
    x_dot = x_dot + turned - p @ (a @ turned)
    residuals_dot = np.real(np.sum(2 * np.conj(rest) * forced, axis=0))
    u, _, vh = np.linalg.svd(a, full_matrices=False)
    s_dot = np.real(np.diagonal(adjoint(u) @ a_dot @ adjoint(vh)))
    if not np.size(y[1]):
        residuals_dot = y[1]
    return np.reshape(x_dot, np.shape(y[0])), residuals_dot, None, s_dot


def matrix_power_bar(y_bar: Any, a: Any, n: int) -> Any:
    """The cotangent of `a` from that of `np.linalg.matrix_power(a, n)`.

    >>> matrix_power_bar(np.array([[1.0]]), np.array([[3.0]]), 2)
    array([[6.]])
    """
    if n < 0:
        inverse = np.linalg.inv(a)
        bar = matrix_power_bar(y_bar, inverse, -n)
        return -adjoint(inverse) @ bar @ adjoint(inverse)
    ah, a_bar = adjoint(a), np.zeros_like(a)
    left = y_bar
    for k in range(n):  # (a^k)^H y_bar (a^(n-1-k))^H
        a_bar = a_bar + left @ np.linalg.matrix_power(ah, n - 1 - k)
        left = ah @ left
    return a_bar


def matrix_power_dot(a_dot: Any, a: Any, n: int) -> Any:
    """The tangent of `np.linalg.matrix_power(a, n)`.

    >>> matrix_power_dot(np.array([[1.0]]), np.array([[3.0]]), 2)
    array([[6.]])
    """
    if n < 0:
        inverse = np.linalg.inv(a)
        return matrix_power_dot(-inverse @ a_dot @ inverse, inverse, -n)
    power, power_dot = np.linalg.matrix_power(a, 0), np.zeros_like(a_dot)
    for _ in range(n):
        power, power_dot = power @ a, power_dot @ a + power @ a_dot
    return power_dot


def multi_dot_bars(y_bar: Any, arrays: Sequence[Any]) -> list[Any]:
    """The cotangents of the factors of `np.linalg.multi_dot(arrays)`.

    >>> multi_dot_bars(1.0, [np.array([1.0, 2.0]), np.array([3.0, 4.0])])
    [array([3., 4.]), array([1., 2.])]
    """
    factors = [adjoint(np.atleast_2d(array)) for array in arrays]
    if np.ndim(arrays[-1]) == 1:
        factors[-1] = np.conj(arrays[-1])[None, :]
    bar = np.reshape(y_bar, (np.shape(factors[0])[1], np.shape(factors[-1])[0]))
    bars = []
    for k, array in enumerate(arrays):
        product = bar
        for factor in factors[:k]:
            product = factor @ product
        for factor in reversed(factors[k + 1 :]):
            product = product @ factor
        bars.append(np.reshape(product, np.shape(array)))
    return bars


def multi_dot_dot(dots: Sequence[Any], arrays: Sequence[Any]) -> Any:
    """The tangent of `np.linalg.multi_dot(arrays)`: one factor varied at a time.

    >>> a = np.eye(2)
    >>> multi_dot_dot([a, 2 * a], [a, a])
    array([[3., 0.],
           [0., 3.]])
    """
    return sum(
        np.linalg.multi_dot([*arrays[:k], dots[k], *arrays[k + 1 :]])
        for k in range(len(arrays))
    )
