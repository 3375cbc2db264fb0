"""Constructors of sparse matrices, called with elements that carry derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from sourcediff.rules.declare import with_meanings
from sourcediff.rules.scipy.sparse.triplets import MatrixTriplets, Triplets
from sourcediff.rules.stand_ins import stands_for
from sourcediff.runtime.scipy.triplets import (
    joined_diagonals,
    places_on_diagonals,
    shape_of_places,
)

triplets = Triplets


def compressed_rows(arg1, shape=None, dtype=None, copy=False, *, maxprint=None):
    """Elements, the columns that they stand in, and where each row starts."""
    data, indices, indptr = arg1
    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    found = shape_of_places(rows, indices, shape, height=len(indptr) - 1)
    return triplets(data, rows, np.asarray(indices), found)


def compressed_columns(arg1, shape=None, dtype=None, copy=False, *, maxprint=None):
    """Elements, the rows that they stand in, and where each column starts."""
    data, indices, indptr = arg1
    columns = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    found = shape_of_places(indices, columns, shape, width=len(indptr) - 1)
    return triplets(data, np.asarray(indices), columns, found)


def coordinates(arg1, shape=None, dtype=None, copy=False, *, maxprint=None):
    """Elements with their rows and columns."""
    data, (rows, columns) = arg1
    found = shape_of_places(rows, columns, shape)
    return triplets(data, np.asarray(rows), np.asarray(columns), found)


def whole(arg1, shape=None, dtype=None, copy=False, *, maxprint=None):
    """All elements of a dense matrix, its zeros too."""
    height, width = np.shape(arg1)
    rows, columns = np.divmod(np.arange(height * width), width)
    return triplets(np.ravel(arg1), rows, columns, (height, width))


def of_diagonals(diagonals, offsets=0, shape=None, format=None, dtype=None):
    """Each diagonal an array, or a number for all of it; or one diagonal alone."""
    places, found = places_on_diagonals(diagonals, offsets, shape)
    places = np.asarray(places, dtype=int)
    data = joined_diagonals(diagonals, offsets, shape)
    return triplets(data, places[0], places[1], found)


_ROWS = sparse.csr_array, sparse.csr_matrix
_COLUMNS = sparse.csc_array, sparse.csc_matrix
_COORDINATES = sparse.coo_array, sparse.coo_matrix
_DIAGONALS = sparse.diags_array, sparse.diags

_TEXTS: tuple[tuple[tuple[Any, Any], int | None, Any], ...] = (
    (_ROWS, 3, compressed_rows),
    (_COLUMNS, 3, compressed_columns),
    *((_class, 2, coordinates) for _class in (_ROWS, _COLUMNS, _COORDINATES)),
    *((_class, None, whole) for _class in (_ROWS, _COLUMNS, _COORDINATES)),
    (_DIAGONALS, None, of_diagonals),
)
for (_array, _matrix), _parts, _text in _TEXTS:
    stands_for(_array, parts=_parts)(_text)
    stands_for(_matrix, parts=_parts)(with_meanings(_text, triplets=MatrixTriplets))
