"""Names that hold something for one moment only give way to what they hold."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import bindings, blocks, root, walk_statements
from sourcediff.transform.build import at, clone, names_in
from sourcediff.transform.cotangent import is_fresh
from sourcediff.transform.product import factor_out
from sourcediff.transform.width import width
from sourcediff.trees import children, walk

#: The longest line, as everywhere.
LONGEST = 88
#: Where an expression is not evaluated exactly once, or later.
_ELSEWHERE = (
    gast.IfExp,
    gast.BoolOp,
    gast.Lambda,
    gast.ListComp,
    gast.GeneratorExp,
    gast.SetComp,
    gast.DictComp,
    gast.Compare,
    gast.Tuple,
    gast.List,
    gast.Dict,
)
_PRODUCTS = (gast.Mult, gast.Div)


@dataclass
class Tidy:
    """Shortens generated code without changing what it computes.

    `temporaries` are the names that may go, `renamed` those that may be given to what
    a temporary holds; `groups` are names that may share memory. `regroups`: products
    of products are written as one, in whatever order.
    """

    temporaries: set[str]
    renamed: set[str]
    groups: Mapping[str, frozenset[str]]
    is_pure: Callable[[Any], bool]
    is_scalar: Callable[[Any], bool]
    regroups: bool = True
    _stores: Counter[str] = field(default_factory=Counter)
    _loads: Counter[str] = field(default_factory=Counter)
    _views: dict[str, set[str]] = field(default_factory=dict)

    def function(self, body: list[Any]) -> list[Any]:
        """The body of a function, tidied."""
        self._stores.clear()
        self._loads.clear()
        for statement in body:
            for node in walk(statement):
                if node.__class__ is gast.Name:
                    stored = not isinstance(node.ctx, gast.Load)
                    (self._stores if stored else self._loads)[node.id] += 1
        self._views = self._found_views(body)
        return self._block(body, 1)

    def _found_views(self, body: list[Any]) -> dict[str, set[str]]:
        """What names may be views of, beside what the groups tell."""
        found: dict[str, set[str]] = {}
        for statement in walk_statements(body):
            match statement:
                case gast.Assign(
                    targets=[gast.Name(id=identifier)], value=value
                ) if not (is_fresh(value) or self.is_scalar(value)):
                    found.setdefault(identifier, set()).update(names_in(value))
        return found

    def _block(self, body: list[Any], depth: int) -> list[Any]:
        for statement in body:
            for part in ("body", "orelse"):
                inner = getattr(statement, part, None)
                if isinstance(inner, list) and inner and blocks(statement):
                    setattr(statement, part, self._block(inner, depth + 1))
        self._keep_views(body)
        return self._substituted(self._coalesced(body), depth)

    def _memory(self, names: set[str]) -> set[str]:
        """Names, and those that may share memory with them."""
        found = set(names)
        reached = list(names)
        for identifier in reached:  # which grows
            more = self._views.get(identifier, set())
            more = more | self.groups.get(identifier, frozenset())
            reached += more - found
            found |= more
        return found

    # --- t = x[k].copy() --------------------------------------------------------------

    def _keep_views(self, body: list[Any]) -> None:
        """Copies of parts that nobody writes into while they are read are views."""
        operands = _Operands(body)
        for index, statement in enumerate(body):
            match statement:
                case gast.Assign(
                    targets=[gast.Name(id=temporary)],
                    value=gast.Call(
                        func=gast.Attribute(value=view, attr="copy"), args=[]
                    ),
                ) if self._is_own(temporary, operands, index):
                    base = root(view)
                    if base is not None and isinstance(view, gast.Subscript):
                        memory = self._memory({base})
                        if self._is_read_in_time(body[index + 1 :], temporary, memory):
                            statement.value = view
                            self._views.setdefault(temporary, set()).add(base)

    def _is_own(self, temporary: str, operands: _Operands, index: int) -> bool:
        """Whether a temporary is read by plain arithmetic of the same block only."""
        if temporary not in self.temporaries or self._stores[temporary] != 1:
            return False
        return operands.after(index, temporary) == self._loads[temporary]

    def _is_read_in_time(
        self, rest: list[Any], temporary: str, memory: set[str]
    ) -> bool:
        """Whether a temporary's last reader comes no later than the first writer."""
        written = False
        for statement in rest:
            if written and temporary in set(names_in(statement)):
                return False
            for inner in walk_statements([statement]):
                written = written or bool(_written(inner) & memory)
                written = written or not self._is_harmless(inner)
        return True

    # --- x = t ------------------------------------------------------------------------

    def _coalesced(self, body: list[Any]) -> list[Any]:
        """The block with `t = e; …; x = t` as `x = e; …`, or with `x = t.copy()`."""
        index = 0
        while index < len(body):
            match body[index]:
                case gast.Assign(
                    targets=[gast.Name(id=to)],
                    value=(
                        gast.Name(id=temporary)
                        | gast.Call(
                            func=gast.Attribute(
                                value=gast.Name(id=temporary), attr="copy"
                            ),
                            args=[],
                        )
                    ),
                ) if self._may_be_called(temporary, to):
                    if self._rename(body, index, temporary, to):
                        del body[index]
                        continue
            index += 1
        return body

    def _may_be_called(self, temporary: str, to: str) -> bool:
        return (
            temporary in self.temporaries
            and self._stores[temporary] == 1
            and to in self.renamed
        )

    def _rename(self, body: list[Any], index: int, temporary: str, to: str) -> bool:
        """Let a temporary have the name that it is given at an index, if it can."""
        first = next((i for i in range(index) if _binds(body[i], temporary)), None)
        if first is None:
            return False
        if any(to in set(names_in(s)) for s in body[first + 1 : index]):
            return False
        value = body[first].value
        copied = not isinstance(body[index].value, gast.Name)
        if to in set(names_in(value)) or (copied and not is_fresh(value)):
            return False
        mentions = [
            list(names_in(statement)).count(temporary) for statement in body[first:]
        ]
        if sum(mentions) != self._loads[temporary] + 1:
            return False
        last = first + max(i for i, count in enumerate(mentions) if count)
        after = body[index + 1 : last + 1]
        memory = self._memory({to})
        if any(
            memory & _written(inner) or not self._is_harmless(inner)
            for inner in walk_statements(after)
        ):
            return False
        for statement in body[first : last + 1]:
            for node in walk(statement):
                if isinstance(node, gast.Name) and node.id == temporary:
                    node.id = to
        self._loads[to] += self._loads.pop(temporary) - 1
        self._views.setdefault(to, set()).update(self._views.get(temporary, set()))
        return True

    # --- written once and read once ---------------------------------------------------

    def _substituted(self, body: list[Any], depth: int) -> list[Any]:
        """The block with what is read once where it is read."""
        index = 0
        while index < len(body):
            match body[index]:
                case gast.Assign(targets=[gast.Name(id=temporary)], value=value) if (
                    self._is_momentary(temporary) and self.is_pure(value)
                ):
                    use = self._use(body, index, temporary)
                    if use is not None:
                        new = self._with(body[use], temporary, value)
                        if width(new) + 4 * depth <= LONGEST:
                            body[use] = at(body[use], [new])[0]
                            del body[index]
                            index = max(index - 1, 0)
                            continue
            index += 1
        return body

    def _is_momentary(self, temporary: str) -> bool:
        return (
            temporary in self.temporaries
            and self._stores[temporary] == self._loads[temporary] == 1
        )

    def _use(self, body: list[Any], index: int, temporary: str) -> int | None:
        """The statement that reads a temporary, if its value can be computed there."""
        reads = set(names_in(body[index].value))
        memory = self._memory(reads)
        for position in range(index + 1, len(body)):
            statement = body[position]
            if temporary in set(names_in(statement)):
                return position if _evaluates_once(statement, temporary) else None
            for inner in walk_statements([statement]):
                if bindings(inner) & reads or _written(inner) & memory:
                    return None
                if not self._is_harmless(inner):
                    return None
        return None

    def _is_harmless(self, statement: Any) -> bool:
        """Whether a statement certainly writes nothing but what it binds or stores."""
        match statement:
            case gast.Assign(value=gast.Call(func=gast.Attribute(attr="pop"))):
                return True
            case gast.Expr(value=gast.Call(func=gast.Attribute(attr="append"))):
                return True
            case gast.Expr() | gast.Assign() | gast.AugAssign():
                return self.is_pure(statement.value)
            case _:
                return True

    def _with(self, statement: Any, temporary: str, value: Any) -> Any:
        new = clone(statement)
        new.value = self._replaced(new.value, temporary, value)
        if isinstance(new, gast.AugAssign) and isinstance(new.op, gast.Add | gast.Sub):
            product = factor_out(new.value)
            if product.is_negative:
                flipped = gast.Sub if isinstance(new.op, gast.Add) else gast.Add
                positive = product.scaled(-1).expression(self.is_scalar)
                return gast.AugAssign(new.target, flipped(), positive)
        return new

    def _replaced(self, node: Any, temporary: str, value: Any) -> Any:
        """An expression with a value in the place of a name, products in order."""
        if isinstance(node, list):
            return [self._replaced(child, temporary, value) for child in node]
        if not isinstance(node, gast.AST) or temporary not in set(names_in(node)):
            return node
        if isinstance(node, gast.Name):
            return value
        if isinstance(node, gast.BinOp | gast.UnaryOp):
            value = _without_copy(value)  # arithmetic makes new memory
        factors = set(_factors(node)) if _is_product(node) else set()
        if self.regroups and temporary in factors and _is_product(value):
            inside = _put(node, temporary, value)
            return factor_out(inside).expression(self.is_scalar)
        for key, child in node.__dict__.items():
            setattr(node, key, self._replaced(child, temporary, value))
        if isinstance(node, gast.BinOp) and isinstance(node.op, gast.Add):
            product = factor_out(node.right)
            if product.is_negative:
                node.op, node.right = gast.Sub(), product.scaled(-1).expression()
        return node


class _Operands:
    """How often names are operands of arithmetic in the statements of a block."""

    def __init__(self, body: list[Any]) -> None:
        self._body = body

    @functools.cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for index, statement in enumerate(self._body):
            for operand in _operands(statement):
                places.setdefault(operand, []).append(index)
        return places

    def after(self, index: int, identifier: str) -> int:
        """How often a name is an operand in the statements after one of them."""
        return sum(place > index for place in self._places.get(identifier, ()))


def _operands(statement: Any) -> list[str]:
    """The names that are operands of arithmetic in a plain statement's value."""
    if not isinstance(statement, gast.Assign | gast.AugAssign):
        return []
    return [
        operand.id
        for node in walk(statement.value)
        if isinstance(node, (gast.BinOp, gast.UnaryOp))
        for operand in children(node)
        if isinstance(operand, gast.Name)
    ]


def _without_copy(value: Any) -> Any:
    match value:
        case gast.Call(func=gast.Attribute(value=inner, attr="copy"), args=[]):
            return inner
        case _:
            return value


def _binds(statement: Any, identifier: str) -> bool:
    match statement:
        case gast.Assign(targets=[gast.Name(id=bound)]):
            return bool(bound == identifier)
        case _:
            return False


def _written(statement: Any) -> set[str]:
    """The names that a statement binds, or whose memory it stores into."""
    found = bindings(statement)
    if isinstance(statement, gast.Assign):
        found |= {root(t) or "" for t in statement.targets}
    if isinstance(statement, gast.AugAssign):
        found.add(root(statement.target) or "")
    return found


def _evaluates_once(statement: Any, temporary: str) -> bool:
    """Whether a statement evaluates a name exactly once, before it stores anything."""
    if not isinstance(statement, gast.Assign | gast.AugAssign):
        return False
    if temporary not in set(names_in(statement.value)):
        return False
    return not any(
        isinstance(node, _ELSEWHERE) and temporary in set(names_in(node))
        for node in walk(statement.value)
    )


def _is_product(node: Any) -> bool:
    match node:
        case gast.BinOp(op=gast.Mult() | gast.Div()):
            return True
        case gast.UnaryOp(op=gast.USub()):
            return True
        case _:
            return False


def _factors(node: Any) -> list[str]:
    """The names that are factors of a product themselves."""
    match node:
        case gast.Name(id=identifier):
            return [str(identifier)]
        case gast.BinOp(left=left, op=gast.Mult() | gast.Div(), right=right):
            return [*_factors(left), *_factors(right)]
        case gast.UnaryOp(op=gast.USub(), operand=operand):
            return _factors(operand)
        case _:
            return []


def _put(node: Any, identifier: str, value: Any) -> Any:
    match node:
        case gast.Name(id=other) if other == identifier:
            return value
        case gast.BinOp(left=left, op=op, right=right) if isinstance(op, _PRODUCTS):
            return gast.BinOp(
                _put(left, identifier, value), op, _put(right, identifier, value)
            )
        case gast.UnaryOp(op=gast.USub() as op, operand=operand):
            return gast.UnaryOp(op, _put(operand, identifier, value))
        case _:
            return node
