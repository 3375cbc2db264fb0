"""NumPy's functions on tensors, in both directions."""

from __future__ import annotations

import numpy as np
import pytest

import sourcediff.tensor as torch
from sourcediff.errors import LostGradient, MissingRule
from sourcediff.tensor.autograd import gradcheck, gradgradcheck

RNG = np.random.default_rng(5)
ARRAY = RNG.uniform(0.5, 1.5, (3, 3))


def leaf():
    return torch.tensor(RNG.uniform(0.5, 1.5, (3, 3)), requires_grad=True)


FUNCTIONS = [
    lambda t: np.sin(t) * ARRAY,
    lambda t: ARRAY * t + ARRAY / t,
    lambda t: np.concatenate([t, ARRAY], axis=1) ** 2,
    lambda t: np.stack([t, ARRAY, t]).sum(axis=0),
    lambda t: np.linalg.solve(t + 3 * np.eye(3), ARRAY),
    lambda t: np.linalg.inv(t + 3 * np.eye(3)),
    lambda t: np.where(ARRAY > 1, t, np.exp(t)),
    lambda t: np.add.reduce(t, axis=1) * np.multiply.reduce(t),
    lambda t: np.add.accumulate(t, axis=1),
    lambda t: np.multiply.outer(t[0], t[1]),
    lambda t: np.tensordot(t, ARRAY, 1) @ t[0],
    lambda t: np.einsum("ij,jk->k", t, t),
    lambda t: np.mean(np.sort(t, axis=0), axis=1),
    lambda t: np.cumsum(t)[::2] * np.max(t),
    lambda t: np.transpose(t)[1:] * np.broadcast_to(t[0], (2, 3)),
    lambda t: np.linalg.norm(t, axis=0) * np.trace(t),
    lambda t: np.add(t, ARRAY, where=True) - np.pad(t, 1)[1:-1, 2:],
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_are_tracked(function):
    assert gradcheck(function, (leaf(),))
    assert gradgradcheck(function, (leaf(),))


def test_several_results():
    def spectrum(t):
        values, vectors = np.linalg.eigh(t @ t.T)
        return values * np.sign(vectors[0, 0]) ** 2

    assert gradcheck(spectrum, (leaf(),))
    pieces = np.split(leaf(), 3)
    assert all(isinstance(piece, torch.Tensor) for piece in pieces)
    assert pieces[1].grad_fn is pieces[2].grad_fn
    assert [piece.output_nr for piece in pieces] == [0, 1, 2]


def test_questions_about_a_tensor():
    t = leaf()
    assert np.shape(t) == (3, 3)
    assert np.ndim(t) == 2
    assert np.size(t) == 9
    assert np.result_type(t, np.float32) == np.float64
    assert not np.iscomplexobj(t)
    assert np.allclose(t, t.detach())
    assert isinstance(np.argmax(t), torch.Tensor)
    assert isinstance(t > ARRAY, torch.Tensor)


def test_untracked_tensors_give_tensors():
    t = torch.tensor(ARRAY)
    assert isinstance(np.sin(t), torch.Tensor)
    assert not np.sin(t).requires_grad
    np.testing.assert_array_equal(np.asarray(t), ARRAY)


def test_out_writes_in_place():
    x = leaf()
    y = x * 0
    np.add(x, 1.5, out=y)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad, np.ones((3, 3)))


def test_tracked_values_do_not_vanish_in_plain_arrays():
    x, plain = leaf(), np.zeros((3, 3))
    with pytest.raises(LostGradient, match="plain array"):
        plain += x
    with pytest.raises(RuntimeError, match=r"Can't call numpy\(\)"):
        plain[:] = x


def test_a_function_without_a_rule_is_named():
    with pytest.raises(MissingRule, match=r"np\.packbits.*test_numpy\.py"):
        np.packbits(leaf())


def test_mixed_precision_keeps_each_dtype():
    x = torch.ones(3, requires_grad=True)
    y = np.multiply(x, np.arange(3.0))
    assert y.dtype == np.float64
    y.sum().backward()
    assert x.grad.dtype == np.float32
    assert x.grad.tolist() == [0.0, 1.0, 2.0]
