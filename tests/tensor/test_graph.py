"""The recorded graph: names of nodes, edges, the picture."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

import sourcediff.tensor as torch

NAMES = [
    ("y + 1", "AddBackward0"),
    ("y - 1", "SubBackward0"),
    ("1 - y", "RsubBackward1"),
    ("y * 2", "MulBackward0"),
    ("y / 2", "DivBackward0"),
    ("y ** 2", "PowBackward0"),
    ("y ** y", "PowBackward1"),
    ("-y", "NegBackward0"),
    ("y.abs()", "AbsBackward0"),
    ("y.sum()", "SumBackward0"),
    ("y.sum(0)", "SumBackward1"),
    ("y.mean()", "MeanBackward0"),
    ("y.mean(0)", "MeanBackward1"),
    ("y @ y", "DotBackward0"),
    ("m @ m", "MmBackward0"),
    ("m @ y", "MvBackward0"),
    ("y.view(2, 1)", "ViewBackward0"),
    ("y.reshape(2, 1)", "ViewBackward0"),
    ("m.t()", "TBackward0"),
    ("y[0]", "SelectBackward0"),
    ("y[:1]", "SliceBackward0"),
    ("y[[0, 1]]", "IndexBackward0"),
    ("y.clone()", "CloneBackward0"),
    ("y.exp()", "ExpBackward0"),
    ("y.log()", "LogBackward0"),
    ("y.sqrt()", "SqrtBackward0"),
    ("y.sin()", "SinBackward0"),
    ("y.tanh()", "TanhBackward0"),
    ("y.sigmoid()", "SigmoidBackward0"),
    ("y.relu()", "ReluBackward0"),
    ("y.clamp(0, 1)", "ClampBackward1"),
    ("torch.stack([y, y])", "StackBackward0"),
    ("torch.cat([y, y])", "CatBackward0"),
    ("torch.where(y > 0, y, y)", "WhereBackward0"),
    ("torch.softmax(y, 0)", "SoftmaxBackward0"),
    ("torch.nn.functional.mse_loss(y, y)", "MseLossBackward0"),
    ("torch.nn.functional.linear(m, m, y)", "AddmmBackward0"),
    ("np.sin(y)", "SinBackward0"),
    ("np.linalg.inv(m)", "InvBackward0"),
]


@pytest.mark.parametrize(("expression", "name"), NAMES)
def test_names(expression, name):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    m = y.view(2, 1) * torch.tensor([[1.0, 0.5]]) + torch.eye(2)
    scope = {"y": y, "m": m, "torch": torch, "np": np}
    node = eval(expression, scope).grad_fn
    assert node.name() == type(node).__name__ == name


def test_edges_lead_back():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp() * x + 3
    (product, which), (nothing, _) = y.grad_fn.next_functions
    assert which == 0
    assert nothing is None
    exponential, leaf = (node for node, _ in product.next_functions)
    assert exponential.name() == "ExpBackward0"
    assert leaf.variable is x
    assert type(leaf).__name__ == "AccumulateGrad"
    assert exponential.next_functions[0][0] is leaf
    assert leaf.next_functions == ()
    y.grad_fn.metadata["note"] = 1
    assert y.grad_fn.metadata == {"note": 1}


def test_the_picture_names_variables():
    weights = torch.tensor([1.0, 2.0], requires_grad=True)
    squares = weights * weights
    loss = squares.sum()
    text = str(torch.graph(loss))
    assert 'label="MulBackward0 (squares)"' in text
    assert 'label="weights (2,)"' in text
    assert 'label="SumBackward0 (loss)"' in text
    assert text.count("->") == 3
    named = str(torch.graph(loss, {"w": weights}, values=True))
    assert "w (2,)" in named
    assert "[1.0, 2.0]" in named


def test_the_picture_of_several_outputs():
    x = torch.ones(4, requires_grad=True)
    first, second = x.split(2)
    text = str(torch.graph([first + 1, second]))
    assert text.count("SplitBackward0") == 1
    assert text.count("AddBackward0") == 1


def test_a_picture_needs_graphviz_only_to_be_drawn():
    made = torch.graph(torch.ones(1, requires_grad=True) * 2)
    assert repr(made).startswith("digraph {")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "graphviz", None)
        assert made._repr_svg_() is None
        with pytest.raises(ImportError, match=r"sourcediff\[viz\]"):
            made.render()


class Missing(Exception):
    """graphviz's error where its program is not installed."""


@pytest.mark.parametrize("has_program", [True, False])
def test_jupyter_shows_the_picture_where_it_can(has_program, monkeypatch):
    class Source:
        def __init__(self, text):
            self.text = text

        def pipe(self, format):
            if not has_program:
                raise Missing
            return f"<{format}>{self.text}</{format}>".encode()

    module = types.SimpleNamespace(Source=Source, ExecutableNotFound=Missing)
    monkeypatch.setitem(sys.modules, "graphviz", module)
    made = torch.graph(torch.ones(1, requires_grad=True) * 2)
    shown = made._repr_svg_()
    assert shown == (f"<svg>{made}</svg>" if has_program else None)
    if has_program:
        assert made.render("png") == f"<png>{made}</png>".encode()
