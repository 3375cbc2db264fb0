"""Matrices that are not NumPy's and hold few of their elements."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any


class Sparse(ABC):
    """Any sparse matrix or array of SciPy's, of which nothing is imported here.

    A derivative by a whole sparse matrix would not be sparse: they are constants.

    >>> isinstance([1.0], Sparse)
    False
    """

    @classmethod
    def __subclasshook__(cls, other: type) -> bool:
        """Whether a class has these methods; Python asks once and remembers."""
        return hasattr(other, "tocsr") and hasattr(other, "conjugate")

    @abstractmethod
    def tocsr(self) -> Any:
        """The matrix as compressed rows."""

    @abstractmethod
    def conjugate(self) -> Any:
        """The matrix of the conjugate elements."""
