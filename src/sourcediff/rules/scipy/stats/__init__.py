"""The derivatives of scipy.stats: densities and distribution functions."""

from __future__ import annotations

from sourcediff.rules.scipy.stats import (
    discrete,
    location_scale,
    multivariate,
    shaped,
)
