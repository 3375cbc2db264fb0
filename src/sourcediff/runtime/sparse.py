"""Matrices that are not NumPy's and hold few of their elements."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Sparse(Protocol):
    """Any sparse matrix or array of SciPy's, of which nothing is imported here.

    A derivative by a whole sparse matrix would not be sparse: they are constants.

    >>> isinstance([1.0], Sparse)
    False
    """

    def tocsr(self) -> Any:
        """The matrix as compressed rows."""

    def conjugate(self) -> Any:
        """The matrix of the conjugate elements."""
