"""The derivatives of scipy.linalg.

Where a function may overwrite its arguments, it has no derivative: `overwrite_a` and
its like are no parameters of these rules.
"""

from __future__ import annotations

from sourcediff.rules.scipy.linalg import (
    banded,
    decompositions,
    factors,
    functions,
    structured,
    systems,
)
