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
    options,
    passive,
    polynomials,
    products,
    programs,
    reductions,
    scans,
    selection,
    shaping,
    stencils,
    transcendental,
    ufunc_methods,
)
from sourcediff.rules.declare import (
    Rule,
    all_programs,
    all_rules,
    has_methods,
    is_opaque,
    lookup,
    made_class,
    program_for,
    read_all_rules,
    wait_for,
)
from sourcediff.rules.methods import array_methods, is_array_like
from sourcediff.rules.outputs import parameters_with_output, with_named_output
from sourcediff.rules.passive import WRITERS_OF_TEXT
from sourcediff.rules.scipy.scope import OUT_OF_SCOPE as OF_SCIPY
from sourcediff.rules.scope import name_in_scipy, tell_why, why_no_rule
from sourcediff.rules.spelling import without_defaults
from sourcediff.rules.stand_ins import (
    answering,
    has_same_values,
    has_stand_in,
    is_stand_in,
    stand_in_for,
)

__all__ = [
    "WRITERS_OF_TEXT",
    "Rule",
    "all_programs",
    "all_rules",
    "answering",
    "array_methods",
    "has_methods",
    "has_same_values",
    "has_stand_in",
    "is_array_like",
    "is_opaque",
    "is_stand_in",
    "lookup",
    "made_class",
    "name_in_scipy",
    "parameters_with_output",
    "program_for",
    "read_all_rules",
    "stand_in_for",
    "why_no_rule",
    "with_named_output",
    "without_defaults",
]

for _area in (
    *("special", "linalg", "signal", "stats", "integrate", "ndimage"),
    *("fft", "interpolate", "sparse", "sparse.linalg"),
):
    wait_for(f"scipy.{_area}", f"sourcediff.rules.scipy.{_area}")

tell_why(OF_SCIPY)
