"""What changes between calls: helpers, globals, closures; threads, errors, pickles."""

# Programs as users write them.
# ruff: noqa: BLE001, RET504

import copy
import pickle
import threading
import types
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sourcediff.errors import SourcediffError
from tests.compiled import grad, value_and_grad, vjp
from tests.language.oracle import Case, check
from tests.language.values import M, V, W
from tests.random_programs.running import load


def module(text: str) -> types.FunctionType:
    function = load(text)
    assert isinstance(function, types.FunctionType)
    return function


def test_redefined_helper() -> None:
    f = module("def h(x):\n    return x * x\n\ndef f(x):\n    return h(x) * 2.0\n")
    gradient = grad(f)
    assert gradient(1.5) == 6.0
    f.__globals__["h"] = module("def f(x):\n    return x * x * x\n")
    assert_allclose(gradient(1.5), 13.5)
    f.__globals__["h"] = np.sin
    assert_allclose(gradient(1.5), 2 * np.cos(1.5))


def test_redefined_helper_of_a_helper() -> None:
    f = module(
        "def g(x):\n    return x * x\n\ndef h(x):\n    return g(x) + x\n\n"
        "def f(x):\n    return h(x)\n"
    )
    gradient = grad(f)
    assert gradient(1.5) == 4.0
    f.__globals__["g"] = lambda x: 5.0 * x
    assert gradient(1.5) == 6.0
    _, pullback = vjp(f, 1.5)
    assert pullback(1.0) == (6.0,)
    f.__globals__["g"] = lambda x: 7.0 * x
    _, pullback = vjp(f, 1.5)
    assert pullback(1.0) == (8.0,)


def test_function_captured_in_a_closure_is_replaced() -> None:
    def make() -> Any:
        def h(x: Any) -> Any:
            return x * x

        def f(x: Any) -> Any:
            return h(x)

        def replace(other: Any) -> None:
            nonlocal h
            h = other

        return f, replace

    f, replace = make()
    gradient = grad(f)
    assert gradient(1.5) == 3.0
    replace(lambda x: 4.0 * x)
    assert gradient(1.5) == 4.0


def test_function_with_a_new_body() -> None:
    f = module("def f(x):\n    return x * x\n")
    gradient = grad(f)
    assert gradient(1.5) == 3.0
    f.__code__ = module("def f(x):\n    return x * 5.0\n").__code__
    assert gradient(1.5) == 5.0


def test_module_alias_replaced() -> None:
    f = module("import math as m\n\ndef f(x):\n    return m.sin(x)\n")
    gradient = grad(f)
    assert_allclose(gradient(1.5), np.cos(1.5))
    f.__globals__["m"] = types.SimpleNamespace(sin=lambda x: x * x)
    assert_allclose(gradient(1.5), 3.0)


def test_attribute_of_a_module_replaced() -> None:
    library = types.ModuleType("library")
    library.h = module("def f(x):\n    return x * x\n")  # type: ignore[attr-defined]
    f = module("library = None\n\ndef f(x):\n    return library.h(x)\n")
    f.__globals__["library"] = library
    gradient = grad(f)
    assert gradient(1.5) == 3.0
    library.h = module("def f(x):\n    return x * 4.0\n")  # type: ignore[attr-defined]
    assert gradient(1.5) == 4.0


def test_method_replaced() -> None:
    class Box:
        def force(self, x: Any) -> Any:
            return x * x

    def f(x: Any, box: Any) -> Any:
        return box.force(x)

    gradient = grad(f)
    box = Box()
    assert gradient(1.5, box) == 3.0
    Box.force = lambda self, x: x * 4.0  # type: ignore[method-assign]
    assert gradient(1.5, box) == 4.0


def test_global_data_is_read_at_every_call() -> None:
    f = module(
        "import numpy as np\n\nk = 2.0\n\ndef f(x):\n    return np.sum(x * x * k)\n"
    )
    gradient = grad(f)
    assert gradient(1.5) == 6.0
    f.__globals__["k"] = 3.0
    assert gradient(1.5) == 9.0
    f.__globals__["k"] = np.array([1.0, 2.0])
    assert gradient(1.5) == 9.0
    f.__globals__["k"] = 3
    assert gradient(1.5) == 9.0
    f.__globals__["k"] = V
    assert_allclose(gradient(W), 2 * W * V)
    assert_allclose(gradient(1.5), 3 * np.sum(V))


def test_global_choice_is_read_at_every_call() -> None:
    f = module(
        'mode = "a"\nflags = {"b": False}\n\ndef f(x):\n'
        '    if mode == "a" or flags["b"]:\n        return x * x\n    return x * 7.0\n'
    )
    gradient = grad(f)
    assert gradient(1.5) == 3.0
    f.__globals__["mode"] = "c"
    assert gradient(1.5) == 7.0
    f.__globals__["flags"]["b"] = True
    assert gradient(1.5) == 3.0


def test_global_changes_from_data_to_function_and_back() -> None:
    f = module("def f(x):\n    return h * x if not callable(h) else h(x)\n\nh = 2.0\n")
    gradient = grad(f)
    try:
        assert gradient(1.5) == 2.0
        f.__globals__["h"] = lambda x: x * x
        assert gradient(1.5) == 3.0
    except SourcediffError:
        return


def test_captured_data_is_read_at_every_call() -> None:
    scale = 2.0

    def f(x: Any) -> Any:
        return x * x * scale

    gradient = grad(f)
    assert gradient(1.5) == 6.0
    scale = 3.0
    assert gradient(1.5) == 9.0


def test_equal_text_with_other_globals() -> None:
    text = "def h(x):\n    return {}\n\nk = {}\n\ndef f(x):\n    return h(x) * k\n"
    functions = [module(text.format("x * x", 2.0)), module(text.format("3 * x", 5.0))]
    assert [grad(f)(1.5) for f in functions] == [6.0, 15.0]
    pullbacks = [vjp(f, 1.5)[1] for f in functions]
    assert [p(1.0) for p in pullbacks] == [(6.0,), (15.0,)]
    assert [grad(f)(1.5) for f in reversed(functions)] == [15.0, 6.0]


def test_equal_text_with_other_captured_values() -> None:
    def make(h: Any, k: float) -> Any:
        def f(x: Any) -> Any:
            return h(x) * k

        return f

    functions = [make(lambda x: x * x, 2.0), make(lambda x: 3 * x, 5.0)]
    gradients = [grad(f) for f in functions]
    assert [g(1.5) for g in gradients] == [6.0, 15.0]
    assert [g(1.5) for g in gradients] == [6.0, 15.0]
    assert [vjp(f, 1.5)[1](1.0) for f in functions] == [(6.0,), (15.0,)]


def test_equal_text_with_other_defaults() -> None:
    functions = [lambda x, k=k: x * x * k for k in (2.0, 3.0, 4)]
    assert [grad(f)(1.5) for f in functions] == [6.0, 9.0, 12.0]
    assert [vjp(f, 1.5)[1](1.0) for f in functions] == [(6.0,), (9.0,), (12.0,)]


def test_lambdas_on_one_line() -> None:
    f, g = (lambda x: x * x), (lambda x: x * 5.0)
    assert (grad(f)(1.5), grad(g)(1.5)) == (3.0, 5.0)


def test_error_of_the_primal_leaves_no_traces() -> None:
    def f(x: Any, n: Any) -> Any:
        a = np.zeros(3)
        for i in range(n):
            a[i] = x * (i + 1)
        return np.sum(a * a)

    gradient = grad(f)
    before = gradient(1.5, 3)
    with pytest.raises(IndexError):
        gradient(1.5, 4)
    assert gradient(1.5, 3) == before
    values = V.copy()

    def g(v: Any, n: Any) -> Any:
        v[0] = 3.0
        v[n] = v[0] * v[1]
        return np.sum(v)

    with pytest.raises(IndexError):
        grad(g)(values, 7)
    assert_array_equal(values, V)


def test_error_names_the_users_line() -> None:
    def f(v: Any) -> Any:
        a = v * 2.0
        return a[7] * 2.0

    with pytest.raises(IndexError) as caught:
        grad(f)(V)
    notes = "".join(getattr(caught.value, "__notes__", []))
    assert "test_state.py" in notes


def test_raise_and_assert_work_in_the_gradient() -> None:
    def f(x: Any) -> Any:
        assert x < 5, "too large"
        if x < 0:
            raise ValueError(f"negative: {x}")
        return x * x

    gradient = grad(f)
    assert gradient(1.5) == 3.0
    with pytest.raises(ValueError, match=r"negative: -1\.5"):
        gradient(-1.5)
    with pytest.raises(AssertionError, match="too large"):
        gradient(6.0)
    assert gradient(2.5) == 5.0


def test_pullback_twice_with_other_seeds() -> None:
    def f(v: Any, w: Any) -> Any:
        a = v * 1.0
        for i in range(4):
            a[i + 1] += a[i] * w[i]
        return a * w

    _, pullback = vjp(f, V.copy(), W.copy())
    one = copy.deepcopy(pullback(np.ones(5)))
    two = copy.deepcopy(pullback(np.arange(5.0)))
    three = pullback(np.ones(5) + np.arange(5.0))
    for i in range(2):
        assert_allclose(one[i] + two[i], three[i], rtol=1e-12)


def test_pullback_after_the_result_was_changed() -> None:
    def f(v: Any) -> Any:
        a = np.exp(v)
        return a

    y, pullback = vjp(f, V.copy())
    expected = pullback(np.ones(5))[0].copy()
    y *= 0.0
    assert_allclose(pullback(np.ones(5))[0], expected)


def test_pullback_after_the_arguments_were_changed() -> None:
    def f(v: Any, w: Any) -> Any:
        return np.sum(v * v * w)

    v, w = V.copy(), W.copy()
    _, pullback = vjp(f, v, w)
    expected = copy.deepcopy(pullback(1.0))
    v *= 0.0
    w += 1.0
    found = pullback(1.0)
    assert_allclose(found[0], expected[0])
    assert_allclose(found[1], expected[1])


def test_pullback_leaves_its_seed() -> None:
    def f(v: Any) -> Any:
        v[0] = 2.0 * v[1]
        return v

    _, pullback = vjp(f, V.copy())
    seed = W.copy()
    pullback(seed)
    assert_array_equal(seed, W)


def test_interleaved_pullbacks() -> None:
    def f(v: Any, n: Any) -> Any:
        a = v * 1.0
        for i in range(n):
            a[i] = a[i] * a[i + 1]
        return np.sum(a * a)

    pairs = [(V * k, 2 + k % 3) for k in (1.0, 2.0, 3.0)]
    pairs = [(v, int(n)) for v, n in pairs]
    pullbacks = [vjp(f, v.copy(), n)[1] for v, n in pairs]
    for (v, n), pullback in reversed(list(zip(pairs, pullbacks, strict=True))):
        assert_allclose(pullback(1.0)[0], grad(f)(v, n))


def test_vjp_of_several_results() -> None:
    def f(v: Any, x: Any) -> Any:
        a = v * x
        return a, {"sum": np.sum(a) * x, "n": 3, "list": [a[0], "text"]}

    y, pullback = vjp(f, V.copy(), 1.5)
    assert_allclose(y[0], V * 1.5)
    seed = (W, {"sum": 0.7, "n": None, "list": [0.3, None]})
    v_bar, x_bar = pullback(seed)

    def total(v: Any, x: Any) -> Any:
        a, rest = f(v, x)
        return np.sum(a * W) + 0.7 * rest["sum"] + 0.3 * rest["list"][0]

    case = Case(total, (V, 1.5), {}, ("v", "x"))
    from_total = grad(total, wrt=(0, 1))(V, 1.5)
    check(case)
    assert_allclose(v_bar, from_total[0])
    assert_allclose(x_bar, from_total[1])


def test_vjp_of_a_result_that_is_the_argument() -> None:
    def f(v: Any, w: Any) -> Any:
        return v, w, v

    _, pullback = vjp(f, V.copy(), W.copy())
    v_bar, w_bar = pullback((np.ones(5), 2 * np.ones(5), 4 * np.ones(5)))
    assert_array_equal(v_bar, 5 * np.ones(5))
    assert_array_equal(w_bar, 2 * np.ones(5))


def test_threads_make_the_first_call_together() -> None:
    def f(v: Any, x: Any) -> Any:
        a = v * x
        for i in range(4):
            a[i + 1] += a[i] * x
        return np.sum(a * a)

    gradient = value_and_grad(f, wrt=(0, 1))
    expected = value_and_grad(f, wrt=(0, 1))(V, 1.5)
    results: list[Any] = []
    errors: list[BaseException] = []
    barrier = threading.Barrier(6)

    def work() -> None:
        try:
            barrier.wait()
            for _ in range(20):
                results.append(gradient(V, 1.5))
                results.append(gradient(V[:5], 1.5))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    for value, (v_bar, x_bar) in results:
        assert_allclose(value, expected[0])
        assert_array_equal(v_bar, expected[1][0])
        assert x_bar == expected[1][1]


def plain(x: Any) -> Any:
    return x * x * 2.0


def test_pickle() -> None:
    for gradient in (grad(plain), value_and_grad(plain, wrt="x")):
        again = pickle.loads(pickle.dumps(gradient))
        assert again(1.5) == gradient(1.5)
        copied = copy.deepcopy(gradient)
        assert copied(1.5) == gradient(1.5)


@grad
def decorated(x: Any) -> Any:
    return x * x * 2.0


def test_pickle_of_a_decorated_function() -> None:
    again = pickle.loads(pickle.dumps(decorated))
    assert again(1.5) == decorated(1.5) == 6.0


class Model:
    """A class whose method is differentiated."""

    def __init__(self, w: Any) -> None:
        self.w = w

    @grad
    def slope(self, x: Any) -> Any:
        return np.sum(self.w * x * x)

    def loss(self, x: Any) -> Any:
        return np.sum(self.w * x * x)


def test_methods() -> None:
    model = Model(V)
    assert_allclose(grad(model.loss)(W), 2 * V * W)
    assert_allclose(grad(Model.loss, wrt="x")(model, W), 2 * V * W)
    model.w = M[0]
    assert_allclose(grad(model.loss)(M[1]), 2 * M[0] * M[1])
    other = Model(W)
    assert_allclose(grad(other.loss)(V), 2 * V * W)


def test_decorated_method_differentiates_self() -> None:
    model = Model(V)
    assert_allclose(model.slope(W).w, W * W)


def test_gradient_of_a_gradients_caller() -> None:
    inner = grad(plain)

    def f(x: Any) -> Any:
        return inner(x) * x

    assert_allclose(grad(f)(1.5), 2 * 4 * 1.5)


def test_second_order() -> None:
    def f(x: Any) -> Any:
        return x**4

    assert_allclose(grad(grad(f))(1.5), 12 * 1.5**2)
