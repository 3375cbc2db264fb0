"""Derivatives inside of functions that are differentiated, and structures in a ring."""

import dataclasses

import numpy as np
import pytest

import sourcediff as sd
import sourcediff.tensor as st
from sourcediff import check_grads, grad, hessian, hvp, jacobian, jvp, vjp
from sourcediff.errors import EndlessStructure

X = np.array([0.3, 1.2, -0.7])


def energy(x):
    return np.sum(np.sin(x) * x**2)


def field(x):
    return np.sin(x) * np.roll(x, 1) ** 2


def by_gradient(x):
    return np.sum(sd.grad(energy)(x) ** 2)


def by_value_and_gradient(x):
    value, slope = sd.value_and_grad(energy)(x)
    return value * slope[0]


def by_jacobian(x):
    return np.sum(sd.jacobian(field)(x) ** 2)


def by_jacobian_of_a_lambda(x):
    scale = x[0]
    return np.sum(sd.jacobian(lambda y: scale * np.exp(y))(x) ** 2)


def by_hessian(x):
    return np.linalg.det(sd.hessian(energy)(x))


def by_hvp(x):
    return np.sum(sd.hvp(energy, (x,), (x * x,))[0] ** 2)


def by_jvp(x):
    value, moved = sd.jvp(field, (x,), (np.cos(x),))
    return value @ moved


def by_vjp(x):
    y, pullback = sd.vjp(field, x)
    return pullback(y)[0] @ x


def by_newton(x):
    y = x
    for _ in range(2):
        y = y - 0.1 * np.linalg.solve(np.eye(3) + sd.hessian(energy)(y) / 9, X)
    return y @ y


INSIDE = [
    by_gradient,
    by_value_and_gradient,
    by_jacobian,
    by_jacobian_of_a_lambda,
    by_hessian,
    by_hvp,
    by_jvp,
    by_vjp,
    by_newton,
]


@pytest.mark.parametrize("function", INSIDE, ids=lambda f: f.__name__)
def test_derivatives_inside_of_a_function_are_differentiated(function):
    check_grads(function, (X,), modes=("reverse",))


@dataclasses.dataclass
class Spring:
    k: float
    rest: np.ndarray


def stored(spring):
    return spring.k**2 * np.sum(spring.rest**3) + spring.k


def flat(v):
    return stored(Spring(v[0], v[1:]))


def test_second_derivatives_by_objects():
    spring, moved = Spring(1.5, np.array([0.4, 0.9])), Spring(0.3, np.array([1.0, 2.0]))
    v, v_dot = np.array([1.5, 0.4, 0.9]), np.array([0.3, 1.0, 2.0])
    expected = hessian(flat)(v)
    (product,) = hvp(stored, (spring,), (moved,))
    np.testing.assert_allclose([product.k, *product.rest], expected @ v_dot)
    matrix = hessian(stored)(spring)
    assert matrix.k.k == pytest.approx(expected[0, 0])
    np.testing.assert_allclose(matrix.rest.rest, expected[1:, 1:])
    np.testing.assert_allclose(matrix.k.rest, expected[0, 1:])


def test_at_tensors_they_are_tensors():
    x = st.tensor(X, requires_grad=True)
    matrix = jacobian(field)(x)
    assert isinstance(matrix, st.Tensor)
    np.testing.assert_allclose(matrix.detach().numpy(), jacobian(field)(X))
    (matrix**2).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), grad(by_jacobian)(X))
    y, pullback = vjp(field, x)
    np.testing.assert_allclose(
        pullback(y)[0].detach().numpy(), vjp(field, X)[1](field(X))[0]
    )
    _, y_dot = jvp(field, (x,), (X,))
    np.testing.assert_allclose(y_dot.detach().numpy(), jvp(field, (X,), (X,))[1])


def test_jacobians_of_structures_at_tensors():
    def both(p, scale):
        return {"a": p["u"] * scale, "n": 3, "b": np.sum(p["v"]) * p["u"][0]}

    p = {"u": X, "v": np.array([[0.5, 1.5]])}
    tracked = {key: st.tensor(value, requires_grad=True) for key, value in p.items()}
    found, expected = jacobian(both)(tracked, 2.0), jacobian(both)(p, 2.0)
    assert found["n"] is None
    for name in "ab":
        for key in "uv":
            inner = found[name][key].detach().numpy()
            np.testing.assert_allclose(inner, expected[name][key])


class Node:
    def __init__(self, value, parent=None):
        self.value = value
        self.parent = parent
        self.children = []
        if parent is not None:
            parent.children.append(self)


def tree():
    root = Node(1.5)
    Node(2.0, root)
    return root


def down(root):
    return root.value**2 * root.children[0].value


def down_and_up(x, root):
    return x**2 * down(root) * root.children[0].parent.value


@pytest.mark.parametrize("fallback", ["tape", "always"])
def test_structures_in_a_ring(fallback):
    slopes = grad(down, fallback=fallback)(tree())
    assert slopes.value == pytest.approx(6.0)
    assert slopes.children[0].value == pytest.approx(2.25)
    slope = grad(down_and_up, fallback=fallback)(0.5, tree())
    assert slope == pytest.approx(2 * 0.5 * 1.5**2 * 2.0 * 1.5)


def test_structures_in_a_ring_have_no_end():
    with pytest.raises(EndlessStructure, match=r"root\.children\[0\]\.parent is"):
        jvp(down, (tree(),), (tree(),))
    with pytest.raises(EndlessStructure):
        hvp(down, (tree(),), (tree(),))
    with pytest.raises(EndlessStructure):
        jacobian(down)(tree())


def written_by_itself(a, n):
    if n == 0:
        return a * 2
    a[0] *= a[1]
    a = written_by_itself(a, n - 1)
    return a * a[2]


def recursion(x):
    return written_by_itself(x * 1.0, 2).sum()


def largest_so_far(x):
    largest, kept = x[0], []
    for v in x[1:]:
        largest = max(largest * 0.9, v)
        kept.append(largest)
    return np.dot(kept, kept)


@pytest.mark.parametrize("function", [recursion, largest_so_far])
def test_second_derivatives_on_the_tape(function):
    check_grads(function, (X,), order=2)
