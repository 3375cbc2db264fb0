"""The derivatives of scipy.special, by family of functions.

NIST Digital Library of Mathematical Functions (DLMF), where a rule says nothing else.
"""

from __future__ import annotations

import scipy

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
    inverses,
    polynomials,
    scaled,
)

if tuple(map(int, scipy.__version__.split(".")[:2])) >= (1, 16):  # enough digits
    from sourcediff.rules.scipy.special import equations, fresnel, noncentral
