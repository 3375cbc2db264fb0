"""The fast path of elementwise operations: graphs of all shapes, and its shortcuts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from numpy.testing import assert_allclose

import sourcediff.tensor as torch

A = np.array([[0.31, 0.72, 1.13], [0.54, 0.95, 0.46]])
B = np.array([0.83, 0.37, 0.61])
OPERATIONS = [
    lambda u, v: u + v,
    lambda u, v: u * v,
    lambda u, v: u - v,
    lambda u, v: u / (1.5 + v * v),
    lambda u, v: np.sin(u),
    lambda u, v: u * 0.75,
    lambda u, v: 0.5 - u,
    lambda u, v: 1.25 / (2 + u * u),
    np.maximum,
    lambda u, v: -u,
    lambda u, v: u**2,
]
steps = some.lists(
    some.tuples(
        some.sampled_from(range(len(OPERATIONS))),
        some.integers(0, 7),
        some.integers(0, 7),
    ),
    min_size=1,
    max_size=12,
)


def program(steps, *leaves):
    values = list(leaves)
    for operation, left, right in steps:
        u, v = values[-1 - left % len(values)], values[-1 - right % len(values)]
        values.append(OPERATIONS[operation](u, v))
    return values[-1], values[len(values) // 2]


@given(steps)
def test_random_graphs(steps):
    """Sharing, broadcasting and constants; against differences along a direction."""
    leaves = [torch.tensor(a, requires_grad=True) for a in (A, B)]
    first, second = program(steps, *leaves)
    rng = np.random.default_rng(len(steps))
    seeds = [rng.normal(size=y.shape) for y in (first, second)]
    torch.autograd.backward([first, second], seeds)
    found = [0.0 if x.grad is None else x.grad.numpy() for x in leaves]
    directions = [rng.normal(size=a.shape) for a in (A, B)]

    def along(t):
        moved = [a + t * d for a, d in zip((A, B), directions, strict=True)]
        ends = program(steps, *moved)
        return sum(np.sum(y * s) for y, s in zip(ends, seeds, strict=True))

    slope = (along(1e-6) - along(-1e-6)) / 2e-6
    by_graph = sum(np.sum(g * d) for g, d in zip(found, directions, strict=True))
    assert_allclose(by_graph, slope, rtol=1e-5, atol=1e-6)
    again = [torch.tensor(a, requires_grad=True) for a in (A, B)]
    torch.autograd.backward(list(program(steps, *again)), seeds, create_graph=True)
    for one, other in zip(leaves, again, strict=True):
        if one.grad is not None:
            assert_allclose(other.grad.detach(), one.grad, rtol=1e-12)


def test_the_seed_stays_as_it_was():
    x = torch.tensor(A, requires_grad=True)
    seed = np.ones_like(A)
    y = x + x
    (y + (y + y)).backward(seed)
    assert np.array_equal(seed, np.ones_like(A))
    assert_allclose(x.grad, np.full_like(A, 6.0))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("number", [0.0, -0.0, np.nan, 2, 2.0, 2**70, 0.1])
def test_numbers_are_those_that_numpy_takes(dtype, number):
    x = torch.tensor(B.astype(dtype), requires_grad=True)
    for y, expected in (
        (x * number, x.detach().numpy() * number),
        (number - x, number - x.detach().numpy()),
    ):
        assert y.dtype == dtype
        assert y.detach().numpy().tobytes() == expected.tobytes()


def test_zero_and_negative_zero_are_two_numbers():
    x = torch.tensor(B, requires_grad=True)
    signs = [np.signbit((x * zero).tolist()).all() for zero in (0.0, -0.0, 0.0)]
    assert signs == [False, True, False]


def test_a_tensor_may_get_other_data():
    x = torch.tensor(B, requires_grad=True)
    assert (x * 2 + x).shape == (3,)
    x.data = torch.tensor(A, dtype=torch.float32)
    y = x * 2 + x
    assert y.shape == (2, 3)
    assert y.dtype == np.float32
    y.sum().backward()
    assert x.grad.dtype == np.float32
    assert_allclose(x.grad, np.full_like(A, 3.0))


def test_precisions_meet():
    x = torch.tensor(A.astype(np.float32), requires_grad=True)
    w = torch.tensor(B, requires_grad=True)
    (x * w + x).sum().backward()
    assert x.grad.dtype == np.float32
    assert w.grad.dtype == np.float64
    assert_allclose(x.grad, np.broadcast_to(B + 1, A.shape), rtol=1e-6)
    assert_allclose(w.grad, A.sum(axis=0), rtol=1e-6)


def test_a_second_pass_is_refused_with_hooks_and_without():
    for hooked in (False, True):
        x = torch.tensor(B, requires_grad=True)
        y = x * x
        if hooked:
            y.register_hook(lambda g: None)
        y.sum().backward(retain_graph=True)
        y.sum().backward()
        with pytest.raises(RuntimeError, match="a second time"):
            (y + 1).sum().backward()
        with pytest.raises(RuntimeError, match="a second time"):
            y.grad_fn._saved_self  # noqa: B018 (an attribute that raises)


def test_arrays_that_cannot_be_written_into_are_kept():
    weights = B.copy()
    weights.flags.writeable = False
    x = torch.tensor(A, requires_grad=True)
    (x * weights * np.broadcast_to(2.0, (2, 3))).sum().backward()
    assert_allclose(x.grad, np.broadcast_to(2 * B, A.shape))
