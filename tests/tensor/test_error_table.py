"""The table of errors, row by row: types, key phrases, and what we say beyond them."""

from __future__ import annotations

import inspect
import re
import warnings

import numpy as np
import pytest

import sourcediff.tensor as torch
from sourcediff.tensor import nn, optim
from sourcediff.tensor.autograd import Function


def leaf(*values):
    return torch.tensor(list(values) or [1.0, 2.0, 3.0], requires_grad=True)


def raises(mistake, kind, *phrases):
    with pytest.raises(kind) as caught:
        mistake()
    assert type(caught.value) is kind
    for phrase in phrases:
        assert re.search(phrase, str(caught.value), re.DOTALL), str(caught.value)


def warns(mistake, phrase):
    with pytest.warns(UserWarning, match=phrase) as caught:
        mistake()
    assert len(caught) == 1


# --- backward on an untracked tensor --------------------------------------------------


def summed_without_recording():
    with torch.no_grad():
        return leaf().sum()


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: torch.ones(1), "requires_grad"),
        (lambda: torch.ones(3).sum(), "none of the tensors"),
        (summed_without_recording, "no_grad"),
        (lambda: leaf().detach().sum(), "detached"),
        (lambda: leaf().argmax(), "argmax"),
        (lambda: leaf(1.0) > 0, "comparison"),
        (lambda: leaf(1.0) == 1, "comparison"),
    ],
)
def test_backward_on_an_untracked_tensor(make, reason):
    message = "element 0 of tensors does not require grad and does not have a grad_fn"
    raises(make().backward, RuntimeError, message, reason)


def test_the_untracked_root_is_named_by_its_place():
    roots = [leaf().sum(), torch.ones(1)]
    message = "element 1 of tensors does not require grad and does not have a grad_fn"
    raises(lambda: torch.autograd.backward(roots), RuntimeError, message)


# --- backward of several elements -----------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "shape"),
    [
        ((leaf() * 2).backward, r"\[3\]"),
        (lambda: leaf().view(3, 1).exp().backward(), r"\[3, 1\]"),
        (lambda: torch.autograd.grad(*[leaf()] * 2), r"\[3\]"),
    ],
)
def test_backward_of_several_elements(ask, shape):
    message = "grad can be implicitly created only for scalar outputs"
    raises(ask, RuntimeError, message, shape, "gradient=|grad_outputs=")


# --- a second backward ----------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [lambda x: x**2, torch.exp, lambda x: x @ torch.ones(3), lambda x: x.sort()[0] * x],
)
def test_a_second_backward(function):
    y = function(leaf()).sum()
    y.backward()
    raises(
        y.backward,
        RuntimeError,
        "Trying to backward through the graph a second time",
        r"Specify retain_graph=True",
    )


# --- in place on a leaf, or on a view of it -------------------------------------------


def store_into(x):
    x[0] = 5.0


def augment(x):
    x += 1


@pytest.mark.parametrize(
    "write",
    [
        store_into,
        augment,
        lambda x: store_into(x[:2]),
        lambda x: x.add_(1),
        lambda x: x[:2].mul_(2),
        lambda x: x.view(3, 1).fill_(1.0),
        lambda x: x.zero_(),
        lambda x: x.copy_(torch.ones(3)),
    ],
)
def test_in_place_on_a_leaf(write):
    message = (
        "a leaf Variable that requires grad is being used in an in-place operation"
    )
    x = leaf()
    raises(lambda: write(x), RuntimeError, message, r"no_grad\(\)")
    assert x.tolist() == [1.0, 2.0, 3.0]


# --- a saved value that is overwritten ------------------------------------------------


def test_a_saved_value_is_overwritten():
    y = leaf().exp()
    z = y.sum()
    y.add_(1)
    written = r"test_error_table\.py:\d+"
    raises(
        z.backward,
        RuntimeError,
        "one of the variables needed for gradient computation has been modified by an "
        "inplace operation",
        "is at version 1; expected version 0 instead",
        written,
    )


def test_both_lines_are_named():
    with torch.autograd.detect_anomaly():
        y = leaf().exp()
        y.add_(1)
        saved, written = (rf"test_error_table\.py:{k}" for k in _lines_before(2))
        raises(y.sum().backward, RuntimeError, "saved at.*" + saved, written)


def _lines_before(number):
    """The lines of the caller that stand before this call, as many as asked for."""
    line = inspect.currentframe().f_back.f_lineno
    return range(line - number, line)


def test_a_saved_value_is_overwritten_through_a_view():
    y = leaf() * 2
    z = (y * y).sum()
    y.detach()[1:].mul_(3)
    raises(z.backward, RuntimeError, "modified by an inplace operation", "version 1")


# --- flags ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda: torch.tensor([1, 2], requires_grad=True),
        lambda: torch.tensor([True]).requires_grad_(),
        lambda: setattr(torch.tensor(3), "requires_grad", True),
        lambda: torch.zeros(2, dtype=torch.int64, requires_grad=True),
        lambda: nn.Parameter(torch.tensor([1])),
    ],
)
def test_integers_cannot_require_gradients(ask):
    message = "Only Tensors of floating point and complex dtype can require gradients"
    raises(ask, RuntimeError, message)


@pytest.mark.parametrize(
    "ask",
    [
        lambda y: setattr(y, "requires_grad", False),
        lambda y: y.requires_grad_(False),
    ],
)
def test_the_flag_of_a_result(ask):
    message = "you can only change requires_grad flags of leaf variables"
    raises(lambda: ask(leaf() * 2), RuntimeError, message)


# --- seeds ----------------------------------------------------------------------------


def test_a_gradient_of_a_wrong_shape():
    message = (
        r"Mismatch in shape: grad_output\[0\] has a shape of torch\.Size\(\[2\]\) and "
        r"output\[0\] has a shape of torch\.Size\(\[3\]\)"
    )
    seed = torch.ones(2)
    raises(lambda: (leaf() * 2).backward(seed), RuntimeError, message)
    x = leaf()
    raises(lambda: torch.autograd.grad(x * 2, x, seed), RuntimeError, message)


@pytest.mark.parametrize("seed", [1.0, 1, [1.0], np.array(1.0), np.ones(1)])
def test_numbers_lists_and_arrays_are_taken_as_gradients(seed):
    x = leaf(2.0)
    (x * 3).backward(seed)
    assert x.grad.tolist() == [3.0]


def test_a_list_is_taken_as_a_gradient_of_several():
    x = leaf()
    (x * 2).backward(gradient=[1.0, 0.5, -1.0])
    assert x.grad.tolist() == [2.0, 1.0, -2.0]


# --- autograd.grad --------------------------------------------------------------------


def test_an_unused_input():
    a, b = leaf(1.0), leaf(1.0)
    for index, inputs in enumerate([[b], [a, b]]):
        message = (
            f"The differentiated Tensor at index {index} appears to not have been used "
            r"in the graph\. Set allow_unused=True"
        )
        y = a * 2
        raises(lambda: torch.autograd.grad(y, inputs), RuntimeError, message)  # noqa: B023


def test_an_untracked_input():
    x, y = leaf(1.0), torch.ones(1)
    message = "One of the differentiated Tensors does not require grad"
    raises(lambda: torch.autograd.grad(x * 2, [x, y]), RuntimeError, message, "index 1")


# --- shapes ---------------------------------------------------------------------------


@pytest.mark.parametrize("tracked", [False, True])
@pytest.mark.parametrize(
    ("mistake", "phrase"),
    [
        (
            lambda one: one(3) + one(4),
            (
                r"The size of tensor a \(3\) must match the size of tensor b \(4\) at "
                "non-singleton dimension 0"
            ),
        ),
        (
            lambda one: one(3) * one(2, 4),
            (
                r"The size of tensor a \(3\) must match the size of tensor b \(4\) at "
                "non-singleton dimension 1"
            ),
        ),
        (
            lambda one: one(2, 3) @ one(4, 5),
            r"mat1 and mat2 shapes cannot be multiplied \(2x3 and 4x5\)",
        ),
        (
            lambda one: torch.mm(one(2, 3), one(4, 5)),
            r"mat1 and mat2 shapes cannot be multiplied \(2x3 and 4x5\)",
        ),
        (lambda one: torch.dot(one(3), one(4)), "inconsistent tensor size"),
        (
            lambda one: one(3).view(2, 2),
            r"shape '\[2, 2\]' is invalid for input of size 3",
        ),
        (
            lambda one: one(3).reshape(2, 2),
            r"shape '\[2, 2\]' is invalid for input of size 3",
        ),
        (
            lambda one: nn.Linear(3, 4)(one(2, 5)),
            (
                r"mat1 and mat2 shapes cannot be multiplied \(2x5 and 3x4\).*"
                r"Linear\(in_features=3"
            ),
        ),
    ],
)
def test_shapes_that_do_not_fit(mistake, phrase, tracked):
    def one(*shape):
        return torch.ones(*shape, requires_grad=tracked)

    raises(lambda: mistake(one), RuntimeError, phrase)


# --- Functions ------------------------------------------------------------------------


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


def test_a_function_with_too_few_gradients():
    message = (
        "function HalfBackward returned an incorrect number of gradients "
        r"\(expected 2, got 1\)"
    )
    raises(Half.apply(leaf(), leaf()).sum().backward, RuntimeError, message)


def test_a_function_with_a_gradient_of_a_wrong_shape():
    message = (
        r"Function ShortBackward returned an invalid gradient at index 0 - got \[2\] "
        r"but expected shape compatible with \[3\]"
    )
    raises(Short.apply(leaf()).sum().backward, RuntimeError, message)


def test_a_function_without_backward_or_forward():
    raises(
        lambda: NoBackward.apply(leaf()),
        NotImplementedError,
        "You must implement either the backward",
    )
    raises(
        lambda: NoForward.apply(leaf()),
        NotImplementedError,
        "You must implement the forward function",
    )


def test_only_tensors_are_saved_for_backward():
    message = (
        "save_for_backward can only save variables, but argument 1 is of type float"
    )
    raises(lambda: SavesNumber.apply(leaf(), 2.0), TypeError, message)


# --- one number of many ---------------------------------------------------------------


def test_one_number_of_many():
    x = leaf()
    message = "a Tensor with 3 elements cannot be converted to Scalar"
    raises(x.item, RuntimeError, message)
    message = "Boolean value of Tensor with more than one value is ambiguous"
    raises(lambda: bool(x), RuntimeError, message)
    raises(lambda: 1 if x > 0 else 2, RuntimeError, message)


# --- optimisers -----------------------------------------------------------------------


@pytest.mark.parametrize("make", [optim.SGD, optim.Adam])
def test_optimizers(make):
    raises(
        lambda: make([], lr=0.1), ValueError, "optimizer got an empty parameter list"
    )
    message = (
        "params argument given to the optimizer should be an iterable of Tensors or "
        "dicts"
    )
    raises(lambda: make(leaf(), lr=0.1), TypeError, message)
    model = nn.Linear(1, 1)
    raises(lambda: make(model, lr=0.1), TypeError, message, r"\.parameters\(\)")
    message = "can't optimize a non-leaf Tensor"
    raises(lambda: make([leaf() * 2], lr=0.1), ValueError, message)
    raises(lambda: make([leaf()], lr=-1), ValueError, "Invalid learning rate: -1")


# --- modules --------------------------------------------------------------------------


class Forgetful(nn.Module):
    def __init__(self):
        self.layer = nn.Linear(1, 1)


class Formless(nn.Module):
    pass


def test_modules():
    message = r"cannot assign module before Module\.__init__\(\) call"
    raises(Forgetful, AttributeError, message)
    message = r'Module \[Formless\] is missing the required "forward" function'
    raises(lambda: Formless()(torch.ones(1)), NotImplementedError, message)


# --- .grad ----------------------------------------------------------------------------


def test_what_may_be_assigned_to_grad():
    x = leaf()
    message = (
        r"attempting to assign a gradient of size '\[2\]' to a tensor of size '\[3\]'"
    )
    raises(lambda: setattr(x, "grad", torch.ones(2)), RuntimeError, message)
    message = (
        "assigned grad expected to be a Tensor or None but got grad of type .*float"
    )
    raises(lambda: setattr(x, "grad", 1.0), TypeError, message)


def test_grad_of_a_result():
    y = leaf() * 2
    message = (
        r"The \.grad attribute of a Tensor that is not a leaf Tensor is being accessed"
    )
    warns(lambda: y.grad, message)
    y.retain_grad()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert y.grad is None


# --- hooks ----------------------------------------------------------------------------


def test_hooks_need_a_gradient():
    message = "cannot register a hook on a tensor that doesn't require gradient"
    raises(lambda: torch.ones(1).register_hook(print), RuntimeError, message)
    message = "can't retain_grad on Tensor that has requires_grad=False"
    raises(torch.ones(1).retain_grad, RuntimeError, message)


# --- losses, anomalies ----------------------------------------------------------------


@pytest.mark.parametrize(
    "loss", [nn.MSELoss(), nn.functional.mse_loss], ids=["module", "function"]
)
def test_a_target_of_another_shape(loss):
    x = torch.ones(5, 1, requires_grad=True)
    size = (
        r"Using a target size .*\[5\].* that is different to the input size .*\[5, 1\]"
    )
    warns(lambda: loss(x, torch.zeros(5)), size)


def test_nan_in_anomaly_mode():
    x = leaf(0.0)
    with torch.autograd.detect_anomaly():
        y = (x.sqrt() * 0).sum()
        (line,) = _lines_before(1)
        raises(
            y.backward,
            RuntimeError,
            r"Function 'SqrtBackward0' returned nan values in its 0th output\.",
            rf"test_error_table\.py:{line}",
        )
