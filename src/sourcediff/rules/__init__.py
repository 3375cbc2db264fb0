"""The derivatives of NumPy's functions, one file per area; SciPy's once it is there."""

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
from sourcediff.rules.declare import (
    Rule,
    all_rules,
    has_methods,
    lookup,
    read_all_rules,
    wait_for,
)

__all__ = ["Rule", "all_rules", "has_methods", "lookup", "read_all_rules"]

for _area in (
    *("special", "linalg", "signal", "sparse", "stats", "integrate", "ndimage"),
    "interpolate",
):
    wait_for(f"scipy.{_area}", f"sourcediff.rules.scipy.{_area}")
