"""Adding back what was read."""

from typing import Any

import numpy as np
import pytest

from sourcediff.runtime import scatter_add


@pytest.mark.parametrize(
    "key",
    [
        1,
        -1,
        slice(1, None, 2),
        (slice(None), 2),
        (Ellipsis, None, 0),
        (1, 2),
        [0, 2, 0],
        np.array([[0, 2], [2, 2]]),
        (np.array([0, 2, 0]), np.array([3, 1, 3])),
        (np.array([[0], [2]]), [1, 1, 0]),
        (slice(None), np.array([1, 1])),
        np.array([True, False, True]),
        (np.array([True, False, True]), 1),
        (np.int64(1), slice(None, None, -1)),
        True,
    ],
)
def test_it_is_the_adjoint_of_reading(key: Any) -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(3, 4))
    y_bar = rng.normal(size=x[key].shape)
    x_bar = scatter_add(y_bar, key, x)
    assert np.sum(x_bar * x) == pytest.approx(np.sum(y_bar * x[key]))


def test_dtype_is_that_of_the_cotangent() -> None:
    like = np.zeros(3, np.float32)
    assert scatter_add(np.ones(2, np.float32), [0, 0], like).dtype == np.float32
    assert scatter_add(1.5, 0, like).dtype == np.float32
    assert scatter_add(np.array(1j), 0, like).dtype == np.complex128
