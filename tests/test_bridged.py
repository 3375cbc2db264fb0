"""Compiled functions and gradients are nodes of a tensor's graph."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import sourcediff.tensor as torch
from sourcediff import compiled, grad, pullback, value_and_grad, vjp
from sourcediff.errors import CompileError


@compiled
def squared_loss(params, X, y):
    residual = np.tanh(X @ params["w"]) + params["b"] - y
    return np.sum(residual**2) / len(y)


def problem():
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal((7, 3)), rng.standard_normal(7)
    return rng.standard_normal(3), X, y


def leaf(array):
    return torch.tensor(np.array(array), requires_grad=True)


def test_a_compiled_function_is_one_node():
    w, X, y = problem()
    tracked, b = leaf(w), leaf(0.5)
    value = squared_loss({"w": tracked * 2.0, "b": b}, X, y)
    assert value.grad_fn.name() == "SquaredLossBackward0"
    (product, _), (own, _) = value.grad_fn.next_functions
    assert product.name() == "MulBackward0"
    assert own.variable is b
    (value * 3).backward()
    expected = grad(squared_loss.primal)({"w": 2 * w, "b": 0.5}, X, y)
    assert_allclose(tracked.grad, 6 * expected["w"], rtol=1e-12)
    assert_allclose(b.grad, 3 * expected["b"], rtol=1e-6)
    assert squared_loss({"w": w, "b": 0.5}, X, y) == pytest.approx(
        squared_loss({"w": leaf(w), "b": 0.5}, X, y).item(), rel=1e-12
    )


def test_it_trains_within_a_model():
    _, X, _ = problem()

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Linear(3, 4, dtype=torch.float64)

        def forward(self, x):
            return norm(self.first(x))

    @compiled
    def norm(h):
        total = 0.0
        for row in h:
            total += np.sqrt(row @ row)
        return total

    torch.manual_seed(0)
    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    losses = []
    for _ in range(10):
        optimizer.zero_grad()
        loss = model(torch.from_numpy(X))
        assert loss.grad_fn.name() == "NormBackward0"
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]


def test_several_results_and_higher_derivatives():
    @compiled
    def both(x, k):
        return {"a": np.sin(x) * k, "b": [np.sum(x**2) * k, 3]}

    x, k = leaf([0.3, 1.1]), leaf(1.7)
    found = both(x, k)
    assert found["b"][1] == 3
    assert found["a"].grad_fn.name() == "BothBackward0"
    (found["a"].sum() * 2 + found["b"][0]).backward()
    assert_allclose(x.grad, 1.7 * (2 * np.cos([0.3, 1.1]) + 2 * np.array([0.3, 1.1])))
    total = both(x, k)["b"][0]
    (slope,) = torch.autograd.grad(total, x, create_graph=True)
    curvature, by_k = torch.autograd.grad((slope**2).sum(), (x, k))
    assert_allclose(curvature, 8 * 1.7**2 * np.array([0.3, 1.1]))
    assert_allclose(by_k, 8 * 1.7 * (0.09 + 1.21))
    assert torch.autograd.gradcheck(lambda x: both(x, 0.5)["a"], (x,))
    assert torch.autograd.gradgradcheck(lambda x: both(x, 0.5)["a"], (x,))


def test_a_gradient_of_tensors_is_one_node():
    @grad
    def cubic(x, k):
        return np.sum(k * x**3)

    x = leaf([0.4, -1.3])
    slope = cubic(x, 2.0)
    assert slope.grad_fn.name() == "CubicBackward0"
    assert_allclose(slope.detach(), 6 * np.array([0.4, -1.3]) ** 2)
    slope.sum().backward()
    assert_allclose(x.grad, 12 * np.array([0.4, -1.3]))
    with torch.no_grad():
        assert not cubic(x, 2.0).requires_grad
    untracked = cubic(torch.tensor([1.0, 2.0]), 2.0)
    assert isinstance(untracked, torch.Tensor)
    assert not untracked.requires_grad
    value, slope = value_and_grad(cubic.primal)(x, k=leaf(2.0))
    (value + slope.sum()).backward()


def test_what_cannot_be_compiled_is_recorded():
    @compiled
    def powers(x):
        def each():
            y = x
            for _ in range(3):
                y = y * x.sum()
                yield y

        return np.sum(sum(each()))

    x = leaf([0.7, 0.9])
    y = powers(x)
    assert y.grad_fn.name() != "PowersBackward0"
    y.backward()
    assert_allclose(x.grad, grad(powers.primal)(np.array([0.7, 0.9])))
    with pytest.raises(CompileError):
        grad(powers.primal, fallback="error")(np.array([0.7, 0.9]))


def slope(f, x, step=1e-5):
    return (f(x + step) - f(x - step)) / (2 * step)


def taped(x):
    def each():
        y = x
        for _ in range(3):
            y = y * np.sin(x)
            yield y

    return sum(each())


def test_second_derivatives_on_the_tape():
    first = grad(taped)
    second = grad(first)
    assert second(0.8) == pytest.approx(slope(first, 0.8), rel=1e-8)
    assert grad(second)(0.8) == pytest.approx(slope(second, 0.8), rel=1e-8)

    def by_gradient(x, k):
        return first(x * k) * x

    assert grad(by_gradient)(0.8, 1.2) == pytest.approx(
        slope(lambda x: by_gradient(x, 1.2), 0.8), rel=1e-8
    )


def test_compiled_gradients_inside_of_taped_functions():
    @grad
    def inner(x, k):
        return k * x**3

    def outer(x):
        try:
            return inner(x, x) * x
        finally:
            pass

    assert grad(outer)(0.7) == pytest.approx(slope(outer, 0.7), rel=1e-9)
    second = grad(grad(outer))(0.7)
    assert second == pytest.approx(slope(grad(outer), 0.7), rel=1e-8)


def test_pullbacks_at_tensors_are_recorded():
    x = leaf(2.0)
    y, pullback = vjp(lambda x: x**3, x)
    (y_bar,) = pullback(1.0)
    assert (float(y), float(y_bar)) == (8.0, 12.0)
    y_bar.backward()
    assert_allclose(x.grad, 12.0)


def test_methods_are_bridged():
    class Spring:
        k = 3.0

        @compiled
        def energy(self, x):
            return self.k * np.sum(x * x)

    x = leaf([1.0, 2.0])
    y = Spring().energy(x)
    y.backward()
    assert_allclose(x.grad, [6.0, 12.0])


def test_what_is_refused_is_compiled_once_for_many_calls(monkeypatch):
    tried = []
    compile_vjp = pullback.compile_vjp

    def counted(*args):
        tried.append(args)
        return compile_vjp(*args)

    monkeypatch.setattr(pullback, "compile_vjp", counted)
    power = compiled(lambda x: eval("x ** 3"))
    for value in (0.5, 1.7, -2.3):
        x = leaf(value)
        power(x).backward()
        assert x.grad.item() == pytest.approx(3 * value**2)
    assert len(tried) == 1
