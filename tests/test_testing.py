"""check_grads passes what is right and names what is wrong."""

import pickle
from collections import namedtuple
from collections.abc import Iterator

import numpy as np
import pytest

from sourcediff import check_grads, grad
from sourcediff.rules.declare import elementwise, forget
from sourcediff.structures import leaves_of, mapped
from sourcediff.testing import WrongGradient, extrapolated

RNG = np.random.default_rng(3)
X = RNG.uniform(0.3, 1.7, (4, 3))
W = RNG.uniform(-1.0, 1.0, 3)


def swell(x):
    return x + 0.1 * x**3


@pytest.fixture
def wrong_rule() -> Iterator[None]:
    """A rule for `swell` that is wrong by five per cent."""

    @elementwise(swell)
    def swell_rule(y, x):
        return 1.05 * (1 + 0.3 * x * x)

    yield
    forget([swell])


def quadratic(w, X):
    z = X @ w
    return np.sum(z * z) + w[0] ** 3


def model_loss(model, X):
    return np.mean((X @ model["w"] + model["b"][0]) ** 2) * model["scale"]


def in_place(x, n):
    for i in range(1, n):
        x[i] = x[i] * x[i - 1] + i
    return np.sum(x)


def several(x, w):
    y = np.sin(x) * w
    return {"y": y, "total": np.sum(y), "name": "sine"}


def test_right_gradients_pass() -> None:
    check_grads(quadratic, (W, X))
    check_grads(quadratic, (W, X), wrt=("w", 1))
    check_grads(grad(quadratic), (W, X))
    check_grads(in_place, (np.array([0.7, 1.3, -0.4, 0.9, 1.1]), 5))


def test_structures_of_arguments_and_results() -> None:
    model = {"w": W, "b": [0.3, None], "scale": 1.7, "name": "linear"}
    check_grads(model_loss, (model, X), wrt=(0, "X"))
    check_grads(several, (X, W), wrt=(0, 1))


def test_keyword_arguments() -> None:
    def powered(x, *, exponent=2):
        return np.sum(x**exponent)

    check_grads(powered, (W,), kwargs={"exponent": 3})


def test_single_precision_is_compared_in_double() -> None:
    check_grads(quadratic, (W.astype(np.float32), X.astype(np.float32)), wrt=(0, 1))


def test_second_order() -> None:
    check_grads(quadratic, (W, X), order=2)


def test_complex_steps() -> None:
    check_grads(quadratic, (W, X), differences="complex", rtol=1e-12, atol=0.0)


def test_forward_mode(wrong_rule: None) -> None:
    both = ("reverse", "forward")
    check_grads(quadratic, (W, X), wrt=("w", 1), modes=both, order=2)
    check_grads(several, (X, W), wrt=(0, 1), modes=both)
    model = {"w": W, "b": [0.3, None], "scale": 1.7, "name": "linear"}
    check_grads(model_loss, (model, X), wrt=(0, "X"), modes=both)
    with pytest.raises(WrongGradient, match="by the pushforward"):
        check_grads(lambda x: swell(x) * 2.0, (X,), modes=("forward",))


def test_a_wrong_derivative_is_named(wrong_rule: None) -> None:
    def loss(model, X):
        return np.sum(X @ swell(model["w"])) + model["b"]

    with pytest.raises(WrongGradient) as caught:
        check_grads(loss, ({"b": 0.4, "w": W}, X))
    error = caught.value
    assert isinstance(error, AssertionError)
    assert error.leaf == "model['w']"
    assert error.got == pytest.approx(1.05 * error.expected, rel=1e-6)
    for part in ("loss", "model['w']", repr(error.expected), repr(error.got)):
        assert part in str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_a_wrong_derivative_of_an_array_is_noticed(wrong_rule: None) -> None:
    def moved(x):
        return swell(x) * 2.0

    with pytest.raises(WrongGradient, match="with respect to x"):
        check_grads(moved, (X,))


def test_tolerance_decides(wrong_rule: None) -> None:
    def moved(x):
        return np.sum(swell(x))

    check_grads(moved, (X,), rtol=0.1)
    with pytest.raises(WrongGradient):
        check_grads(moved, (X,), rtol=0.01)


def test_a_kink_is_told() -> None:
    def folded(x):
        return np.abs(x) * 2.0 + x

    with pytest.raises(WrongGradient, match="kink"):
        check_grads(folded, (np.array([1.3, 1e-6]),))


def test_arguments_stay_as_they_are() -> None:
    x = np.array([0.7, 1.3, -0.4])
    before = x.copy()
    check_grads(in_place, (x, 3))
    assert np.array_equal(x, before)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"modes": ("backward",)}, "modes"),
        ({"modes": ()}, "modes"),
        ({"order": 3}, "order"),
    ],
)
def test_misuse_is_told(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_grads(quadratic, (W, X), **options)


def test_integers_alone_are_nothing_to_check() -> None:
    with pytest.raises(ValueError, match="no floats"):
        check_grads(lambda n: n * 2, (3,))


def test_differences_are_extrapolated() -> None:
    found = extrapolated(lambda t: np.exp(np.sin(3 * t + 0.4)))
    assert found.value == pytest.approx(
        3 * np.cos(0.4) * np.exp(np.sin(0.4)), rel=1e-11
    )
    assert found.doubt < 1e-8


def test_leaves_have_the_names_that_reach_them() -> None:
    Point = namedtuple("Point", "x y")
    tree = {"p": Point(1.5, [2.5, None]), 3: (4.5,)}
    assert dict(leaves_of(tree, "t")) == {
        "t['p'].x": 1.5,
        "t['p'].y[0]": 2.5,
        "t['p'].y[1]": None,
        "t[3][0]": 4.5,
    }
    assert mapped(lambda leaf: leaf and 2 * leaf, tree) == {
        "p": Point(3.0, [5.0, None]),
        3: (9.0,),
    }
