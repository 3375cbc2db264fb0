"""What NumPy and Python would first have to look into is written the direct way."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gast
import numpy as np

from sourcediff.analysis.effects import blocks, root
from sourcediff.transform.build import attribute, binary, clone, const, method
from sourcediff.trees import with_children

#: Functions of NumPy's that are written in Python and call the array's method in the
#: end: it takes half of their time where arrays are small.
METHODS = {
    name: name
    for name in (
        *("sum", "prod", "mean", "std", "var", "max", "min", "any", "all"),
        *("cumsum", "cumprod", "argmax", "argmin"),
    )
} | {"amax": "max", "amin": "min"}
#: What methods take, too: `np.std` has more than they.
_KEYWORDS = frozenset({"axis", "keepdims", "dtype", "ddof"})
#: Functions of `math` and NumPy that give floats for floats.
_FLOATING = frozenset(
    {"sin", "cos", "tan", "exp", "log", "sqrt", "sinh", "cosh", "tanh"}
)
_ARITHMETIC = (gast.Add, gast.Sub, gast.Mult, gast.Div)
#: Where names may mean other things.
_ELSEWHERE = (
    gast.Lambda,
    gast.ListComp,
    gast.GeneratorExp,
    gast.SetComp,
    gast.DictComp,
)
#: Integers up to here are floats, too.
_LARGEST = 2**53


@dataclass
class Direct:
    """Writes `x.sum()` for `np.sum(x)` of arrays and `2.0 * y` for `2 * y` of floats.

    `is_array` says which expressions are certainly arrays of NumPy's own class,
    `is_float` which names hold floats of double precision, `is_filled` which are arrays
    of them with elements, `module` what a name of a module stands for. The statements
    that the user has written stay as they are: only those that bind one of `bars` are
    written anew.

    >>> tree = gast.parse("y = np.sum(x); x_bar = 2 * np.sum(y_bar) + 3 / (1 + y)")
    >>> known = {"x", "y", "y_bar"}
    >>> direct = Direct(
    ...     lambda node: getattr(node, "id", "") in known,
    ...     known.__contains__, lambda n: np, known.__contains__, frozenset({"x_bar"}),
    ... )
    >>> direct.block(tree.body)
    >>> print(gast.unparse(gast.fix_missing_locations(tree)))
    y = np.sum(x)
    x_bar = 2 * y_bar.sum() + 3.0 / (1.0 + y)
    """

    is_array: Callable[[Any], bool]
    is_float: Callable[[str], bool]
    module: Callable[[str], Any]
    is_filled: Callable[[str], bool]
    bars: frozenset[str]
    changed: bool = False

    def block(self, body: list[Any]) -> None:
        """Rewrite the statements of a block, and of those inside it."""
        for statement in body:
            for inner in blocks(statement):
                self.block(inner)
            match statement:
                case gast.Assign(targets=[target]) | gast.AugAssign(target=target) if (
                    root(target) in self.bars
                ):
                    statement.value = self._written(statement.value)

    def _written(self, node: Any) -> Any:
        """An expression in which each part is written the direct way."""
        kind = node.__class__
        if kind is gast.Name or kind is gast.Constant or kind in _ELSEWHERE:
            return node
        node = with_children(node, self._written)
        if kind is gast.Call:
            return self._method(node)
        if kind is gast.BinOp and isinstance(node.op, _ARITHMETIC):
            return self._in_floats(node)
        return node

    def _method(self, node: Any) -> Any:
        match node:
            case gast.Call(
                func=gast.Attribute(value=gast.Name(id=module), attr=attr),
                args=[array, *rest],
                keywords=keywords,
            ) if attr in METHODS and self.module(module) is np:
                starred = any(isinstance(a, gast.Starred) for a in rest)
                known = _KEYWORDS.issuperset(k.arg for k in keywords)
                if known and not starred and self.is_array(array):
                    self.changed = True
                    if attr == "mean" and len(node.args) == 1 and self._is_row(node):
                        return _mean(array)
                    method = gast.Attribute(array, METHODS[attr], gast.Load())
                    return gast.copy_location(gast.Call(method, rest, keywords), node)
        return node

    def _is_row(self, node: Any) -> bool:
        """Whether a call is given a name of doubles, at least one, and nothing else."""
        (array,) = node.args
        is_name = isinstance(array, gast.Name) and not node.keywords
        return is_name and self.is_filled(array.id)

    def _in_floats(self, node: Any) -> Any:
        for one, other in (("left", "right"), ("right", "left")):
            number = getattr(node, one)
            if _is_whole(number) and self._gives_float(getattr(node, other)):
                self.changed = True
                setattr(node, one, _as_float(number))
        return node

    def _gives_float(self, node: Any) -> bool:
        """Whether an expression certainly gives floats of double precision."""
        match node:
            case gast.Name(id=identifier):
                return self.is_float(identifier)
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                return self._gives_float(operand)
            case gast.BinOp(left=left, op=op, right=right) if isinstance(
                op, _ARITHMETIC
            ):
                sides = (left, right)
                return any(map(self._gives_float, sides)) and all(
                    _is_number(n) or self._gives_float(n) for n in sides
                )
            case gast.BinOp(left=left, op=gast.Pow(), right=right):
                return _is_whole(right) and self._gives_float(left)
            case gast.Subscript(value=gast.Name(id=identifier)):
                return self.is_float(identifier)
            case gast.Call(func=gast.Attribute(value=gast.Name(id=module), attr=attr)):
                is_known = attr in _FLOATING and self.module(module) in (np, math)
                return is_known and all(map(self._gives_float, node.args))
            case _:
                return False


def _mean(array: Any) -> Any:
    """What `array.mean()` computes, in half of its time where arrays are small."""
    return binary(method(array, "sum"), gast.Div, attribute(clone(array), "size"))


def _is_whole(node: Any) -> bool:
    if isinstance(node, gast.UnaryOp) and isinstance(node.op, gast.USub):
        node = node.operand
    return (
        isinstance(node, gast.Constant)
        and type(node.value) is int
        and abs(node.value) < _LARGEST
    )


def _is_number(node: Any) -> bool:
    return isinstance(node, gast.Constant) and type(node.value) in (int, float)


def _as_float(node: Any) -> Any:
    if isinstance(node, gast.UnaryOp):
        return gast.UnaryOp(node.op, const(float(node.operand.value)))
    return const(float(node.value))
