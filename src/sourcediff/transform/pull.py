"""A cotangent pushed down an expression by the rules, to the variables it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import gast
import numpy as np

from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Static,
    Unknown,
    scalar_of,
)
from sourcediff.rules import Rule, lookup
from sourcediff.transform import expand
from sourcediff.transform.access import Access, locate, static_key
from sourcediff.transform.binding import Unbindable, bind
from sourcediff.transform.build import (
    assign,
    call,
    clone,
    const,
    key_argument,
    name,
    names_in,
    same,
    subscript,
    tuple_of,
)
from sourcediff.transform.cotangent import (
    Cotangent,
    materialise,
    of_expression,
    of_name,
    same_precision,
    summed_axes,
    unbroadcast,
)
from sourcediff.transform.operators import operator_function
from sourcediff.transform.product import Product, factor_out

#: Scalar operations up to which an index is computed again rather than named.
INDEX_COST = 2


#: Functions whose derivative knows lists of numbers.
_TAKING_LISTS = (np.array, np.asarray, sum, max, min)


class Refused(Exception):
    """An expression that the compiler cannot differentiate: `node`, cause, way out."""

    def __init__(self, node: Any, cause: str) -> None:
        super().__init__(cause)
        self.node = node
        self.cause = cause


class NoRule(Refused):
    """A call of a function that has no derivative rule."""

    def __init__(self, node: Any, function: Any) -> None:
        label = getattr(function, "__name__", repr(function))
        super().__init__(node, f"{label} has no derivative rule")
        self.function = function


@dataclass
class Contribution:
    """A cotangent that arrives at a variable, or at elements of it."""

    access: Access
    cotangent: Cotangent
    kind: Kind
    distinct: bool = True


@dataclass
class Pull:
    """What the adjoint of one expression consists of.

    `kind_of`, `is_active` and `callee` answer for nodes of the primal, `scalar_names`
    says which names of the generated code hold numbers. `whole` names structures whose
    cotangent is one structure. `reference` names a helper in generated code.
    """

    kind_of: Callable[[Any], Kind]
    is_active: Callable[[Any], bool]
    callee: Callable[[Any], Any]
    is_scalar_name: Callable[[str], bool]
    temporary: Callable[[Any, str], str]
    reference: Callable[[Any, str], Any]
    whole: frozenset[str]
    declare: Callable[[str, Kind], None]
    root: Any = None
    result_text: Any = None
    contributions: list[Contribution] = field(default_factory=list)
    prelude: list[Any] = field(default_factory=list)
    hoisted: dict[Any, str] = field(default_factory=dict)
    split: bool = False
    budget: int = 0
    narrow_name: Callable[[str], None] = lambda identifier: None
    is_narrow_name: Callable[[str], bool] = lambda identifier: False

    # --- down the tree ------------------------------------------------------------

    def push(self, node: Any, cotangent: Cotangent) -> None:
        """Push the cotangent of a node to the variables that the node reads."""
        if not self.is_active(node):
            return
        if cotangent.parts is None and cotangent.product.coefficient == 0:
            return
        access = locate(node, self.kind_of, self.whole)
        if access is not None and self._reaches(access, node):
            self._contribute(access, cotangent, node)
            return
        if cotangent.parts is not None and isinstance(self.kind_of(node), Array):
            raise Refused(node, "unpack a variable that holds this array instead")
        match node:
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                self._push_display(elements, cotangent)
            case gast.Dict(keys=keys, values=values):
                self._push_display(values, cotangent, keys)
            case gast.BinOp() | gast.UnaryOp():
                operands = (
                    [node.left, node.right]
                    if isinstance(node, gast.BinOp)
                    else [node.operand]
                )
                self._apply(node, operator_function(node.op), operands, {}, cotangent)
            case gast.Subscript(value=value, slice=key):
                self._push_subscript(node, value, key, cotangent)
            case gast.Call():
                self._push_call(node, cotangent)
            case gast.Attribute(value=value):
                function = self.callee(node)
                if function is None:
                    raise Refused(node, "the type of this object is not known")
                self._apply(node, function, [value], {}, cotangent)
            case _:
                raise Refused(node, "this expression is outside the language")

    def _reaches(self, access: Access, node: Any) -> bool:
        """Whether the cotangent of a chain of subscripts is one of the base's views."""
        while len(access.keys) > 1:
            node = node.value
            if not isinstance(node, gast.Subscript):
                return False
            kind = self.kind_of(node.value)
            if isinstance(kind, Array) and self._copies(node.slice):
                return False
            access = Access(access.place, access.keys[:-1])
        return True

    def _copies(self, key: Any) -> bool:
        """Whether indexing an array with a key makes a copy."""
        parts = key.elts if isinstance(key, gast.Tuple) else [key]
        kinds = [self.kind_of(p) for p in parts if not isinstance(p, gast.Slice)]
        for kind in kinds:
            if isinstance(kind, Unknown):
                raise Refused(key, "the type of this index is not known")
        return any(
            isinstance(k, Array | List) or (isinstance(k, Sequence) and k.type is list)
            for k in kinds
        )

    def _contribute(self, access: Access, cotangent: Cotangent, node: Any) -> None:
        in_array = access.keys and isinstance(self.kind_of(node.value), Array)
        if in_array and _only_adds_axes(node.slice):
            expression = self._without_axes(cotangent, node, node.slice)
            self.push(node.value, of_expression(expression))
            return
        keys = tuple(self.key(k) for k in access.keys)
        if cotangent.parts is not None and isinstance(self.kind_of(node), Array | List):
            for index, part in enumerate(cotangent.parts):
                if part is not None:
                    element = Access(access.place, (*keys, const(index)))
                    self.contributions.append(Contribution(element, part, UNKNOWN))
            return
        distinct = not in_array or self.is_distinct(access.keys[-1])
        self.contributions.append(
            Contribution(
                Access(access.place, keys), cotangent, self.kind_of(node), distinct
            )
        )

    def is_distinct(self, key: Any) -> bool:
        """Whether a key certainly selects every element at most once."""
        if not self._copies(key):
            return True
        parts = key.elts if isinstance(key, gast.Tuple) else [key]
        for part in parts:
            kind = UNKNOWN if isinstance(part, gast.Slice) else self.kind_of(part)
            if isinstance(kind, Array) and kind.dtype.kind == "b":
                return True
            if isinstance(part, gast.Call) and isinstance(kind, Array):
                vectors = [
                    self.kind_of(p) for p in parts if not isinstance(p, gast.Slice)
                ]
                flat = all(isinstance(k, Array) and k.ndim == 1 for k in vectors)
                if flat and is_injective(self.callee(part)):
                    return True
        return False

    def _push_display(
        self, elements: list[Any], cotangent: Cotangent, keys: list[Any] | None = None
    ) -> None:
        active = [i for i, e in enumerate(elements) if self.is_active(e)]
        if cotangent.parts is not None:
            for index in active:
                part = cotangent.parts[index]
                if part is not None:
                    self.push(elements[index], part)
            return
        if len(active) > 1:
            cotangent = self.named(cotangent, gast.Name("parts", None, None, None))
        for index in active:
            key = const(index) if keys is None else clone(keys[index])
            expression = subscript(cotangent.product.expression(), key)
            self.push(elements[index], of_expression(expression))

    def _push_subscript(
        self, node: Any, value: Any, key: Any, cotangent: Cotangent
    ) -> None:
        kind = self.kind_of(value)
        if isinstance(kind, Sequence | Record):
            index = static_key(key)
            count = len(kind.items if isinstance(kind, Sequence) else kind.fields)
            if not isinstance(index, int):
                raise Refused(node, "the index into this tuple must be a constant")
            parts: list[Cotangent | None] = [None] * count
            parts[index] = cotangent
            self.push(value, Cotangent(Product(), True, tuple(parts)))
            return
        if not isinstance(kind, Array):
            raise Refused(node, "the type of the indexed value is not known")
        if _only_adds_axes(key):
            self.push(value, of_expression(self._without_axes(cotangent, node, key)))
            return
        helper = self._helper("scatter_add")
        expression = call(
            helper,
            self._expression(cotangent, node),
            key_argument(self.key(key), self._numpy()),
            self.value(value),
        )
        self.push(value, of_expression(expression))

    def _without_axes(self, cotangent: Cotangent, node: Any, key: Any) -> Any:
        """The cotangent of `x` from that of `x[:, None]`."""
        parts = key.elts if isinstance(key, gast.Tuple) else [key]
        expression = self._expression(cotangent, node)
        axes = [i for i, p in enumerate(parts) if not isinstance(p, gast.Slice)]
        product = factor_out(expression)
        arrays = [n for n in product.numerators if not self.is_scalar(n)]
        summed = _sum_of_axes(arrays[0]) if len(arrays) == 1 else None
        if summed is not None and summed[1] == axes:
            front, _ = product.split(self.is_scalar)
            return front.times(summed[0]).expression(self.is_scalar)
        index = [
            gast.Slice(None, None, None) if isinstance(p, gast.Slice) else const(0)
            for p in parts
        ]
        while len(index) > 1 and isinstance(index[-1], gast.Slice):
            index.pop()
        return subscript(expression, tuple_of(index) if len(index) > 1 else index[0])

    def key(self, key: Any) -> Any:
        """An index expression at its statement; what is not cheap in it has a name."""
        if isinstance(key, gast.Tuple):
            return gast.Tuple([self.key(p) for p in key.elts], gast.Load())
        if isinstance(key, gast.Slice):
            return gast.Slice(
                *(p and self.key(p) for p in (key.lower, key.upper, key.step))
            )
        return self.rebuilt(key) if self._cost(key) <= INDEX_COST else self.value(key)

    def _push_call(self, node: Any, cotangent: Cotangent) -> None:
        function = self.callee(node)
        if function is None:
            raise Refused(node, "the function that is called here is not known")
        arguments = list(node.args)
        receiver = self._receiver(node, function)
        if receiver is not None:
            arguments.insert(0, receiver)
        keywords = {k.arg: k.value for k in node.keywords}
        self._apply(node, function, arguments, keywords, cotangent)

    def _receiver(self, node: Any, function: Any) -> Any | None:
        """The object of a method call, which the method takes as its first argument."""
        if not isinstance(node.func, gast.Attribute):
            return None
        if isinstance(self.kind_of(node.func.value), Static):
            return None
        return node.func.value

    # --- one rule -------------------------------------------------------------------

    def _apply(
        self,
        node: Any,
        function: Any,
        arguments: list[Any],
        keywords: dict[str, Any],
        cotangent: Cotangent,
    ) -> None:
        rule = lookup(function)
        if rule is None or rule.kind in ("mutation", "passive"):
            raise NoRule(node, function)
        try:
            bound = bind(rule, function, arguments, keywords)
        except Unbindable as error:
            raise Refused(
                node, f"the derivative of {rule.name} does not support {error}"
            ) from None
        active = [
            p for p in rule.wrt if p in bound and self._is_active_argument(bound[p])
        ]
        stray = [
            p
            for p in bound
            if p not in active
            and self._is_active_argument(bound[p])
            and not expand.is_unread(rule, p)
        ]
        if stray:
            raise Refused(node, f"{rule.name} has no derivative for {stray[0]}")
        if not active:
            return
        kinds = {p: self._argument_kind(n) for p, n in bound.items()}
        self._require_arrays(node, function, rule, bound, kinds, active)
        expansion = expand.Expansion(
            rule, bound, kinds, self.reference, self.kind_of(node)
        )
        Application(self, node, rule, bound, kinds, active, expansion).run(cotangent)

    def _require_arrays(
        self,
        node: Any,
        function: Any,
        rule: Rule,
        bound: dict[str, Any],
        kinds: dict[str, Kind],
        active: list[str],
    ) -> None:
        """Refuse lists where NumPy would make arrays of them in passing."""
        if rule.nests or function in _TAKING_LISTS or rule.kind == "rule":
            return
        for parameter in active:
            given = isinstance(kinds[parameter], Sequence | List)
            if given and not isinstance(bound[parameter], gast.Tuple | gast.List):
                raise Refused(node, "a list is used as an array: use np.asarray(...)")

    def _is_active_argument(self, node: Any) -> bool:
        if isinstance(node, gast.Tuple | gast.List):
            return any(map(self._is_active_argument, node.elts))
        return not isinstance(node, gast.Constant) and self.is_active(node)

    def _argument_kind(self, node: Any) -> Kind:
        if isinstance(node, gast.Constant):
            return scalar_of(Static(node.value))
        return self.kind_of(node)

    # --- values of the primal -------------------------------------------------------

    def value(self, node: Any) -> Any:
        """An expression for the value of a primal node at its statement.

        What is more than a look-up or a few scalar operations gets a name, and the
        forward sweep computes it once.
        """
        if node in self.hoisted:
            return name(self.hoisted[node])
        if node is self.root and self.result_text is not None:
            return clone(self.result_text)
        if self._is_cheap(node):
            return self.rebuilt(node)
        hoisted = self.temporary(node, "")
        self.declare(hoisted, self.kind_of(node))
        self.hoisted[node] = hoisted
        return name(hoisted)

    def rebuilt(self, node: Any) -> Any:
        """A copy of a cheap expression, with what has a name by that name."""
        if isinstance(node, gast.AST):
            if node in self.hoisted:
                return name(self.hoisted[node])
            new = node.__class__.__new__(node.__class__)
            for key, child in node.__dict__.items():
                setattr(new, key, self.rebuilt(child))
            return new
        if isinstance(node, list):
            return [self.rebuilt(child) for child in node]
        return node

    def _is_cheap(self, node: Any) -> bool:
        return self._cost(node) <= self.budget

    def _cost(self, node: Any) -> int:
        """Scalar operations that evaluating a node again takes; many: name it."""
        many = 99
        match node:
            case gast.Name() | gast.Constant():
                return 0
            case gast.Tuple(elts=elements) | gast.List(elts=elements):
                return sum(map(self._cost, elements))
            case gast.Attribute(value=value):
                return self._cost(value)
            case gast.Slice(lower=lower, upper=upper, step=step):
                parts = [self._cost(p) for p in (lower, upper, step) if p]
                return max([0, *parts])
            case gast.Subscript(value=value, slice=key):
                if isinstance(self.kind_of(value), Array) and self._copies(key):
                    return many
                return self._cost(value) + max(self._cost(key) - 2, 0)
            case gast.UnaryOp(operand=operand):
                return self._cost(operand) + self._weight(node)
            case gast.BinOp(left=left, right=right):
                return self._cost(left) + self._cost(right) + self._weight(node)
            case gast.Call(func=gast.Name(id="len"), args=[argument]):
                return self._cost(argument)
            case gast.Call() if self._is_view(node):
                # Never kept under a name: what it shows may be written into.
                operands = [*node.args, *(k.value for k in node.keywords)]
                if self._receiver(node, None) is not None:
                    operands.append(node.func.value)
                return sum(map(self._cost, operands))
            case _:
                return many

    def _is_view(self, node: Any) -> bool:
        rule = lookup(self.callee(node))
        return rule is not None and rule.view

    def _weight(self, node: Any) -> int:
        return 1 if isinstance(scalar_of(self.kind_of(node)), Scalar | Static) else 99

    def shape_of(self, node: Any) -> Any:
        """Some expression whose value has the shape of a node, cheap to evaluate."""
        kind = self.kind_of(node)
        if self._is_cheap(node) or node in self.hoisted:
            return self.value(node)
        if isinstance(kind, Array) and kind.dims is not None and None not in kind.dims:
            for child in gast.walk(node):
                if isinstance(child, gast.Name | gast.Subscript | gast.Attribute):
                    other = self.kind_of(child)
                    if (
                        isinstance(other, Array)
                        and other.dims == kind.dims
                        and other.dtype == kind.dtype
                        and self._is_cheap(child)
                    ):
                        return self.value(child)
        return self.value(node)

    # --- cotangents as text -----------------------------------------------------------

    def is_scalar(self, node: Any) -> bool:
        """Whether an expression of the generated code is certainly a number."""
        match node:
            case gast.Name(id=identifier):
                return self.is_scalar_name(identifier)
            case gast.Constant(value=value):
                return isinstance(value, int | float | complex)
            case gast.BinOp(left=left, right=right):
                return self.is_scalar(left) and self.is_scalar(right)
            case gast.UnaryOp(operand=operand):
                return self.is_scalar(operand)
            case gast.Subscript():
                known = self.kind_of(node)
                if isinstance(known, Scalar):
                    return True
                return self._is_element(node)
            case gast.Call(func=gast.Attribute(attr=("size" | "ndim" | "count"))):
                return True
            case gast.Call(func=gast.Name(id=("len" | "count"))):
                return True
            case gast.Call(func=gast.Attribute(value=gast.Name()), args=arguments):
                return bool(arguments) and all(map(self.is_scalar, arguments))
            case gast.Attribute(attr=("size" | "ndim")):
                return True
            case _:
                return False

    def _is_element(self, node: Any) -> bool:
        base, key = node.value, node.slice
        kind = self.kind_of(base)
        if not isinstance(kind, Array) or kind.ndim is None:
            return False
        parts = key.elts if isinstance(key, gast.Tuple) else [key]
        return len(parts) == kind.ndim and all(
            not isinstance(p, gast.Slice) and self.is_scalar(p) for p in parts
        )

    def _expression(self, cotangent: Cotangent, node: Any) -> Any:
        """A cotangent as an expression of its node's full shape."""
        if cotangent.parts is not None:
            return self._structure(cotangent, node)
        if cotangent.full:
            return cotangent.product.expression(self.is_scalar)
        return materialise(
            cotangent.product,
            self.kind_of(node),
            self.shape_of(node),
            self.is_scalar,
            self._numpy(),
        )

    def _structure(self, cotangent: Cotangent, node: Any) -> Any:
        kind = self.kind_of(node)
        items = (
            kind.items
            if isinstance(kind, Sequence)
            else tuple(k for _, k in kind.fields)
            if isinstance(kind, Record)
            else ()
        )
        parts: list[Any] = []
        for index, part in enumerate(cotangent.parts or ()):
            if part is not None:
                parts.append(part.product.expression(self.is_scalar))
            elif index < len(items) and isinstance(items[index], Scalar):
                parts.append(const(0.0))
            else:
                element = subscript(self.value(node), const(index))
                parts.append(call(f"{self._numpy()}.zeros_like", element))
        return tuple_of(parts)

    def summed(
        self, product: Product, node: Kind, argument: Kind, value: Callable[[], Any]
    ) -> Product:
        """A cotangent of the node summed to the argument's shape.

        Numbers and scalar factors stay outside of the sum, where they cost nothing.
        """
        if same_precision(node, argument):
            front, inner = product.split(self.is_scalar)
        else:  # a real part is taken: only a real number may stay outside
            front = Product(product.coefficient)
            inner = Product(1, product.numerators, product.denominators)
        contracted = self._contracted(inner, node, argument)
        if contracted is not None:
            return front.times(contracted)
        expression = inner.expression(self.is_scalar)
        text = unbroadcast(expression, node, argument, value, self._helper)
        return product if text is expression else front.times(text)

    def _contracted(self, product: Product, node: Kind, argument: Kind) -> Any | None:
        """The sum of a product of whole arrays as a dot product, where it is one."""
        if not (
            isinstance(argument, Scalar)
            and isinstance(node, Array)
            and node.ndim
            and same_precision(node, argument)
            and node.dtype.kind == "f"
        ):
            return None
        factors = product.numerators
        if product.denominators or len(factors) < 2:
            return None
        if not all(self._fills(factor, node) for factor in factors):
            return None
        first = Product(1, factors[:-1]).expression()
        if node.ndim == 1:
            return gast.BinOp(first, gast.MatMult(), clone(factors[-1]))
        return call(f"{self._numpy()}.vdot", first, clone(factors[-1]))

    def _fills(self, factor: Any, node: Array) -> bool:
        """Whether a factor is a variable of the node's whole shape."""
        if not isinstance(factor, gast.Name) or self.is_narrow_name(factor.id):
            return False
        kind = self.kind_of(factor)
        return isinstance(kind, Array) and summed_axes(node, kind) == ()

    def _numpy(self) -> str:
        return str(self.reference(np, "np").id)

    def _helper(self, helper: str) -> Any:
        return self.reference(None, helper)

    def named(self, cotangent: Cotangent, node: Any) -> Cotangent:
        """The cotangent under a name, unless it is one already."""
        if cotangent.product.is_signed_atom or cotangent.parts is not None:
            return cotangent
        expression = cotangent.product.expression(self.is_scalar)
        for statement in self.prelude:  # it may have a name already
            if isinstance(statement, gast.Assign) and same(statement.value, expression):
                known = of_name(statement.targets[0].id)
                return Cotangent(known.product, cotangent.full)
        identifier = self.temporary(node, "bar")
        is_number = self.is_scalar(expression)
        kind = self.kind_of(node)
        if is_number and isinstance(kind, Array):
            kind = Scalar(kind.dtype, False)
        self.declare(identifier, kind)
        if not cotangent.full:
            self.narrow_name(identifier)
        self.prelude.append(assign(identifier, expression))
        named = of_name(identifier)
        return Cotangent(named.product, cotangent.full)


@dataclass
class Application:
    """One rule at one node."""

    pull: Pull
    node: Any
    rule: Rule
    bound: dict[str, Any]
    kinds: dict[str, Kind]
    active: list[str]
    expansion: expand.Expansion

    def run(self, cotangent: Cotangent) -> None:
        """Push the cotangents of the active arguments."""
        if self.rule.kind == "elementwise":
            self._elementwise(cotangent)
        else:
            self._general(cotangent)

    # --- elementwise -----------------------------------------------------------------

    def _elementwise(self, cotangent: Cotangent) -> None:
        pull = self.pull
        try:
            outputs = self._outputs()
        except expand.NotInlinable:
            outputs = self._called()
        if len(self.active) > 1:
            cotangent = pull.named(cotangent, self.node)
        for parameter in self.active:
            partial = outputs[self._position(parameter)]
            if same(partial, const(None)):
                raise Refused(
                    self.node, f"{self.rule.name} has no derivative for {parameter}"
                )
            self._push_partial(parameter, partial, cotangent)

    def _push_partial(self, parameter: str, partial: Any, cotangent: Cotangent) -> None:
        pull = self.pull
        argument = self.bound[parameter]
        node_kind, kind = pull.kind_of(self.node), self.kinds[parameter]
        full = self._is_full(partial)
        if not cotangent.full and self._mixes_precisions():
            cotangent = of_expression(pull._expression(cotangent, self.node))
        text = self._resolved(partial)
        if not self.expansion.is_real(partial):
            text = self._conjugate(text)
        result = cotangent.times(text, full)
        if pull.split and self.node is pull.root and expand.RESULT in names_in(partial):
            result = pull.named(result, self.node)
        if self._same_shape(node_kind, kind) and same_precision(node_kind, kind):
            pull.push(argument, result)
            return
        product = result.product
        if not result.full:
            expression = materialise(
                product,
                node_kind,
                pull.shape_of(self.node),
                pull.is_scalar,
                pull._numpy(),
            )
            product = Product(1, (expression,))
        summed = pull.summed(product, node_kind, kind, lambda: pull.shape_of(argument))
        pull.push(argument, Cotangent(summed))

    def _mixes_precisions(self) -> bool:
        """Whether an argument is less precise than the result.

        A number as cotangent would then leave products in the lower precision.
        """
        node = self.pull.kind_of(self.node)
        return isinstance(node, Array) and any(
            isinstance(k, Array) and k.dtype.kind in "fc" and k.dtype != node.dtype
            for k in self.kinds.values()
        )

    def _conjugate(self, text: Any) -> Any:
        match text:
            case gast.Constant(value=complex() as value):
                return const(value.conjugate())
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                return gast.UnaryOp(gast.USub(), self._conjugate(operand))
            case _ if self._is_certainly_complex():
                return call(f"{self.pull._numpy()}.conj", text)
            case _:
                return call(self.pull._helper("conjugate"), text)

    def _is_certainly_complex(self) -> bool:
        kinds = [self.pull.kind_of(self.node), *self.kinds.values()]
        return any(isinstance(k, Scalar | Array) and k.dtype.kind == "c" for k in kinds)

    def _same_shape(self, node: Kind, argument: Kind) -> bool:
        if isinstance(node, Scalar) and isinstance(argument, Scalar):
            return True
        if isinstance(argument, Scalar):
            return False
        return summed_axes(node, argument) == () or self._is_only_array(argument)

    def _is_only_array(self, argument: Kind) -> bool:
        """Whether an argument is broadcast against nothing but numbers."""
        if self.rule.kind != "elementwise" or not isinstance(argument, Array):
            return False
        others = [
            k
            for k in self.kinds.values()
            if k is not argument and not isinstance(scalar_of(k), Scalar | Static)
        ]
        return not others

    def _is_full(self, partial: Any) -> bool:
        """Whether a partial has the node's full shape whatever is broadcast."""
        node_kind = self.pull.kind_of(self.node)
        if isinstance(node_kind, Scalar):
            return True
        for identifier in names_in(partial):
            if identifier == expand.RESULT:
                return True
            if identifier.startswith(expand.ARGUMENT):
                kind = self.kinds[identifier.removeprefix(expand.ARGUMENT)]
                if isinstance(kind, Array) and self._same_shape(node_kind, kind):
                    return True
        return False

    # --- linear, multilinear, explicit ------------------------------------------------

    def _general(self, cotangent: Cotangent) -> None:
        pull = self.pull
        if cotangent.parts is None and not cotangent.full:
            expression = pull._expression(cotangent, self.node)
            cotangent = of_expression(expression)
        try:
            outputs = self._outputs()
            wanted = [outputs[self._position(p)] for p in self.active]
        except expand.NotInlinable:
            outputs, cotangent = self._called_general(cotangent)
            wanted = [outputs[self._position(p)] for p in self.active]
        uses = sum(list(names_in(o)).count(expand.SEED) for o in wanted)
        if cotangent.parts is not None:
            cotangent = of_expression(pull._structure(cotangent, self.node))
            if uses > 1:
                identifier = pull.temporary(self.node, "bar")
                pull.declare(identifier, pull.kind_of(self.node))
                text = cotangent.product.expression()
                pull.prelude.append(assign(identifier, text))
                cotangent = of_name(identifier)
        elif uses > 1:
            cotangent = pull.named(cotangent, self.node)
        for parameter, output in zip(self.active, wanted, strict=True):
            self._push_output(parameter, output, cotangent)

    def _push_output(self, parameter: str, output: Any, cotangent: Cotangent) -> None:
        pull = self.pull
        argument = self.bound[parameter]
        if same(output, const(None)):
            return
        if isinstance(output, gast.Tuple | gast.List) and isinstance(
            argument, gast.Tuple | gast.List
        ):
            parts = tuple(self._of_output(e, cotangent) for e in output.elts)
            pull.push(argument, Cotangent(Product(), True, parts))
            return
        narrow = self._broadcast_source(output, parameter)
        if narrow is not None:
            pull.push(argument, self._of_output(narrow, cotangent, False))
            return
        stripped = self._unbroadcast_source(output, parameter)
        if stripped is not None:
            output = stripped
        result = self._of_output(output, cotangent)
        node_kind, kind = pull.kind_of(self.node), self.kinds[parameter]
        if isinstance(node_kind, Scalar | Array) and isinstance(kind, Scalar | Array):
            if node_kind.dtype.kind == "c" and kind.dtype.kind == "f":
                real = call(
                    f"{pull._numpy()}.real", result.product.expression(pull.is_scalar)
                )
                result = of_expression(real)
            elif (
                isinstance(kind, Array)
                and kind.dtype.kind == "f"
                and node_kind.dtype != kind.dtype
            ):
                cast = call(
                    pull._helper("unbroadcast"),
                    result.product.expression(pull.is_scalar),
                    pull.shape_of(argument),
                )
                result = of_expression(cast)
        pull.push(argument, result)

    def _of_output(
        self, output: Any, cotangent: Cotangent, full: bool = True
    ) -> Cotangent:
        """The rule's expression with the cotangent in the place of its seed."""
        product = factor_out(output)
        result = Product(product.coefficient)
        for factor in product.numerators:
            if isinstance(factor, gast.Name) and factor.id == expand.SEED:
                result = result.combine(cotangent.product)
            else:
                result = result.times(self._seeded(factor, cotangent))
        for factor in product.denominators:
            below = self._seeded(factor, cotangent)
            result = result.combine(Product(1, (), (below,)))
        return Cotangent(result, full)

    def _seeded(self, node: Any, cotangent: Cotangent) -> Any:
        text = cotangent.product.expression(self.pull.is_scalar)
        return self._resolved(expand.replace_names(node, {expand.SEED: text}))

    def _broadcast_source(self, output: Any, parameter: str) -> Any | None:
        """What `np.broadcast_to(what, np.shape(argument))` broadcasts."""
        match output:
            case gast.Call(
                func=gast.Attribute(attr="broadcast_to"),
                args=[
                    what,
                    gast.Call(
                        func=gast.Attribute(attr="shape"), args=[gast.Name(id=mark)]
                    ),
                ],
            ) if mark == expand.ARGUMENT + parameter and not isinstance(
                self.bound[parameter], gast.Tuple | gast.List
            ):
                return self._without_leading_axes(what)
            case _:
                return None

    def _without_leading_axes(self, what: Any) -> Any:
        """Expanded axes written as an index; leading ones broadcast by themselves."""
        kind = self.pull.kind_of(self.node)
        ndim = 0 if isinstance(kind, Scalar) else getattr(kind, "ndim", None)

        def rewrite(node: Any) -> Any:
            match node:
                case gast.Call(
                    func=gast.Attribute(attr="expand_dims"), args=[inner, axis]
                ) if ndim is not None:
                    axes = _constant_axes(axis)
                    if axes is None:
                        return node
                    total = ndim + len(axes)
                    added = {a % total for a in axes}
                    if added == set(range(len(added))):
                        return rewrite(inner)
                    index = [
                        const(None) if a in added else gast.Slice(None, None, None)
                        for a in range(total)
                    ]
                    while isinstance(index[-1], gast.Slice):
                        index.pop()
                    key = tuple_of(index) if len(index) > 1 else index[0]
                    return subscript(rewrite(inner), key)
                case gast.BinOp(left=left, op=op, right=right):
                    return gast.BinOp(rewrite(left), op, rewrite(right))
                case gast.UnaryOp(op=op, operand=operand):
                    return gast.UnaryOp(op, rewrite(operand))
                case _:
                    return node

        return rewrite(what)

    def _unbroadcast_source(self, output: Any, parameter: str) -> Any | None:
        """What `unbroadcast(what, argument)` reduces, where no reduction is due."""
        match output:
            case gast.Call(func=gast.Name(id="unbroadcast"), args=[what, gast.Name()]):
                node_kind = self.pull.kind_of(self.node)
                kind = self.kinds[parameter]
                if self._same_shape(node_kind, kind) and same_precision(
                    node_kind, kind
                ):
                    return what
        return None

    # --- texts ------------------------------------------------------------------------

    def _outputs(self) -> list[Any]:
        outputs = self.expansion.outputs()
        names = self._differentiable()
        if len(names) == 1:
            return [outputs]
        if not isinstance(outputs, gast.Tuple) or len(outputs.elts) != len(names):
            raise expand.NotInlinable(self.rule.name)
        return list(outputs.elts)

    def _differentiable(self) -> tuple[str, ...]:
        if self.rule.kind == "elementwise":
            tree = expand.definition(self.rule.function)
            returns = [n for n in gast.walk(tree) if isinstance(n, gast.Return)]
            if not any(isinstance(r.value, gast.Tuple) for r in returns):
                return self.rule.wrt[:1]
        return self.rule.wrt

    def _position(self, parameter: str) -> int:
        names = self._differentiable()
        if parameter not in names:
            raise Refused(
                self.node, f"{self.rule.name} has no derivative for {parameter}"
            )
        return names.index(parameter)

    def _called(self) -> list[Any]:
        """The partials, by a call of the rule's own function."""
        text = expand.by_name(self.rule, self.bound, self.pull.reference)
        names = self._differentiable()
        if len(names) == 1:
            return [text]
        if len(self.active) == 1:
            return [subscript(text, const(i)) for i in range(len(names))]
        identifier = self.pull.temporary(
            gast.Name(self.rule.name, None, None, None), "partials"
        )
        self.pull.prelude.append(assign(identifier, self._resolved(text)))
        return [subscript(name(identifier), const(i)) for i in range(len(names))]

    def _called_general(self, cotangent: Cotangent) -> tuple[list[Any], Cotangent]:
        """The cotangents of the arguments, by a call of the rule's own function."""
        text = expand.by_name(self.rule, self.bound, self.pull.reference)
        names = self.rule.wrt
        if len(names) == 1:
            return [text], cotangent
        if len(self.active) == 1:
            return [subscript(text, const(i)) for i in range(len(names))], cotangent
        if cotangent.parts is not None:
            seed = self.pull._structure(cotangent, self.node)
        else:
            seed = cotangent.product.expression(self.pull.is_scalar)
        identifier = self.pull.temporary(
            gast.Name(self.rule.name, None, None, None), "bars"
        )
        text = self._resolved(expand.replace_names(text, {expand.SEED: seed}))
        self.pull.prelude.append(assign(identifier, text))
        results = [subscript(name(identifier), const(i)) for i in range(len(names))]
        return results, cotangent

    def _resolved(self, node: Any) -> Any:
        """An expanded text with expressions for the result and the arguments."""
        match node:
            case gast.Name(id=expand.RESULT):
                return self.pull.value(self.node)
            case gast.Name(id=identifier) if identifier.startswith(expand.ARGUMENT):
                return self._argument(identifier)
            case gast.Call(func=function, args=arguments) if _reads_shape(function):
                return self._shape_call(node, function, arguments)
            case gast.AST():
                new = node.__class__.__new__(node.__class__)
                for key, value in node.__dict__.items():
                    setattr(new, key, self._resolved(value))
                return new
            case list():
                return [self._resolved(item) for item in node]
            case _:
                return node

    def _argument(self, mark: str) -> Any:
        argument = self.bound[mark.removeprefix(expand.ARGUMENT)]
        if isinstance(argument, gast.Tuple | gast.List):
            elements = [self.pull.value(e) for e in argument.elts]
            return type(argument)(elements, gast.Load())
        return self.pull.value(argument)

    def _shape_call(self, node: Any, function: Any, arguments: list[Any]) -> Any:
        def shape_text(argument: Any) -> Any:
            match argument:
                case gast.Name(id=expand.RESULT):
                    return self.pull.shape_of(self.node)
                case gast.Name(id=mark) if mark.startswith(expand.ARGUMENT):
                    actual = self.bound[mark.removeprefix(expand.ARGUMENT)]
                    if not isinstance(actual, gast.Tuple | gast.List):
                        return self.pull.shape_of(actual)
            return self._resolved(argument)

        label = function.attr if isinstance(function, gast.Attribute) else function.id
        only_last = label in ("unbroadcast", "scatter_add")
        texts = [
            self._resolved(a) if only_last and i < len(arguments) - 1 else shape_text(a)
            for i, a in enumerate(arguments)
        ]
        if label == "size" and len(texts) == 1 and isinstance(texts[0], gast.Name):
            return gast.Attribute(texts[0], "size", gast.Load())
        return gast.Call(self._resolved(function), texts, self._resolved(node.keywords))


def _only_adds_axes(key: Any) -> bool:
    """Whether a key is made of `None` and full slices only."""
    parts = key.elts if isinstance(key, gast.Tuple) else [key]
    return any(not isinstance(p, gast.Slice) for p in parts) and all(
        p.lower is p.upper is p.step is None
        if isinstance(p, gast.Slice)
        else isinstance(p, gast.Constant) and p.value is None
        for p in parts
    )


def _sum_of_axes(node: Any) -> tuple[Any, list[int]] | None:
    """`e.sum(axis=a, keepdims=True)` as `e.sum(axis=a)` and its axes."""
    match node:
        case gast.Call(
            func=gast.Attribute(attr="sum"),
            args=[],
            keywords=[
                gast.keyword(arg="axis") as axis,
                gast.keyword(arg="keepdims", value=gast.Constant(value=True)),
            ],
        ):
            axes = _constant_axes(axis.value)
            if axes is not None:
                return gast.Call(node.func, [], [axis]), sorted(axes)
    return None


def is_injective(function: Any) -> bool:
    """Whether the function makes index arrays without repeated elements."""
    return function in (np.arange, np.argsort, np.ndarray.argsort, np.flatnonzero)


def _reads_shape(function: Any) -> bool:
    match function:
        case gast.Attribute(attr=label) | gast.Name(id=label):
            return label in expand.SHAPE_READERS
        case _:
            return False


def _constant_axes(node: Any) -> tuple[int, ...] | None:
    match node:
        case gast.Constant(value=int(axis)):
            return (axis,)
        case gast.Constant(value=tuple(axes)):
            return axes
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=int(axis))):
            return (-axis,)
        case gast.Tuple(elts=elements):
            parts = [_constant_axes(e) for e in elements]
            if all(p is not None for p in parts):
                return tuple(a for p in parts if p for a in p)
    return None
