"""Writes: into results, through views, behind the graph's back."""

from __future__ import annotations

import numpy as np
import pytest

import sourcediff.tensor as torch
from sourcediff.tensor.autograd import gradcheck, gradgradcheck
from sourcediff.tensor.memory import registry

VALUES = [0.7, 1.9, -0.4, 1.1]


def leaf(values=VALUES):
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def constant_store(x):
    y = x * 2
    y[1] = 10.0
    return y * y


def tracked_store(x):
    y = x * 2
    y[1:3] = x[0] * x[2:]
    return y * y


def store_into_untracked(x):
    y = torch.zeros(4, dtype=torch.float64)
    y[1] = x[2] * x[0]
    y[2] = y[1] * x[3]
    return y.sum() * y


def broadcast_store(x):
    y = torch.zeros(3, 4, dtype=torch.float64)
    y[:, 1:3] = x[:1]
    y[1] = x
    return y.exp()


def mask_store(x):
    y = x * x
    y[x > 1] = x[x > 1] ** 3
    return y


def masked_update(x):
    y = x * 2
    y[y > 1] *= 3
    return y


def repeated_indices_keep_the_last(x):
    y = torch.zeros(3, dtype=torch.float64)
    y[[0, 1, 0, 0]] = x
    return y * y


def list_of_tensors(x):
    y = torch.zeros(4, dtype=torch.float64)
    y[:2] = [x[1] * x[2], x[0]]
    return y * y


def arithmetic(x):
    y = x.clone()
    y += x
    y *= x
    y -= 1.5
    y /= x * x + 1
    return y


def of_itself(x):
    y = x * 1.5
    y.mul_(y)
    y.exp_()
    y.sin_()
    y.pow_(y.detach().clone() * 0 + 2)
    return y


def overlapping(x):
    y = x * 1.0
    y[1:] *= y[:3]
    return y


def through_a_slice(x):
    y = x * 2
    y[1:].mul_(x[0])
    return y


def through_two_views(x):
    y = (x * 2).view(2, 2)
    y.t()[0].mul_(x[:2])
    return y * y


def view_follows_base(x):
    y = x * 2
    v = y[1:]
    y.mul_(x)
    return v * v


def base_and_siblings_follow(x):
    y = x * 2
    v, w = y[:3], y.view(2, 2)
    v[1] = x[3] ** 2
    return w * y.sum()


def view_of_untracked(x):
    y = torch.zeros(4, dtype=torch.float64)
    v = y[:2]
    v.copy_(x[2:] ** 2)
    return y * v.sum()


def strided_view(x):
    y = (torch.ones(2, 4, dtype=torch.float64) * x).t()
    y[::2, 1] = x[:2] * 3
    return y * y


def filled(x):
    y = x * 3
    y[:2].fill_(2.0)
    return y * x


def numpy_out(x):
    y = x * 3
    np.multiply(x, x[0], out=y)
    return y * y


def numpy_at(x):
    y = x * 3
    np.add.at(y, [0, 0, 2], x[1:] ** 2)
    return y * y


def views_of_a_number(x):
    y = x[0] * 1.0
    v = y.view(1)
    v[1:].add_(x[1])  # nothing is written
    v[1:] = x[2]
    v.mul_(x[3])
    return y * v


def element_of_one(x):
    y = x * 1.0
    y[:3] = x[None, 3:]
    y[1] = x[:1] * x[2]
    return y * y


PROGRAMS = [
    views_of_a_number,
    element_of_one,
    constant_store,
    tracked_store,
    store_into_untracked,
    broadcast_store,
    mask_store,
    masked_update,
    repeated_indices_keep_the_last,
    list_of_tensors,
    arithmetic,
    of_itself,
    overlapping,
    through_a_slice,
    through_two_views,
    view_follows_base,
    base_and_siblings_follow,
    view_of_untracked,
    strided_view,
    filled,
    numpy_out,
    numpy_at,
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_programs_that_write(program):
    assert gradcheck(program, (leaf(),))
    assert gradgradcheck(program, (leaf(),))


def test_versions_are_shared_by_views_and_detached_tensors_but_not_by_data():
    x = torch.tensor([1.0, 2.0, 3.0])
    assert x._version == 0
    x.add_(1)
    detached, view = x.detach(), x[1:]
    detached.mul_(2)
    view.zero_()
    assert x._version == detached._version == view._version == 3
    x.data.add_(5)
    assert x._version == 3
    assert x.tolist() == [9.0, 5.0, 5.0]


def test_a_saved_argument_that_is_overwritten_is_found():
    x = leaf()
    y = x * 1.5
    z = y * y
    y.add_(1)
    with pytest.raises(
        RuntimeError, match=r"inplace operation.*is at version 1; expected version 0"
    ):
        z.sum().backward()


def test_the_message_names_the_line_of_the_write_and_of_the_operation():
    x = leaf()
    with torch.autograd.detect_anomaly():
        y = x.exp()
        y.mul_(2)
        with pytest.raises(RuntimeError) as caught:
            y.sum().backward()
    first = test_the_message_names_the_line_of_the_write_and_of_the_operation
    line = first.__code__.co_firstlineno
    assert f"test_inplace.py:{line + 3}, and overwritten at" in str(caught.value)
    assert f"test_inplace.py:{line + 4}." in str(caught.value)


@pytest.mark.parametrize(
    "write",
    [
        lambda x: x.detach().mul_(2),
        lambda x: x[1:].detach().zero_(),
        torch.nn.init.zeros_,
        lambda x: x.detach().__setitem__(0, 7.0),
    ],
)
def test_writes_from_aside_are_found(write):
    x = leaf()
    y = x * x
    write(x)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_an_optimizer_step_between_forward_and_backward_is_found():
    w = leaf()
    optimizer = torch.optim.SGD([w], lr=0.1)
    loss = (w * w).sum()
    loss.backward(retain_graph=True)
    optimizer.step()
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_writes_beside_a_saved_value_do_no_harm():
    x = leaf()
    y = torch.zeros(5, dtype=torch.float64)
    y[0] = x[0]
    for k in range(4):  # refused by PyTorch: y[k] was saved, y[k + 1] is written
        y[k + 1] = y[k] * x[k]
    y.sum().backward()
    assert gradcheck(_recurrence, (leaf(),))


def _recurrence(x):
    y = torch.zeros(5, dtype=torch.float64)
    y[0] = x[0]
    for k in range(4):
        y[k + 1] = y[k] * x[k]
    return y


def test_a_write_that_nothing_depends_on_does_no_harm():
    x = leaf()
    y = x * 1.5
    z = y + 1
    y.zero_()
    z.sum().backward()
    assert x.grad.tolist() == [1.5] * 4


def test_leaves_are_written_under_no_grad():
    x = leaf()
    with torch.no_grad():
        x -= 0.5
        x[0] = 3.0
    assert x.is_leaf
    assert x.requires_grad
    (x * x).sum().backward()
    assert x.grad.tolist() == (2 * x.detach()).tolist()


def test_the_users_array_may_change_after_use():
    x = leaf()
    factors = np.arange(4.0)
    y = x * factors
    factors[:] = 99.0
    y.sum().backward()
    assert x.grad.tolist() == [0.0, 1.0, 2.0, 3.0]


def test_results_that_do_not_fit():
    y = torch.ones(3, requires_grad=True) * 2
    with pytest.raises(RuntimeError, match=r"output with shape \[3\] doesn't match"):
        y.add_(torch.ones(2, 3))
    with pytest.raises(RuntimeError, match="can't be cast"):
        torch.tensor([1, 2]).mul_(1.5)


def test_writes_are_not_remembered_for_ever():
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.01)
    for _ in range(300):
        optimizer.zero_grad()
        (w * w).sum().backward()
        optimizer.step()
    assert w._version == 300
    writes = registry.of(w._array)
    assert len(writes.stamps) == 1
    y = torch.zeros(10)
    for _ in range(40):
        for k in range(10):
            y[k] = k
    assert y._version == 400
    assert len(registry.of(y._array).stamps) < 200


def test_versions_in_the_message_count_all_writes():
    x = torch.ones(3)
    for _ in range(5):
        x.add_(1)
    w = torch.ones(3, requires_grad=True)
    y = w * x
    for _ in range(3):
        x.add_(1)
    with pytest.raises(RuntimeError, match="is at version 8; expected version 5"):
        y.sum().backward()
