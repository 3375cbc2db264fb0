"""Orthogonal polynomials in their argument, by those of one degree less: DLMF 18.9."""

from __future__ import annotations

import numpy as np
from scipy import special

from sourcediff.rules.declare import elementwise


@elementwise(special.eval_legendre, wrt=("x",))
def eval_legendre(y, n, x):
    """
    >>> eval_legendre(3, u)
    >>> eval_legendre(0, u)
    >>> eval_legendre(1.3, u)
    """
    return special.eval_gegenbauer(n - 1, 1.5, x)


@elementwise(special.eval_chebyt, wrt=("x",))
def eval_chebyt(y, n, x):
    """
    >>> eval_chebyt(3, u)
    >>> eval_chebyt(0, u)
    >>> eval_chebyt(1.3, u)
    """
    return n * special.eval_chebyu(n - 1, x)


@elementwise(special.eval_chebyu, wrt=("x",))
def eval_chebyu(y, n, x):
    """
    >>> eval_chebyu(3, u)
    >>> eval_chebyu(0, u)
    """
    return 2 * special.eval_gegenbauer(n - 1, 2, x)


@elementwise(special.eval_chebyc, wrt=("x",))
def eval_chebyc(y, n, x):
    """>>> eval_chebyc(3, u)"""
    return n * special.eval_chebyu(n - 1, x / 2)


@elementwise(special.eval_chebys, wrt=("x",))
def eval_chebys(y, n, x):
    """>>> eval_chebys(3, u)"""
    return special.eval_gegenbauer(n - 1, 2, x / 2)


@elementwise(special.eval_sh_legendre, wrt=("x",))
def eval_sh_legendre(y, n, x):
    """>>> eval_sh_legendre(3, p / 3)"""
    return 2 * special.eval_gegenbauer(n - 1, 1.5, 2 * x - 1)


@elementwise(special.eval_sh_chebyt, wrt=("x",))
def eval_sh_chebyt(y, n, x):
    """>>> eval_sh_chebyt(3, p / 3)"""
    return 2 * n * special.eval_chebyu(n - 1, 2 * x - 1)


@elementwise(special.eval_sh_chebyu, wrt=("x",))
def eval_sh_chebyu(y, n, x):
    """>>> eval_sh_chebyu(3, p / 3)"""
    return 4 * special.eval_gegenbauer(n - 1, 2, 2 * x - 1)


@elementwise(special.eval_hermite, wrt=("x",))
def eval_hermite(y, n, x):
    """
    >>> eval_hermite(3, v)
    >>> eval_hermite(0, v)
    """
    return 2 * n * special.eval_hermite(np.maximum(n - 1, 0), x)


@elementwise(special.eval_hermitenorm, wrt=("x",))
def eval_hermitenorm(y, n, x):
    """
    >>> eval_hermitenorm(3, v)
    >>> eval_hermitenorm(0, v)
    """
    return n * special.eval_hermitenorm(np.maximum(n - 1, 0), x)


@elementwise(special.eval_laguerre, wrt=("x",))
def eval_laguerre(y, n, x):
    """
    >>> eval_laguerre(3, v)
    >>> eval_laguerre(0, v)
    """
    return -special.eval_genlaguerre(n - 1, 1, x)


@elementwise(special.eval_genlaguerre, wrt=("x",))
def eval_genlaguerre(y, n, alpha, x):
    """
    >>> eval_genlaguerre(3, 0.4, v)
    >>> eval_genlaguerre(0, 0.4, v)
    """
    return -special.eval_genlaguerre(n - 1, alpha + 1, x)


@elementwise(special.eval_gegenbauer, wrt=("x",))
def eval_gegenbauer(y, n, alpha, x):
    """
    >>> eval_gegenbauer(3, 0.4, u)
    >>> eval_gegenbauer(0, 0.4, u)
    >>> eval_gegenbauer(1.3, 0.4, u)
    """
    return 2 * alpha * special.eval_gegenbauer(n - 1, alpha + 1, x)


@elementwise(special.eval_jacobi, wrt=("x",))
def eval_jacobi(y, n, alpha, beta, x):
    """
    >>> eval_jacobi(3, 0.4, 1.2, u)
    >>> eval_jacobi(0, 0.4, 1.2, u)
    """
    raised = special.eval_jacobi(n - 1, alpha + 1, beta + 1, x)
    return (n + alpha + beta + 1) / 2 * raised


@elementwise(special.eval_sh_jacobi, wrt=("x",))
def eval_sh_jacobi(y, n, p, q, x):
    """>>> eval_sh_jacobi(3, 1.7, 1.2, abs(u))"""
    return n * special.eval_sh_jacobi(n - 1, p + 2, q + 1, x)


@elementwise(special.lpmv, wrt=("x",))
def lpmv(y, m, v, x):
    """
    >>> lpmv(1, 3, u)
    >>> lpmv(0, 2, u)
    """
    return ((v + m) * special.lpmv(m, v - 1, x) - v * x * y) / (1 - x**2)
