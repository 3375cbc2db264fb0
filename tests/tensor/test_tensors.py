"""Tensors: making, describing, indexing, printing them."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import sourcediff.tensor as torch


def test_default_dtypes():
    assert torch.tensor([1.0, 2.0]).dtype == torch.float32
    assert torch.tensor([1, 2]).dtype == torch.int64
    assert torch.tensor([True]).dtype == torch.bool if hasattr(torch, "bool") else True
    assert torch.tensor(np.array([1.5])).dtype == torch.float64
    assert torch.tensor(np.float64(1.5)).dtype == torch.float64
    assert torch.tensor(1 + 2j).dtype == torch.complex64
    assert torch.tensor([1.0], dtype=torch.float64).dtype == torch.float64
    assert (torch.tensor([1, 2]) / 2).dtype == torch.float32
    assert (torch.tensor([1, 2]) * 1.5).dtype == torch.float32
    assert torch.sin(torch.tensor([1, 2])).dtype == torch.float32


def test_the_default_dtype_can_be_changed():
    torch.set_default_dtype(torch.float64)
    try:
        assert torch.tensor(1.0).dtype == torch.zeros(2).dtype == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert torch.get_default_dtype() == np.float32


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (lambda: torch.zeros(2, 3), np.zeros((2, 3))),
        (lambda: torch.ones((3,)), np.ones(3)),
        (lambda: torch.full((2,), 3.5), np.full(2, 3.5)),
        (lambda: torch.arange(1, 6, 2), np.arange(1, 6, 2)),
        (lambda: torch.linspace(0, 1, 5), np.linspace(0, 1, 5)),
        (lambda: torch.eye(3, 4), np.eye(3, 4)),
        (lambda: torch.zeros_like(torch.ones(2, 5)), np.zeros((2, 5))),
        (lambda: torch.ones_like(torch.zeros(2, 5)), np.ones((2, 5))),
        (lambda: torch.full_like(torch.zeros(2), 2.5), np.full(2, 2.5)),
    ],
)
def test_constants(made, expected):
    np.testing.assert_array_equal(made(), expected)


def test_random_numbers_are_reproducible():
    torch.manual_seed(3)
    first = torch.randn(3, 4), torch.rand(5), torch.randint(0, 9, (4,))
    torch.manual_seed(3)
    again = torch.randn(3, 4), torch.rand(5), torch.randint(0, 9, (4,))
    for a, b in zip(first, again, strict=True):
        assert torch.equal(a, b)
    assert first[0].dtype == torch.float32
    assert torch.randn(2, requires_grad=True).requires_grad


def test_from_numpy_shares_memory():
    array = np.arange(3.0)
    tensor = torch.from_numpy(array)
    array[0] = 7.5
    assert tensor.tolist() == [7.5, 1.0, 2.0]
    assert tensor.numpy() is array
    assert torch.tensor(array).numpy() is not array


def test_descriptions():
    x = torch.zeros(2, 3)
    assert x.shape == (2, 3)
    assert repr(x.shape) == "torch.Size([2, 3])"
    assert x.size() == x.shape
    assert (x.size(1), x.ndim, x.dim(), x.numel(), len(x)) == (3, 2, 2, 6, 2)
    assert str(x.device) == "cpu"
    assert x.cpu() is x
    assert x.to("cpu") is x
    assert not torch.cuda.is_available()
    with pytest.raises(RuntimeError, match="CPU"):
        x.to("cuda")
    with pytest.raises(RuntimeError, match="CPU"):
        torch.zeros(2, device="cuda")
    assert torch.is_tensor(x)
    assert isinstance(x, torch.Tensor)
    assert not isinstance(2.0, torch.Tensor)
    assert torch.Tensor([1, 2]).dtype == torch.float32
    assert torch.Tensor(2, 3).shape == (2, 3)


REPRESENTATIONS = [
    (lambda: torch.tensor(27.0), "tensor(27.)"),
    (lambda: torch.tensor([1.0, 2.0]), "tensor([1., 2.])"),
    (lambda: torch.tensor([1.5, -2.25]), "tensor([ 1.5000, -2.2500])"),
    (lambda: torch.tensor([1, 20]), "tensor([ 1, 20])"),
    (lambda: torch.tensor([True, False]), "tensor([ True, False])"),
    (lambda: torch.tensor([1e10, 1.0]), "tensor([1.0000e+10, 1.0000e+00])"),
    (lambda: torch.tensor([100000.0, 1.0]), "tensor([1.0000e+05, 1.0000e+00])"),
    (lambda: torch.tensor([float("nan"), 1.0]), "tensor([nan, 1.])"),
    (lambda: torch.tensor([float("inf"), 1.5]), "tensor([   inf, 1.5000])"),
    (lambda: torch.tensor([]), "tensor([])"),
    (lambda: torch.zeros(0, 3), "tensor([], size=(0, 3))"),
    (lambda: torch.tensor([1 + 2j]), "tensor([1.+2.j])"),
    (
        lambda: torch.tensor([1.0], dtype=torch.float64),
        "tensor([1.], dtype=torch.float64)",
    ),
    (
        lambda: torch.tensor([1.0, 2.0], requires_grad=True),
        "tensor([1., 2.], requires_grad=True)",
    ),
    (
        lambda: torch.tensor([1.0, 2.0], requires_grad=True).sum(),
        "tensor(3., grad_fn=<SumBackward0>)",
    ),
    (
        lambda: torch.tensor([[1.5], [20.25]]),
        "tensor([[ 1.5000],\n        [20.2500]])",
    ),
    (lambda: torch.arange(2000), "tensor([   0,    1,    2,  ..., 1997, 1998, 1999])"),
]


@pytest.mark.parametrize(("made", "text"), REPRESENTATIONS)
def test_representations(made, text):
    assert repr(made()) == text


def test_long_tensors_break_lines_as_there():
    lines = repr(torch.zeros(30)).split("\n")
    assert [line.count("0.") for line in lines] == [24, 6]
    assert lines[1].startswith("        0., ")


def test_indexing():
    array = np.arange(24.0).reshape(2, 3, 4)
    x = torch.tensor(array)
    mask = array > 7
    rows = np.array([1, 0, 1])
    keys = [
        *(0, -1, (1, 2), (1, 2, 3), slice(None, None, 2), (..., 1), None),
        *((slice(None), None, 1), mask, rows, (rows, [0, 2, 2])),
    ]
    for key in keys:
        np.testing.assert_array_equal(x[key], array[key])
    np.testing.assert_array_equal(x[torch.tensor(rows)], array[rows])
    np.testing.assert_array_equal(x[x > 7], array[mask])
    assert [row.shape for row in x] == [(3, 4), (3, 4)]
    assert 7.0 in x
    assert 99.0 not in x


def test_operators_agree_with_numpy():
    rng = np.random.default_rng(1)
    a, b = rng.uniform(0.5, 2.0, (2, 3, 4))
    x, y = torch.tensor(a), torch.tensor(b)
    pairs = [
        *((x + y, a + b), (x - y, a - b), (x * y, a * b), (x / y, a / b)),
        *((x**y, a**b), (x % y, a % b), (x // y, a // b), (-x, -a), (abs(-x), a)),
        *((2 + x, 2 + a), (2 - x, 2 - a), (2 / x, 2 / a), (2**x, 2**a)),
        *((x @ y.T, a @ b.T), (x > y, a > b), (x <= y, a <= b), (x == x, a == a)),
        *((~(x > y), ~(a > b)), ((x > 1) & (y > 1), (a > 1) & (b > 1))),
        *((a + y, a + b), (x * b, a * b), (a @ y.T, a @ b.T)),
    ]
    for ours, theirs in pairs:
        assert isinstance(ours, torch.Tensor)
        np.testing.assert_allclose(ours, theirs)


def test_conversions():
    x = torch.tensor([2.5])
    assert (x.item(), float(x), int(x), bool(x), x.tolist()) == (
        2.5,
        2.5,
        2,
        True,
        [2.5],
    )
    assert f"{torch.tensor(0.12345):.2f}" == "0.12"
    assert [10, 20, 30][torch.tensor(1)] == 20
    assert x.double().dtype == torch.float64
    assert torch.tensor([1]).float().dtype == torch.float32
    assert x.to(torch.float64).dtype == torch.float64
    assert x.float() is x


def test_copies_of_leaves():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    for twin in (copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert twin is not x
        assert twin.requires_grad
        assert twin.tolist() == [1.0, 2.0]
        assert twin.grad.tolist() == [2.0, 4.0]
    with pytest.raises(RuntimeError, match="created explicitly by the user"):
        copy.deepcopy(x * 2)


def test_variable_is_an_alias():
    v = torch.autograd.Variable(torch.ones(2))
    assert v.tolist() == [1.0, 1.0]
    assert isinstance(v, torch.autograd.Variable)


def test_flags_of_leaves():
    x = torch.ones(2)
    assert not x.requires_grad
    assert x.is_leaf
    assert x.requires_grad_() is x
    assert (x * 2).requires_grad
    assert (x * 2).detach().grad_fn is None
    x.requires_grad = False
    assert not x.requires_grad
    assert x.grad_fn is None


def test_contiguous_is_in_the_order_of_rows():
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x.t().contiguous()
    assert y.is_contiguous()
    assert y.view(-1).tolist() == [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]
    y.view(-1)[1].backward()
    assert x.grad.tolist() == [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0]]


def test_the_name_of_the_type():
    assert torch.ones(1).type() == "torch.FloatTensor"
    assert torch.ones(1).type(torch.float64).type() == "torch.DoubleTensor"
