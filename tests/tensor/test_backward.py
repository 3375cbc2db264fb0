"""`backward` and `grad`: seeds, accumulation, freeing, several roots, higher orders."""

from __future__ import annotations

import gc
import threading
import tracemalloc
import weakref

import numpy as np
import pytest

import sourcediff.tensor as torch


def leaf(values, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype, requires_grad=True)


@pytest.mark.parametrize("seed", [[3.0, 0.5], np.array([3.0, 0.5]), (3, 0.5)])
def test_seeds_may_be_lists_and_arrays(seed):
    x = leaf([1.0, 2.0])
    (x * x).backward(seed if not isinstance(seed, tuple) else list(seed))
    np.testing.assert_allclose(x.grad, [6.0, 2.0])


def test_a_number_as_seed():
    x = leaf(2.0)
    (x * x).backward(0.5)
    assert x.grad.item() == 2.0


def test_gradients_accumulate_in_the_same_object():
    x = leaf([1.0, 2.0], torch.float32)
    (x * 2).sum().backward()
    first = x.grad
    (x * np.array([3.0, 4.0])).sum().backward()
    assert x.grad is first
    assert x.grad.dtype == torch.float32
    assert x.grad.tolist() == [5.0, 6.0]
    x.grad = None
    assert x.grad is None


def test_gradients_of_two_leaves_share_no_memory():
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    (x + y).backward([1.0, 1.0])
    (x + x).backward([1.0, 1.0])
    assert x.grad.tolist() == [3.0, 3.0]
    assert y.grad.tolist() == [1.0, 1.0]


def test_the_seed_is_not_kept_nor_written():
    x = leaf([1.0, 2.0])
    seed = torch.tensor([1.0, 1.0], dtype=torch.float64)
    y = x + 0
    y.backward(seed, retain_graph=True)
    y.backward(seed)
    assert seed.tolist() == [1.0, 1.0]
    assert x.grad.tolist() == [2.0, 2.0]


def test_a_saved_value_is_not_written_by_accumulation():
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    y = x * w
    for _ in range(3):
        y.backward([1.0, 1.0], retain_graph=True)
    assert x.grad.tolist() == [9.0, 12.0]
    assert w.tolist() == [3.0, 4.0]


def test_broadcast_arguments_get_their_shape_and_dtype():
    x = torch.ones(3, 1, requires_grad=True)
    y = leaf(np.arange(4.0))
    s = torch.tensor(2.0, requires_grad=True)
    (x * y * s).sum().backward()
    assert (x.grad.shape, x.grad.dtype) == ((3, 1), torch.float32)
    assert (y.grad.shape, y.grad.dtype) == ((4,), torch.float64)
    np.testing.assert_allclose(x.grad, np.full((3, 1), 12.0))
    np.testing.assert_allclose(y.grad, np.full(4, 6.0))
    assert s.grad.item() == 18.0


def test_the_graph_is_freed_unless_retained():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [4.0, 8.0]
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()


@pytest.mark.parametrize(
    "linear",
    [
        lambda x: (x + 1).sum(),
        lambda x: x.view(2, 1).t().mean(),
        lambda x: torch.cat([x, x])[1:].sum(0),
    ],
)
def test_what_saved_no_values_can_be_passed_again(linear):
    x = leaf([1.0, 2.0])
    y = linear(x)
    y.backward()
    once = x.grad.tolist()
    y.backward()
    assert x.grad.tolist() == [2 * g for g in once]


def test_several_roots_and_chosen_inputs():
    a, b = leaf(1.0), leaf(2.0)
    torch.autograd.backward([a * 2, a * b])
    assert (a.grad.item(), b.grad.item()) == (4.0, 1.0)
    a.grad = b.grad = None
    (a * b).backward(inputs=[a])
    assert a.grad.item() == 2.0
    assert b.grad is None


def test_grad_leaves_grad_alone():
    a, b = leaf(1.5), leaf(2.0)
    c = a * 2
    d = c * b
    by_c, by_a = torch.autograd.grad(d, [c, a])
    assert (by_c.item(), by_a.item()) == (2.0, 4.0)
    assert a.grad is None
    (itself,) = torch.autograd.grad(c, c)
    assert itself.item() == 1.0


def test_unused_inputs():
    a, b = leaf(1.0), leaf(2.0)
    y = a * a
    with pytest.raises(RuntimeError, match="at index 1 appears to not have been used"):
        torch.autograd.grad(y, [a, b], retain_graph=True)
    assert (
        torch.autograd.grad(y, [a, b], allow_unused=True, retain_graph=True)[1] is None
    )
    zero = torch.autograd.grad(y, [a, b], materialize_grads=True)[1]
    assert zero.item() == 0.0


def test_only_the_needed_part_of_the_graph_is_passed():
    x, w = leaf([1.0]), leaf([2.0])
    passed = []
    left = x.exp()
    left.grad_fn.register_hook(lambda *_: passed.append("left"))
    right = w.exp()
    torch.autograd.grad(left * right, w)
    assert passed == []


def test_higher_derivatives():
    x = leaf(3.0)
    g = x**4
    for expected in (4 * 27.0, 12 * 9.0, 24 * 3.0):
        (g,) = torch.autograd.grad(g, x, create_graph=True)
        assert g.item() == pytest.approx(expected)


SMOOTH = [
    lambda x, y: (x * y).sin(),
    lambda x, y: x / y + y**3,
    lambda x, y: (x @ y.T).exp(),
    lambda x, y: torch.tanh(x).sum(dim=0) * y.mean(dim=1)[0],
    lambda x, y: torch.stack([x, y])[1, :, [0, 2]] * x[0, 0],
    lambda x, y: torch.cat([x, y], dim=1).prod(dim=1),
    lambda x, y: torch.sigmoid(x) * torch.softmax(y, dim=1),
    lambda x, y: torch.logsumexp(x + y, dim=0),
    lambda x, y: torch.where(x > 0.7, x * y, y * y),
    lambda x, y: (x.std() + y.var(dim=1)).log(),
    lambda x, y: x.norm() * y.reshape(3, 2)[:, 1],
    lambda x, y: torch.einsum("ij,kj->ik", x, y) ** 2,
    lambda x, y: x.cumsum(dim=1) * y.flip(1),
    lambda x, y: x.expand(2, 2, 3) * y.permute(1, 0)[None, :2].mean(),
    lambda x, y: np.sqrt(x) * np.arctan2(x, y),
]


@pytest.mark.parametrize("function", SMOOTH)
def test_first_and_second_derivatives_against_differences(function):
    rng = np.random.default_rng(7)
    x, y = (leaf(rng.uniform(0.4, 1.6, (2, 3))) for _ in range(2))
    assert torch.autograd.gradcheck(function, (x, y))
    assert torch.autograd.gradgradcheck(function, (x, y))


def test_create_graph_makes_gradients_that_can_be_differentiated():
    x = leaf([1.0, 2.0])
    (x**3).sum().backward(create_graph=True)
    first = x.grad
    assert first.requires_grad
    x.grad = None
    (first**2).sum().backward()
    np.testing.assert_allclose(x.grad, 2 * 3 * x.detach() ** 2 * 6 * x.detach())


def test_a_chain_of_a_hundred_thousand_nodes():
    x = leaf([1.0, 2.0])
    y = x
    for _ in range(100_000):
        y = y * 1.00001
    y.sum().backward()
    np.testing.assert_allclose(x.grad, np.full(2, 1.00001**100_000), rtol=1e-9)
    del y
    gc.collect()


def test_a_chain_takes_memory_in_proportion_to_its_length():
    def peak(length):
        x = leaf([0.3, 0.9])
        gc.collect()
        tracemalloc.start()
        y = x
        for k in range(length):
            y = (y * x if k % 3 else y.sin()) + 0.25
        y.sum().backward()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert 9 < peak(50_000) / peak(5_000) < 11  # of two operations each


def test_backward_takes_no_more_memory_than_the_chain():
    def peak(length):
        x = leaf(np.ones(1000))
        y = x
        for _ in range(length):
            y = y.sin()
        gc.collect()
        tracemalloc.start()
        y.sum().backward()
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(2000) < 1.5 * peak(500) + 100_000


def test_linear_operations_keep_no_values():
    x = leaf(np.ones(100_000))
    tracemalloc.start()
    y = x
    for _ in range(20):
        y = (y + 1.5) * 2.0
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 3 * x.detach().numpy().nbytes
    assert y.requires_grad


def test_sharing_visits_each_node_once():
    x = leaf(1.0)
    y = x
    for _ in range(60):  # 2 ** 60 paths
        y = (y + y) * 0.5
    y.backward()
    assert x.grad.item() == 1.0


def test_no_reference_cycles():
    gc.collect()
    gc.disable()
    try:
        x = leaf([1.0, 2.0])
        w = torch.nn.Parameter(torch.ones(2, dtype=torch.float64))
        y = torch.sigmoid((x * w).exp())[0] + torch.softmax(x, 0).max()
        y = y * (x + 0).view(2, 1).t().sum()
        loss = y.sum()
        gone = [weakref.ref(t) for t in (y, loss, y.grad_fn, loss.grad_fn)]
        loss.backward()
        del y, loss
        assert [reference() for reference in gone] == [None] * 4
        reference = weakref.ref(x)
        del x, w
        assert reference() is None
    finally:
        gc.enable()


def test_a_function_node_makes_no_cycle():
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = 2 * x
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx, g):
            x, y = ctx.saved_tensors
            return g * y / x

    gc.collect()
    gc.disable()
    try:
        x = leaf([1.0, 2.0])
        y = Double.apply(x)
        y.sum().backward()
        reference = weakref.ref(y)
        del y
        assert reference() is None
    finally:
        gc.enable()
    assert x.grad.tolist() == [2.0, 2.0]


def test_values_are_released_as_the_sweep_passes():
    x = leaf([1.0, 2.0])
    y = x.exp()
    z = y * y
    reference = weakref.ref(y)
    del y
    z.sum().backward()
    assert reference() is None


def test_complex_gradients_point_uphill():
    z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    (z * z.conj()).real.sum().backward()
    np.testing.assert_allclose(z.grad, 2 * z.detach().numpy())
    z.grad = None
    z.abs().sum().backward()
    array = z.detach().numpy()
    np.testing.assert_allclose(z.grad, array / np.abs(array), rtol=1e-6)


def test_threads_record_on_their_own():
    results = {}

    def work(k):
        x = leaf(np.full(3, float(k)))
        for _ in range(50):
            x.grad = None
            (x * x).sum().backward()
        results[k] = x.grad.tolist()

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {k: [2.0 * k] * 3 for k in range(4)}
