"""Functions of matrices, and matrix equations.

A tangent is a corner of the function of a block matrix: Higham 2008, "Functions of
matrices", theorem 3.6. Its adjoint is the tangent at the adjoint matrix.
"""

from __future__ import annotations

from scipy import linalg

from sourcediff.rules.declare import jvp, rule
from sourcediff.runtime import adjoint, cast_like
from sourcediff.runtime.scipy.matrices import corner, twinned


@rule(linalg.expm)
def expm(y_bar, y, A):
    """
    >>> expm(M / 3)
    >>> expm(M / 3 + 1j * S / 5)
    """
    return corner(linalg.expm(twinned(adjoint(A), y_bar)))


@jvp(expm)
def expm_jvp(A_dot, y, A):
    return corner(linalg.expm(twinned(A, A_dot)))


@rule(linalg.logm)
def logm(y_bar, y, A):
    """
    >>> logm(S)
    >>> logm(S + 1j * M / 9)
    """
    return cast_like(corner(linalg.logm(twinned(adjoint(A), y_bar))), A)


@jvp(logm)
def logm_jvp(A_dot, y, A):
    return corner(linalg.logm(twinned(A, A_dot)))


@rule(linalg.sqrtm)
def sqrtm(y_bar, y, A):
    """
    >>> sqrtm(S)
    >>> sqrtm(S + 1j * M / 9)
    """
    a_bar = linalg.solve_sylvester(adjoint(y), adjoint(y), y_bar)
    return cast_like(a_bar, A)


@jvp(sqrtm)
def sqrtm_jvp(A_dot, y, A):
    return linalg.solve_sylvester(y, y, A_dot)


@rule(linalg.sinm)
def sinm(y_bar, y, A):
    """
    >>> sinm(M / 3)
    """
    return corner(linalg.sinm(twinned(adjoint(A), y_bar)))


@jvp(sinm)
def sinm_jvp(A_dot, y, A):
    return corner(linalg.sinm(twinned(A, A_dot)))


@rule(linalg.cosm)
def cosm(y_bar, y, A):
    """
    >>> cosm(M / 3)
    """
    return corner(linalg.cosm(twinned(adjoint(A), y_bar)))


@jvp(cosm)
def cosm_jvp(A_dot, y, A):
    return corner(linalg.cosm(twinned(A, A_dot)))


@rule(linalg.sinhm)
def sinhm(y_bar, y, A):
    """
    >>> sinhm(M / 3)
    """
    return corner(linalg.sinhm(twinned(adjoint(A), y_bar)))


@jvp(sinhm)
def sinhm_jvp(A_dot, y, A):
    return corner(linalg.sinhm(twinned(A, A_dot)))


@rule(linalg.coshm)
def coshm(y_bar, y, A):
    """
    >>> coshm(M / 3)
    """
    return corner(linalg.coshm(twinned(adjoint(A), y_bar)))


@jvp(coshm)
def coshm_jvp(A_dot, y, A):
    return corner(linalg.coshm(twinned(A, A_dot)))


@rule(linalg.solve_sylvester, wrt=("a", "b", "q"))
def solve_sylvester(y_bar, y, a, b, q):
    """
    >>> solve_sylvester(S, S[:3, :3], B)
    >>> solve_sylvester(S + 1j * M, S[:3, :3], B)
    """
    q_bar = linalg.solve_sylvester(adjoint(a), adjoint(b), y_bar)
    return -q_bar @ adjoint(y), -adjoint(y) @ q_bar, q_bar


@jvp(solve_sylvester)
def solve_sylvester_jvp(a_dot, b_dot, q_dot, y, a, b, q):
    return linalg.solve_sylvester(a, b, q_dot - a_dot @ y - y @ b_dot)


@rule(linalg.solve_continuous_lyapunov, wrt=("a", "q"))
def solve_continuous_lyapunov(y_bar, y, a, q):
    """
    >>> solve_continuous_lyapunov(S, M)
    >>> solve_continuous_lyapunov(S + 1j * M, M)
    """
    q_bar = linalg.solve_continuous_lyapunov(adjoint(a), y_bar)
    return -q_bar @ adjoint(y) - adjoint(q_bar) @ y, q_bar


@jvp(solve_continuous_lyapunov)
def solve_continuous_lyapunov_jvp(a_dot, q_dot, y, a, q):
    moved = a_dot @ y + y @ adjoint(a_dot)
    return linalg.solve_continuous_lyapunov(a, q_dot - moved)


@rule(linalg.solve_discrete_lyapunov, wrt=("a", "q"))
def solve_discrete_lyapunov(y_bar, y, a, q, method=None):
    """
    >>> solve_discrete_lyapunov(M / 9, S)
    >>> solve_discrete_lyapunov(M / 9 + 1j * S / 20, S)
    """
    q_bar = linalg.solve_discrete_lyapunov(adjoint(a), y_bar, method=method)
    return q_bar @ a @ adjoint(y) + adjoint(q_bar) @ a @ y, q_bar


@jvp(solve_discrete_lyapunov)
def solve_discrete_lyapunov_jvp(a_dot, q_dot, y, a, q, method=None):
    moved = a_dot @ y @ adjoint(a) + a @ y @ adjoint(a_dot)
    return linalg.solve_discrete_lyapunov(a, q_dot + moved, method=method)
