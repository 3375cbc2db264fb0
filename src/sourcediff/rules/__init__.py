"""The derivatives of NumPy's functions, one file per area."""

from __future__ import annotations

from sourcediff.rules import (
    adjoints,
    adjoints_of_products,
    arithmetic,
    complex_parts,
    conversions,
    covariances,
    decompositions,
    diagonals,
    extremes,
    fft,
    helpers,
    joining,
    linalg,
    makers,
    mathematics,
    mutation,
    nan_reductions,
    norms,
    numbers,
    passive,
    polynomials,
    products,
    reductions,
    scans,
    selection,
    shaping,
    stencils,
    transcendental,
)
from sourcediff.rules.declare import Rule, all_rules, lookup

__all__ = ["Rule", "all_rules", "lookup"]
