"""Arrays written by calls: `np.cumsum(a, 0, None, c)`, `np.copyto(dst=c, src=a)`."""

from __future__ import annotations

from typing import Any

import gast

from sourcediff.front.purity import callee
from sourcediff.ir import Program
from sourcediff.rules import lookup, parameters_with_output


def name_outputs(nodes: list[Any], program: Program) -> None:
    """Give by keyword what calls of NumPy's functions are given from `out` on."""
    for node in nodes:
        if node.__class__ is not gast.Call or len(node.args) < 2:
            continue
        names = parameters_with_output(callee(node, program))
        if "out" not in names or any(isinstance(a, gast.Starred) for a in node.args):
            continue
        at = names.index("out")
        late = zip(names[at:], node.args[at:], strict=False)
        node.keywords += [gast.keyword(name, value) for name, value in late]
        node.args = node.args[:at]


def place_written(nodes: list[Any], program: Program) -> None:
    """Give by position what functions such as `np.copyto` write into."""
    for node in nodes:
        if node.__class__ is not gast.Call or node.args or not node.keywords:
            continue
        rule = lookup(callee(node, program))
        if rule is None or rule.kind != "mutation":
            continue
        first = rule.parameters[0].name
        node.args = [k.value for k in node.keywords if k.arg == first]
        node.keywords = [k for k in node.keywords if k.arg != first]
