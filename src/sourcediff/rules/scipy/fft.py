"""Fourier transforms as SciPy has them: the declarations of NumPy's."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import fft

from sourcediff.rules.declare import (
    jvp,
    linear,
    lookup,
    nondifferentiable,
    rule,
    with_meanings,
)


def _numpys(name: str) -> Any:
    return lookup(getattr(np.fft, name))


for _name in (
    *("fft", "ifft", "fft2", "ifft2", "fftn", "ifftn", "rfft", "irfft", "hfft"),
    *("ihfft", "rfft2", "irfft2", "rfftn", "irfftn", "fftshift", "ifftshift"),
):
    linear(getattr(fft, _name))(_numpys(_name).function)

_frequencies = rule(fft.fftfreq, fft.rfftfreq, wrt=("d",))(
    with_meanings(_numpys("fftfreq").function)
)
jvp(_frequencies)(_numpys("fftfreq").jvp)
nondifferentiable(fft.next_fast_len, fft.get_workers)
