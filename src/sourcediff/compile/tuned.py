"""A derivative's second text, which does the same in less time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import gast
import numpy as np

from sourcediff import runtime
from sourcediff.analysis.effects import walk_statements
from sourcediff.compile.names_known import Known, known_of
from sourcediff.compile.slides import slid
from sourcediff.compile.sweeps import Sweeps
from sourcediff.compile.unit import Unit
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Dim,
    Kind,
    Scalar,
    Size,
    Static,
    scalar_of,
)
from sourcediff.transform.backwards import Backwards
from sourcediff.transform.branchless import Branchless
from sourcediff.transform.broadcasts import Broadcasts
from sourcediff.transform.build import clone, names_in
from sourcediff.transform.contractions import Contractions
from sourcediff.transform.decisions import decide_once
from sourcediff.transform.direct import Direct
from sourcediff.transform.in_place import InPlace
from sourcediff.transform.invariants import Invariants
from sourcediff.transform.literals import (
    function_of_math,
    with_literals,
    without_named_literals,
)
from sourcediff.transform.named_parts import NamedParts, is_view
from sourcediff.transform.ownership import Owners
from sourcediff.transform.plain_indices import PlainIndices
from sourcediff.transform.row_views import RowViews
from sourcediff.transform.shared_factors import SharedFactors
from sourcediff.transform.summing import Summing
from sourcediff.transform.weighted_rows import WeightedRows
from sourcediff.trees import walk

_LOOPS = (gast.For, gast.While)
_ARITHMETIC = (gast.Add, gast.Sub, gast.Mult, gast.Div)
#: Functions that give floats whatever they are given.
_OF_FLOATS = frozenset(
    {math.exp, math.log, math.sin, math.cos, math.tanh, math.sqrt, math.erf, math.pow}
)


def tuned(known: Known, unit: Unit, with_value: bool) -> Unit:
    """The unit without what it need not do; itself if there is nothing.

    Derivatives of derivatives are not made of it. A value that it gives is to the last
    bit what the primal gives.
    """
    tuning = _Tuning(known)
    unit = slid(known, unit)
    body = tuning.with_literals(clone(unit.tree.body))
    if not with_value:
        body = tuning.contracted(body)
    tuning.factored(body)
    tuning.direct(body)
    tuning.forwards(body)
    if any(isinstance(node, _LOOPS) for node in walk_statements(body)):
        body = tuning.looped(body, unit)
        body = tuning.indexed(body)
    body = tuning.summed(body)
    body = tuning.branchless(body)
    body = tuning.in_place(body, unit)
    return tuning.with_helpers(with_body(unit, body)) if tuning.changed else unit


def tuned_backwards(made: Iterable[tuple[Sweeps, Unit]]) -> dict[str, Unit]:
    """By name, the backward functions of callees of which there is a quicker text."""
    found = [(unit, tuned(known_of(sweeps), unit, True)) for sweeps, unit in made]
    return {unit.name: other for unit, other in found if other is not unit}


class _Tuning:
    """The passes over one unit, and what they know of its names."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._owners = Owners(self._kind, self._module, known.users, self._widest)
        self._helpers: dict[str, Any] = {}
        self._single: dict[str, Kind] = {}
        self._labels: dict[str, str] = {}
        self._rows: set[str] = set()
        self.changed = False

    def kinds(self, identifier: str) -> tuple[Kind, ...]:
        """All that a name may hold, for all that is known."""
        return self._known.kinds.get(identifier, ())

    def with_literals(self, body: list[Any]) -> list[Any]:
        """The body with numbers in the place of functions of literals."""
        if not with_literals(body, self._module):
            return body
        self.changed = True
        return without_named_literals(body, self._known.temporaries)

    def contracted(self, body: list[Any]) -> list[Any]:
        """The body with sums over axes taken by products."""
        known, is_narrow = self._known, self._known.narrow.__contains__
        sums = Contractions(self.kinds, is_narrow, known.names.fresh, known.bars)
        rows = Broadcasts(self.kinds, is_narrow, known.bars, known.names.fresh)
        body = rows.function(sums.function(body))
        cotangents = known.bars | sums.made | rows.made
        weighted = WeightedRows(self.kinds, is_narrow, cotangents)
        body = weighted.function(body)
        self.changed |= rows.changed or sums.changed or weighted.changed
        return body

    def factored(self, body: list[Any]) -> None:
        """Decide once, and compute no product of numbers twice."""
        both = decide_once(body, lambda n: isinstance(self._kind(n), Scalar))
        factors = SharedFactors(self._is_number, self._known.bars)
        factors.block(body)
        self.changed |= both or factors.changed

    def _is_number(self, node: Any) -> bool:
        """Whether an expression certainly gives a float of double precision."""
        match node:
            case gast.Constant(value=value):
                return type(value) in (int, float)
            case gast.Name(id=identifier):
                kind = self._kind(identifier)
                return isinstance(kind, Scalar) and kind.dtype == float
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                return self._is_number(operand)
            case gast.BinOp(left=left, op=op, right=right) if isinstance(
                op, _ARITHMETIC
            ):
                return self._is_number(left) and self._is_number(right)
            case gast.Call(func=function, keywords=[]):
                return function_of_math(function, self._module) in _OF_FLOATS
            case _:
                return False

    def direct(self, body: list[Any]) -> None:
        """Write methods and floats where the body has functions and integers."""
        owners = Owners(self._rough_kind, self._module, self._known.users)

        def is_array(node: Any) -> bool:
            return isinstance(owners.kind(node, {}), Array) or is_view(
                node, lambda n: isinstance(self._rough_kind(n), Array), self.kinds
            )

        direct = Direct(
            is_array, self._is_float, self._module, self._is_filled, self._known.bars
        )
        direct.block(body)
        self.changed |= direct.changed

    def forwards(self, body: list[Any]) -> None:
        """Let arrays be added to from their beginning on."""
        known = self._known
        backwards = Backwards(self.kinds, known.bars, known.narrow)
        backwards.block(body)
        self.changed |= backwards.changed

    def looped(self, body: list[Any], unit: Unit) -> list[Any]:
        """The body whose loops find numbers computed, and name what they update."""
        fixed = _fixed(unit.tree, self.kinds)
        body = Invariants(fixed, self._known.bars, self._temporary).block(body)
        body = self._with_rows(body, unit)
        return NamedParts(self._is_array, self.kinds, self._label).block(
            body, frozenset()
        )

    def _with_rows(self, body: list[Any], unit: Unit) -> list[Any]:
        known, arguments = self._known, unit.tree.args
        views = RowViews(
            self.kinds,
            lambda identifier: identifier not in known.narrow,
            known.users,
            known.names.fresh,
        )
        parameters = [a.id for a in (*arguments.args, *arguments.kwonlyargs)]
        body = views.function(body, parameters)
        self._rows = views.names
        self.changed |= bool(views.names)
        return body

    def summed(self, body: list[Any]) -> list[Any]:
        """The body whose cotangents take fewer passes over arrays."""
        made = Summing(self._owners, self._known.bars)
        body = made.function(body)
        self.changed |= made.changed
        return body

    def branchless(self, body: list[Any]) -> list[Any]:
        """The body whose cotangents are chosen by helpers without branches."""
        made = Branchless(
            self.kinds,
            lambda node: self._owners.kind(node, {}),
            self._is_where,
            self._known.bars,
            lambda: self._helper("branchless_where", runtime.branchless_where),
        )
        body = made.block(body)
        self.changed |= made.changed
        return body

    def _is_where(self, node: Any) -> bool:
        match node:
            case gast.Attribute(value=gast.Name(id=module), attr="where"):
                return self._module(module) is np
            case _:
                return False

    def _helper(self, label: str, function: Any) -> str:
        """The name of a helper in the text, which is made when first asked for."""
        known = [n for n, f in self._helpers.items() if f is function]
        identifier = known[0] if known else self._known.names.fresh(label)
        self._helpers[identifier] = function
        return identifier

    def with_helpers(self, unit: Unit) -> Unit:
        """A unit with the helpers that its passes have called."""
        return replace(unit, bindings={**unit.bindings, **self._helpers})

    def indexed(self, body: list[Any]) -> list[Any]:
        """The body whose loops over indices walk through lists."""
        indices = PlainIndices(self.kinds)
        body = indices.function(body)
        self.changed |= indices.changed
        return body

    def in_place(self, body: list[Any], unit: Unit) -> list[Any]:
        """The body whose cotangents take over memory that is read for the last time."""
        numpy = next((n for n in sorted(unit.names) if self._module(n) is np), None)
        if numpy is None:
            return body
        made = InPlace(self._owners, self._known.bars, self._known.users, numpy)
        body = made.function(body)
        self.changed |= made.changed
        return body

    def _module(self, identifier: str) -> Any:
        found = self.kinds(identifier)
        return found[0].value if found and isinstance(found[0], Static) else None

    def _kind(self, identifier: str) -> Kind:
        """The only kind that a name may hold; a cotangent's, if that is a number."""
        kind = self._single.get(identifier)
        if kind is None:
            kind = self._single[identifier] = self._single_kind(identifier)
        return kind

    def _single_kind(self, identifier: str) -> Kind:
        found = {_of_any_layout(scalar_of(k)) for k in self.kinds(identifier)}
        known = self._known
        if len(found) != 1 or identifier in known.narrow:
            return UNKNOWN
        (kind,) = found
        is_cotangent = identifier in known.bars and identifier != known.seed
        return UNKNOWN if isinstance(kind, Array) and is_cotangent else kind

    def _widest(self, identifier: str) -> Kind:
        """The array of the primal that a name holds where it holds no float."""
        found = {_of_any_layout(scalar_of(k)) for k in self.kinds(identifier)}
        arrays = [k for k in found if isinstance(k, Array)]
        numbers = [k for k in found if isinstance(k, Scalar) and k.dtype == float]
        if identifier in self._known.bars or len(arrays) + len(numbers) != len(found):
            return UNKNOWN
        is_plain = len(arrays) == 1 and all(k.python for k in numbers)
        return arrays[0] if is_plain else UNKNOWN

    def _rough_kind(self, identifier: str) -> Kind:
        """The only kind that a name may hold, whatever the sizes of arrays."""
        first = next(iter(self.kinds(identifier)), None)
        if isinstance(first, Array) and self._is_array(identifier):
            return Array(first.dtype)
        return self._kind(identifier)

    def _is_filled(self, identifier: str) -> bool:
        """Whether a name certainly holds an array of doubles that is not empty."""
        kind = self._kind(identifier)
        return (
            isinstance(kind, Array)
            and kind.dtype == float
            and bool(kind.dims)
            and all(map(_is_positive, kind.dims or ()))
        )

    def _is_float(self, identifier: str) -> bool:
        """Whether a name certainly holds floats of double precision."""
        found = self.kinds(identifier)
        return bool(found) and all(
            isinstance(k, Scalar | Array) and k.dtype == float
            for k in map(scalar_of, found)
        )

    def _is_array(self, identifier: str) -> bool:
        """Whether a cotangent is certainly an array: the user's text stays as it is."""
        if identifier in self._rows:
            return True
        found, known = self.kinds(identifier), self._known
        is_whole = identifier in known.bars and identifier not in known.narrow
        return is_whole and bool(found) and all(isinstance(k, Array) for k in found)

    def _temporary(self, node: Any) -> str:
        self.changed = True
        return self._known.names.temporary(node)

    def _label(self, identifier: str) -> str:
        self.changed = True
        if identifier not in self._labels:
            self._labels[identifier] = self._known.names.fresh(f"{identifier}_part")
        return self._labels[identifier]


def with_body(unit: Unit, body: list[Any]) -> Unit:
    """A unit like another one, of other statements."""
    tree = gast.copy_location(gast.FunctionDef(**vars(unit.tree)), unit.tree)
    tree.body = body
    return replace(unit, tree=tree, names=frozenset(names_in(tree)))


def _of_any_layout(kind: Kind) -> Kind:
    """A kind that says nothing of how elements lie in memory."""
    return Array(kind.dtype, kind.dims) if isinstance(kind, Array) else kind


def _is_positive(dim: Dim) -> bool:
    """Whether a size is certainly at least one."""
    if isinstance(dim, Size):
        return dim.least + dim.offset > 0
    return dim is not None and dim > 0


def _fixed(tree: Any, kinds: Callable[[str], tuple[Kind, ...]]) -> frozenset[str]:
    """The names of Python's floats that are bound once and for all before any loop."""
    stores = Counter(
        node.id
        for node in walk(tree)
        if isinstance(node, gast.Name) and isinstance(node.ctx, gast.Store)
    )
    parameters = [a.id for a in [*tree.args.args, *tree.args.kwonlyargs]]
    bound = [n for n in parameters if not stores[n]]
    for statement in tree.body:
        match statement:
            case gast.For() | gast.While() | gast.If() | gast.With():
                break
            case gast.Assign(targets=[gast.Name(id=identifier)]):
                if stores[identifier] == 1:
                    bound.append(identifier)
    return frozenset(n for n in bound if _are_floats(kinds(n)))


def _are_floats(kinds: tuple[Kind, ...]) -> bool:
    return bool(kinds) and all(
        isinstance(k, Scalar) and k.python and k.dtype == float for k in kinds
    )
