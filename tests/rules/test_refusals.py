"""Options without a derivative are refused by name, at the place of the call."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import linalg, signal, special, stats

from sourcediff import grad
from sourcediff.errors import SourcediffError

X = np.array([0.31, 0.72, 1.23, 0.94, 0.45, 0.66, 0.87])
SECTION = np.array([[0.2, 0.1, 0.3, 1.0, -0.2, 0.1]])

CASES = {
    "method": lambda x: np.sum(signal.filtfilt([0.2], [1.0, -0.2], x, method="gust")),
    "zi": lambda x: np.sum(signal.sosfilt(SECTION, x, zi=np.ones((1, 2)))[0]),
    "left": lambda x: np.sum(np.abs(linalg.eig(np.diag(x), left=True)[0])),
    "return_sign": lambda x: special.logsumexp(x, b=x, return_sign=True)[0],
    "scipy.linalg.polar": lambda x: np.sum(linalg.polar(np.diag(x))[0]),
    "scipy.special.elliprd": lambda x: np.sum(special.elliprd(x, 1.0, 2.0)),
    "scipy.stats.norm.entropy": lambda x: np.sum(stats.norm.entropy(0.0, x)),
}


@pytest.mark.parametrize("fallback", ["error", "tape"])
@pytest.mark.parametrize("name", CASES)
def test_the_error_names_option_and_place(name: str, fallback: Any) -> None:
    f: Callable[..., Any] = CASES[name]
    with pytest.raises(SourcediffError, match=name) as error:
        grad(f, fallback=fallback)(X)
    assert "test_refusals.py:" in str(error.value)
