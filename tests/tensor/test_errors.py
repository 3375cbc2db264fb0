"""Mistakes: the type and the key phrases of what is raised, and the way out."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

import sourcediff.tensor as torch
from sourcediff.tensor import nn, optim
from sourcediff.tensor.autograd import Function


def leaf(*values):
    return torch.tensor(list(values) or [1.0, 2.0, 3.0], requires_grad=True)


class Half(Function):
    @staticmethod
    def forward(ctx, x, y):
        return x * y

    @staticmethod
    def backward(ctx, g):
        return g


class Short(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        return g[:2]


class NoForward(Function):
    @staticmethod
    def backward(ctx, g):
        return g


class NoBackward(Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2


class SavesNumber(Function):
    @staticmethod
    def forward(ctx, x, n):
        ctx.save_for_backward(x, n)
        return x * n

    @staticmethod
    def backward(ctx, g):
        return g, None


class Forgetful(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(1, 1)


class ForgetfulOfParameters(nn.Module):
    def __init__(self):
        self.w = nn.Parameter(torch.ones(1))


class Formless(nn.Module):
    pass


def second_backward():
    y = (leaf() ** 2).sum()
    y.backward()
    y.backward()


def under_no_grad():
    x = leaf()
    with torch.no_grad():
        y = x.sum()
    y.backward()


def write_leaf():
    leaf()[0] = 5.0


def write_view_of_leaf():
    leaf()[:2].mul_(2)


def augmented_leaf():
    x = leaf()
    x += 1


def overwritten():
    y = leaf().exp()
    y.add_(1)
    y.sum().backward()


def flag_of_result():
    y = leaf() * 2
    y.requires_grad = False


def unused():
    a, b = leaf(1.0), leaf(1.0)
    torch.autograd.grad(a * 2, [b])


def untracked_input():
    torch.autograd.grad(leaf(1.0) * 2, [torch.ones(1)])


def grad_of_other_shape():
    leaf().grad = torch.ones(2)


def grad_that_is_a_number():
    leaf().grad = 1.0


def in_seed():
    (leaf() * 2).backward(torch.ones(2))


NOT_TRACKED = "element 0 of tensors does not require grad and does not have a grad_fn"
IN_PLACE = "a leaf Variable that requires grad is being used in an in-place operation"

MISTAKES = [
    (
        lambda: torch.ones(1).sum().backward(),
        RuntimeError,
        [NOT_TRACKED, "because|none"],
    ),
    (under_no_grad, RuntimeError, [NOT_TRACKED, "no_grad"]),
    (lambda: leaf().detach().sum().backward(), RuntimeError, [NOT_TRACKED, "detached"]),
    (lambda: leaf().argmax().backward(), RuntimeError, [NOT_TRACKED, "argmax"]),
    ((leaf() > 1).backward, RuntimeError, [NOT_TRACKED, "comparisons"]),
    (
        (leaf() * 2).backward,
        RuntimeError,
        [
            "grad can be implicitly created only for scalar outputs",
            r"shape \[3\]",
            "gradient=",
        ],
    ),
    (
        second_backward,
        RuntimeError,
        [
            "Trying to backward through the graph a second time",
            "Specify retain_graph=True",
        ],
    ),
    (write_leaf, RuntimeError, [IN_PLACE, r"no_grad\(\)"]),
    (write_view_of_leaf, RuntimeError, [IN_PLACE]),
    (augmented_leaf, RuntimeError, [IN_PLACE]),
    (
        overwritten,
        RuntimeError,
        [
            (
                "one of the variables needed for gradient computation has been "
                "modified by an inplace operation"
            ),
            "is at version 1; expected version 0 instead",
            r"test_errors\.py:\d+",
        ],
    ),
    (
        lambda: torch.tensor([1], requires_grad=True),
        RuntimeError,
        ["Only Tensors of floating point and complex dtype can require gradients"],
    ),
    (
        flag_of_result,
        RuntimeError,
        ["you can only change requires_grad flags of leaf variables"],
    ),
    (
        in_seed,
        RuntimeError,
        [
            (
                r"Mismatch in shape: grad_output\[0\] has a shape of .*\[2\].* and "
                r"output\[0\] has a shape of .*\[3\]"
            )
        ],
    ),
    (
        unused,
        RuntimeError,
        [
            (
                "The differentiated Tensor at index 0 appears to not have been used in "
                r"the graph\. Set allow_unused=True"
            )
        ],
    ),
    (
        untracked_input,
        RuntimeError,
        ["One of the differentiated Tensors does not require grad", "index 0"],
    ),
    (
        lambda: torch.ones(3) + torch.ones(4),
        RuntimeError,
        [
            (
                r"The size of tensor a \(3\) must match the size of tensor b \(4\) at "
                "non-singleton dimension 0"
            )
        ],
    ),
    (
        lambda: leaf() * torch.ones(2, 4),
        RuntimeError,
        [r"tensor a \(3\) must match the size of tensor b \(4\) .* dimension 1"],
    ),
    (
        lambda: torch.ones(2, 3) @ torch.ones(4, 5),
        RuntimeError,
        [r"mat1 and mat2 shapes cannot be multiplied \(2x3 and 4x5\)"],
    ),
    (
        lambda: torch.dot(torch.ones(3), torch.ones(4)),
        RuntimeError,
        ["inconsistent tensor size"],
    ),
    (
        lambda: torch.ones(3).view(2, 2),
        RuntimeError,
        [r"shape '\[2, 2\]' is invalid for input of size 3"],
    ),
    (
        lambda: torch.ones(3).reshape(2, -1),
        RuntimeError,
        [r"shape '\[2, -1\]' is invalid for input of size 3"],
    ),
    (
        lambda: nn.Linear(3, 4)(torch.ones(2, 5)),
        RuntimeError,
        [
            r"mat1 and mat2 shapes cannot be multiplied \(2x5 and 3x4\)",
            r"Linear\(in_features=3",
        ],
    ),
    (
        lambda: Half.apply(leaf(), leaf()).sum().backward(),
        RuntimeError,
        [
            (
                "function HalfBackward returned an incorrect number of gradients "
                r"\(expected 2, got 1\)"
            )
        ],
    ),
    (
        lambda: Short.apply(leaf()).sum().backward(),
        RuntimeError,
        [
            (
                "Function ShortBackward returned an invalid gradient at index 0 - got "
                r"\[2\] but expected shape compatible with \[3\]"
            )
        ],
    ),
    (
        lambda: NoForward.apply(leaf()),
        NotImplementedError,
        ["You must implement the forward function"],
    ),
    (
        lambda: NoBackward.apply(leaf()),
        NotImplementedError,
        ["You must implement either the backward"],
    ),
    (
        lambda: SavesNumber.apply(leaf(), 2.0),
        TypeError,
        ["save_for_backward can only save variables, but argument 1 is of type float"],
    ),
    (
        lambda: leaf().item(),
        RuntimeError,
        ["a Tensor with 3 elements cannot be converted to Scalar"],
    ),
    (
        lambda: bool(leaf()),
        RuntimeError,
        ["Boolean value of Tensor with more than one value is ambiguous"],
    ),
    (
        lambda: optim.SGD([], lr=0.1),
        ValueError,
        ["optimizer got an empty parameter list"],
    ),
    (
        lambda: optim.SGD(leaf(), lr=0.1),
        TypeError,
        [
            (
                "params argument given to the optimizer should be an iterable of "
                "Tensors or dicts"
            )
        ],
    ),
    (
        lambda: optim.Adam(nn.Linear(1, 1)),
        TypeError,
        ["params argument given to the optimizer should be", r"\.parameters\(\)"],
    ),
    (
        lambda: optim.SGD([leaf() * 2], lr=0.1),
        ValueError,
        ["can't optimize a non-leaf Tensor"],
    ),
    (lambda: optim.SGD([leaf()], lr=-1), ValueError, ["Invalid learning rate: -1"]),
    (
        Forgetful,
        AttributeError,
        [r"cannot assign module before Module.__init__\(\) call"],
    ),
    (
        ForgetfulOfParameters,
        AttributeError,
        [r"cannot assign parameters before Module.__init__\(\) call"],
    ),
    (
        lambda: Formless()(1),
        NotImplementedError,
        [r'Module \[Formless\] is missing the required "forward" function'],
    ),
    (
        grad_of_other_shape,
        RuntimeError,
        [
            (
                r"attempting to assign a gradient of size '\[2\]' to a tensor of size "
                r"'\[3\]'"
            )
        ],
    ),
    (
        grad_that_is_a_number,
        TypeError,
        [
            "assigned grad expected to be a Tensor or None but got grad of type",
            "float",
        ],
    ),
    (
        lambda: torch.ones(1).register_hook(print),
        RuntimeError,
        ["cannot register a hook on a tensor that doesn't require gradient"],
    ),
    (
        lambda: torch.ones(1).retain_grad(),
        RuntimeError,
        ["can't retain_grad on Tensor that has requires_grad=False"],
    ),
    (
        lambda: leaf().numpy(),
        RuntimeError,
        [r"Can't call numpy\(\) on Tensor that requires grad"],
    ),
    (
        lambda: np.asarray(leaf()),
        RuntimeError,
        [r"Can't call numpy\(\) on Tensor that requires grad"],
    ),
    (lambda: len(torch.tensor(1.0)), TypeError, [r"len\(\) of a 0-d tensor"]),
    (lambda: list(torch.tensor(1.0)), TypeError, ["iteration over a 0-d tensor"]),
    (
        lambda: torch.stack([torch.ones(2), torch.ones(3)]),
        RuntimeError,
        [r"expects each tensor to be equal size, but got \[2\] at entry 0 and \[3\]"],
    ),
    (
        lambda: torch.cat([torch.ones(2, 2), torch.ones(1, 2), torch.ones(3, 3)]),
        RuntimeError,
        ["Sizes of tensors must match except in dimension 0. Expected size 2 but got"],
    ),
    (
        lambda: torch.ones(3).sum(dim=2),
        IndexError,
        [r"Dimension out of range \(expected to be in range of \[-1, 0\], but got 2\)"],
    ),
    (
        lambda: torch.ones(3)[5],
        IndexError,
        ["index 5 is out of bounds for dimension 0 with size 3"],
    ),
    (
        lambda: torch.tensor([1, 2]).mean(),
        RuntimeError,
        [r"mean\(\): could not infer output dtype", "float"],
    ),
    (
        lambda: nn.CrossEntropyLoss()(torch.ones(2, 3), torch.tensor([0, -1])),
        IndexError,
        ["Target -1 is out of bounds"],
    ),
    (
        lambda: float(torch.ones(2)),
        ValueError,
        ["only one element tensors can be converted to Python scalars"],
    ),
    (
        lambda: torch.ones(2, 3).t().view(6),
        RuntimeError,
        ["view size is not compatible", "reshape"],
    ),
]


@pytest.mark.parametrize(("mistake", "kind", "phrases"), MISTAKES)
def test_mistakes(mistake, kind, phrases):
    with pytest.raises(kind) as caught:
        mistake()
    assert type(caught.value) is kind
    for phrase in phrases:
        assert re.search(phrase, str(caught.value), re.DOTALL), str(caught.value)


def test_grad_of_a_result_warns():
    y = leaf() * 2
    with pytest.warns(UserWarning, match="that is not a leaf Tensor is being accessed"):
        assert y.grad is None
    y.retain_grad()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert y.grad is None
