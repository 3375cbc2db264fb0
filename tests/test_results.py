"""What `grad` says of results that are not one real number."""

import numpy as np
import pytest

from sourcediff import check_grads, grad, value_and_grad, vjp
from sourcediff.errors import NonScalarResult

X = np.array([0.3, 1.2, -0.7])

REFUSED = {
    "a complex number": [lambda x: np.sum(x) * 1j, lambda x: (x[0] + 1j) ** 2],
    "an integer": [lambda x: np.argmax(x) + 1, lambda x: np.int64(3)],
    "a boolean": [lambda x: np.any(x > 0)],
    "a string": [lambda x: "text"],
    "None": [lambda x: None],
}
CASES = [(given, f) for given, functions in REFUSED.items() for f in functions]


@pytest.mark.parametrize("fallback", ["error", "always"])
@pytest.mark.parametrize(("given", "function"), CASES)
def test_results_without_a_real_derivative_are_refused(given, function, fallback):
    for derivative in (grad, value_and_grad):
        with pytest.raises(NonScalarResult, match=f"returned {given}"):
            derivative(function, fallback=fallback)(X)


def test_integers_that_are_known_when_compiling_are_refused():
    def three(x):
        return 3

    def twice_the_size(x):
        return 2 * len(x)

    for function in (three, twice_the_size):
        with pytest.raises(NonScalarResult, match="return the float"):
            grad(function)(X)


def test_an_integer_of_one_branch_is_a_number():
    def clipped(x):
        return 0 if x < 0 else x * x

    for fallback in ("error", "always"):
        assert grad(clipped, fallback=fallback)(-1.0) == 0.0
        assert grad(clipped, fallback=fallback)(3.0) == 6.0


def test_complex_results_have_pullbacks():
    def wave(z):
        return np.exp(1j * z) * z

    _, pullback = vjp(wave, 0.5 + 0.25j)
    slope = np.exp(1j * (0.5 + 0.25j)) * (1 + 1j * (0.5 + 0.25j))
    np.testing.assert_allclose(pullback(1.0 + 0.0j)[0], np.conj(slope))
    check_grads(wave, (0.5 + 0.25j,), modes=("reverse", "forward"))
