"""The derivatives of scipy.stats: densities and distribution functions."""

from __future__ import annotations

from sourcediff.rules.scipy.stats import (
    discrete,
    location_scale,
    multivariate,
    positive,
    shaped,
    skewed,
    telescopes,
)

# What is frozen has its derivatives from those.
from sourcediff.rules.scipy.stats import frozen  # isort: skip

__all__ = [
    "discrete",
    "frozen",
    "location_scale",
    "multivariate",
    "positive",
    "shaped",
    "skewed",
    "telescopes",
]
