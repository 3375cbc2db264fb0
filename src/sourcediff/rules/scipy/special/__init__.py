"""The derivatives of scipy.special, by family of functions.

NIST Digital Library of Mathematical Functions (DLMF), where a rule says nothing else.
"""

from __future__ import annotations

from sourcediff.rules.scipy.special import (
    arrays,
    bessel,
    distributions,
    elementary,
    elliptic,
    errors,
    gamma,
    hypergeometric,
    integrals,
    polynomials,
)
