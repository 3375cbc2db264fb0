"""Sparse matrices: by their elements, and products with them."""

from __future__ import annotations

from sourcediff.rules.scipy.sparse import makers, products

__all__ = ["makers", "products"]
