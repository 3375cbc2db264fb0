"""One rule at one node: its partials, or its cotangents, as expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gast

from sourcediff.kinds import (
    Array,
    Kind,
    Scalar,
    Static,
    scalar_of,
)
from sourcediff.rules import Rule
from sourcediff.transform import expand
from sourcediff.transform.build import (
    assign,
    call,
    const,
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
)
from sourcediff.transform.product import Product, factor_out
from sourcediff.transform.refused import Refused

if TYPE_CHECKING:
    from sourcediff.transform.pull import Pull


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
        try:
            outputs = self.outputs()
        except expand.NotInlinable:
            outputs = self.called()
        partials = {p: outputs[self.position(p)] for p in self.active}
        for parameter, partial in partials.items():
            if same(partial, const(None)):
                raise Refused(
                    self.node, f"{self.rule.name} has no derivative for {parameter}"
                )
        if len(partials) > 1:
            cotangent, partials = self._with_divided(cotangent, partials)
        for parameter, partial in partials.items():
            self._push_partial(parameter, partial, cotangent)

    def _with_divided(
        self, cotangent: Cotangent, partials: dict[str, Any]
    ) -> tuple[Cotangent, dict[str, Any]]:
        """The cotangent under a name, divided by what all partials are divided by.

        The cotangents of `x / y` are then `t = z_bar / y` and `-t * z`.
        """
        pull = self.pull
        products = {p: factor_out(partial) for p, partial in partials.items()}
        first, *rest = products.values()
        common = tuple(
            factor
            for factor in first.denominators
            if all(any(same(factor, d) for d in p.denominators) for p in rest)
        )
        plain = all(map(self.expansion.is_real, partials.values()))
        if not common or not plain or self._mixes_precisions():
            return pull.named(cotangent, self.node), partials
        divisor = Product(1, (), common)
        full = self._is_full(divisor.expression())
        below = tuple(map(self.resolved, common))
        divided = Cotangent(
            cotangent.product.combine(Product(1, (), below)), cotangent.full or full
        )
        left = {p: product.without(common) for p, product in products.items()}
        same_as = [p for p, product in left.items() if product == Product()]
        label = self.bound[same_as[0]] if same_as else self.node
        texts = {p: product.expression() for p, product in left.items()}
        return pull.named(divided, label), texts

    def _push_partial(self, parameter: str, partial: Any, cotangent: Cotangent) -> None:
        pull = self.pull
        argument = self.bound[parameter]
        node_kind, kind = pull.kind_of(self.node), self.kinds[parameter]
        full = self._is_full(partial)
        if not cotangent.full and self._mixes_precisions():
            cotangent = of_expression(pull.expression(cotangent, self.node))
        text = self.resolved(partial)
        if not self.expansion.is_real(partial):
            text = self._conjugate(text)
        result = cotangent.times(text, full)
        if pull.split and self.node is pull.root and expand.RESULT in names_in(partial):
            result = pull.named(result, self.node)
        fits = self.same_shape(node_kind, kind) or pull.same_extent(self.node, argument)
        if fits and same_precision(node_kind, kind):
            pull.push(argument, result)
            return
        product = result.product
        if not result.full:
            expression = materialise(
                product,
                node_kind,
                pull.shape_of(self.node),
                pull.is_scalar,
                pull.numpy(),
            )
            product = Product(1, (expression,))
        whole = pull.extent(self.node)
        summed = pull.summed(
            product, node_kind, kind, lambda: pull.shape_of(argument), whole
        )
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
                return const(value.conjugate() + 0)
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                return gast.UnaryOp(gast.USub(), self._conjugate(operand))
            case _ if self._is_certainly_complex():
                return call(f"{self.pull.numpy()}.conj", text)
            case _:
                return call(self.pull.helper("conjugate"), text)

    def _is_certainly_complex(self) -> bool:
        kinds = [self.pull.kind_of(self.node), *self.kinds.values()]
        return any(isinstance(k, Scalar | Array) and k.dtype.kind == "c" for k in kinds)

    def same_shape(self, node: Kind, argument: Kind) -> bool:
        """Whether an argument certainly has the shape of the node."""
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
                parameter = identifier.removeprefix(expand.ARGUMENT)
                kind = self.kinds[parameter]
                if isinstance(kind, Array) and (
                    self.same_shape(node_kind, kind)
                    or self.pull.same_extent(self.node, self.bound[parameter])
                ):
                    return True
        return False

    # --- linear, multilinear, explicit ------------------------------------------------

    def _general(self, cotangent: Cotangent) -> None:
        pull = self.pull
        if cotangent.parts is None and not cotangent.full:
            expression = pull.expression(cotangent, self.node)
            cotangent = of_expression(expression)
        try:
            outputs = self.outputs()
            wanted = [outputs[self.position(p)] for p in self.active]
        except expand.NotInlinable:
            outputs, cotangent = self._called_general(cotangent)
            wanted = [outputs[self.position(p)] for p in self.active]
        uses = sum(list(names_in(o)).count(expand.SEED) for o in wanted)
        if cotangent.parts is not None:
            cotangent = of_expression(pull.structure(cotangent, self.node))
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
                    f"{pull.numpy()}.real", result.product.expression(pull.is_scalar)
                )
                result = of_expression(real)
            elif (
                isinstance(kind, Array)
                and kind.dtype.kind == "f"
                and node_kind.dtype != kind.dtype
            ):
                cast = call(
                    pull.helper("unbroadcast"),
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
        return self.resolved(expand.replace_names(node, {expand.SEED: text}))

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
                    axes = constant_axes(axis)
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
                if self.same_shape(node_kind, kind) and same_precision(node_kind, kind):
                    return what
        return None

    # --- texts ------------------------------------------------------------------------

    def outputs(self) -> list[Any]:
        """The cotangents or partials of the rule, as expressions."""
        outputs = self.expansion.outputs()
        names = self._differentiable()
        if len(names) == 1:
            return [outputs]
        if not isinstance(outputs, gast.Tuple) or len(outputs.elts) != len(names):
            raise expand.NotInlinable(self.rule.name)
        return list(outputs.elts)

    def _differentiable(self) -> tuple[str, ...]:
        single = self.rule.kind == "elementwise" and not expand.returns_tuple(self.rule)
        return self.rule.wrt[:1] if single else self.rule.wrt

    def position(self, parameter: str) -> int:
        """Which of the rule's outputs belongs to a parameter."""
        names = self._differentiable()
        if parameter not in names:
            raise Refused(
                self.node, f"{self.rule.name} has no derivative for {parameter}"
            )
        return names.index(parameter)

    def called(self) -> list[Any]:
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
        self.pull.prelude.append(assign(identifier, self.resolved(text)))
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
            seed = self.pull.structure(cotangent, self.node)
        else:
            seed = cotangent.product.expression(self.pull.is_scalar)
        identifier = self.pull.temporary(
            gast.Name(self.rule.name, None, None, None), "bars"
        )
        text = self.resolved(expand.replace_names(text, {expand.SEED: seed}))
        self.pull.prelude.append(assign(identifier, text))
        results = [subscript(name(identifier), const(i)) for i in range(len(names))]
        return results, cotangent

    def resolved(self, node: Any) -> Any:
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
                    setattr(new, key, self.resolved(value))
                return new
            case list():
                return [self.resolved(item) for item in node]
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
            return self.resolved(argument)

        label = function.attr if isinstance(function, gast.Attribute) else function.id
        only_last = label in ("unbroadcast", "scatter_add")
        texts = [
            self.resolved(a) if only_last and i < len(arguments) - 1 else shape_text(a)
            for i, a in enumerate(arguments)
        ]
        if label == "size" and len(texts) == 1 and isinstance(texts[0], gast.Name):
            return gast.Attribute(texts[0], "size", gast.Load())
        return gast.Call(self.resolved(function), texts, self.resolved(node.keywords))


def _reads_shape(function: Any) -> bool:
    match function:
        case gast.Attribute(attr=label) | gast.Name(id=label):
            return label in expand.SHAPE_READERS
        case _:
            return False


def constant_axes(node: Any) -> tuple[int, ...] | None:
    """The axes that an expression spells out, or None."""
    match node:
        case gast.Constant(value=int(axis)):
            return (axis,)
        case gast.Constant(value=tuple(axes)):
            return axes
        case gast.UnaryOp(op=gast.USub(), operand=gast.Constant(value=int(axis))):
            return (-axis,)
        case gast.Tuple(elts=elements):
            parts = [constant_axes(e) for e in elements]
            if all(p is not None for p in parts):
                return tuple(a for p in parts if p for a in p)
    return None
