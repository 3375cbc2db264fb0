"""`torch.linalg`: NumPy's functions, which record what is done to tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.tensor import reductions
from sourcediff.tensor.record import call


def det(A: Any) -> Any:
    """The determinant."""
    return call(np.linalg.det, (A,), {})


def slogdet(A: Any) -> Any:
    """The sign of the determinant and the logarithm of its magnitude."""
    return call(np.linalg.slogdet, (A,), {})


def inv(A: Any) -> Any:
    """The inverse."""
    return call(np.linalg.inv, (A,), {})


def pinv(A: Any) -> Any:
    """The pseudo-inverse."""
    return call(np.linalg.pinv, (A,), {})


def solve(A: Any, B: Any) -> Any:
    """The solution of `A @ X = B`.

    >>> import sourcediff.tensor as st
    >>> solve(st.tensor([[2.0, 0.0], [0.0, 4.0]]), st.tensor([1.0, 1.0]))
    tensor([0.5000, 0.2500])
    """
    return call(np.linalg.solve, (A, B), {})


def cholesky(A: Any) -> Any:
    """The lower triangle `L` of `A = L @ L.T`."""
    return call(np.linalg.cholesky, (A,), {})


def eigh(A: Any) -> Any:
    """Eigenvalues and eigenvectors of a symmetric matrix."""
    return call(np.linalg.eigh, (A,), {})


def eigvalsh(A: Any) -> Any:
    """Eigenvalues of a symmetric matrix."""
    return call(np.linalg.eigvalsh, (A,), {})


def qr(A: Any) -> Any:
    """An orthogonal matrix and a triangular one whose product is `A`."""
    return call(np.linalg.qr, (A,), {})


def svd(A: Any, full_matrices: bool = True) -> Any:
    """Singular vectors, singular values, singular vectors."""
    return call(np.linalg.svd, (A,), {"full_matrices": full_matrices})


def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False) -> Any:
    """A norm of a vector or a matrix, as NumPy computes it."""
    if ord is None and dim is None and not keepdim:
        return reductions.norm(A)
    return call(np.linalg.norm, (A,), {"ord": ord, "axis": dim, "keepdims": keepdim})
