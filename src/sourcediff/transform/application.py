"""One rule at one node: its partials, or its cotangents, as expressions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gast
import numpy as np

from sourcediff.kinds import (
    Array,
    Kind,
    Scalar,
    Static,
    Unknown,
    is_complex,
    scalar_of,
)
from sourcediff.transform import expand
from sourcediff.transform.build import (
    assign,
    call,
    const,
    names_in,
    same,
    subscript,
    tuple_of,
)
from sourcediff.transform.cotangent import (
    Cotangent,
    loses_precision,
    materialise,
    of_expression,
    of_name,
    same_precision,
    summed_axes,
)
from sourcediff.transform.precision import is_masked, is_narrower, mixes_precisions
from sourcediff.transform.product import Product, factor_out
from sourcediff.transform.refused import Refused
from sourcediff.transform.structures import part_of
from sourcediff.transform.texts import Texts, constant_axes
from sourcediff.trees import walk


class Application(Texts):
    """One rule at one node."""

    def run(self, cotangent: Cotangent) -> None:
        """Push the cotangents of the active arguments."""
        if self.rule.kind == "elementwise":
            self._elementwise(cotangent)
        else:
            self._general(cotangent)

    # --- elementwise -----------------------------------------------------------------

    def _elementwise(self, cotangent: Cotangent) -> None:
        if cotangent.parts is not None:
            raise Refused(self.node, "it is not known what is unpacked here")
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
        if (
            not common
            or not plain
            or mixes_precisions(pull.kind_of(self.node), self.kinds.values())
        ):
            return pull.named(cotangent, self.node), partials
        divisor = Product(1, (), common)
        full = self._is_full(divisor.expression())
        below = tuple(map(self.resolved, common))
        divided = Cotangent(
            cotangent.product.combine(Product(1, (), below)), cotangent.full or full
        )
        left = {p: product.without(common) for p, product in products.items()}
        same_as = [p for p, product in left.items() if product == Product()]
        label = self.bound[same_as[0]] if same_as else None
        texts = {p: product.expression() for p, product in left.items()}
        return pull.named(divided, self.node, label), texts

    def _push_partial(self, parameter: str, partial: Any, cotangent: Cotangent) -> None:
        pull = self.pull
        argument = self.bound[parameter]
        node_kind = pull.kind_of(self.node)
        kind = self._active_kind(parameter)
        full = self._is_full(partial)
        text = self.resolved(partial)
        if not cotangent.full and (
            mixes_precisions(node_kind, self.kinds.values())
            or is_masked(node_kind, text, pull.kind_of)
        ):
            cotangent = of_expression(pull.expression(cotangent, self.node))
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

    def _active_kind(self, parameter: str) -> Kind:
        """What an argument is wherever its cotangent is of use."""
        argument = self.bound[parameter]
        match self.kinds[parameter], argument:
            case Unknown(among=(_, array)), gast.Name(id=identifier) if (
                self.pull.is_array_if_active(identifier)
            ):
                return array
            case kind, _:
                return kind

    def _conjugate(self, text: Any) -> Any:
        match text:
            case gast.Constant(value=complex() as value):
                return const(value.conjugate() + 0)
            case gast.UnaryOp(op=gast.USub(), operand=operand):
                return gast.UnaryOp(gast.USub(), self._conjugate(operand))
            case _ if self._is_certainly_complex() and not self.pull.is_scalar(text):
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
            outputs, cotangent = self.called_general(cotangent)
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
        if isinstance(argument, gast.Tuple | gast.List):
            whole = self._of_output(output, cotangent)
            if isinstance(output, gast.Tuple | gast.List):
                parts = tuple(
                    None
                    if same(item, const(None))
                    else self._of_output(item, cotangent)
                    for item in output.elts
                )
                whole = Cotangent(Product(), True, parts)
            self._push_items(argument, whole)
            return
        node_kind, kind = pull.kind_of(self.node), self.kinds[parameter]
        narrow = self._broadcast_source(output, parameter)
        if narrow is not None and not loses_precision(node_kind, kind):
            pull.push(argument, self._of_output(narrow, cotangent, False))
            return
        stripped = self._unbroadcast_source(output, parameter)
        if stripped is not None:
            output = stripped
        result = self._of_output(output, cotangent)
        pull.push(argument, self._in_precision(result, argument, kind))

    def _push_items(self, display: Any, whole: Cotangent) -> None:
        """Push the cotangents of what stands in a display, each in its precision."""
        pull = self.pull
        active = [k for k, item in enumerate(display.elts) if pull.is_active(item)]
        if whole.parts is None and len(active) > 1:
            whole = pull.named(whole, gast.Name("parts", None, None, None))
        for k in active:
            item = display.elts[k]
            if whole.parts is None:
                text = whole.product.expression()
                part: Cotangent | None = of_expression(part_of(text, const(k)))
            else:
                part = whole.parts[k]
            if part is None:
                continue
            if isinstance(item, gast.Tuple | gast.List):
                self._push_items(item, part)
            else:
                pull.push(item, self._in_precision(part, item, pull.kind_of(item)))

    def _in_precision(self, result: Cotangent, argument: Any, kind: Kind) -> Cotangent:
        """A cotangent of the result's type in that of an argument."""
        pull, node_kind = self.pull, self.pull.kind_of(self.node)
        others = self.kinds.values()
        if not loses_precision(node_kind, kind) and not is_narrower(
            kind, node_kind, others
        ):
            return result
        text = result.product.expression(pull.is_scalar)
        if is_complex(node_kind):
            return of_expression(call(f"{pull.numpy()}.real", text))
        helper = pull.helper("unbroadcast")
        return of_expression(call(helper, text, pull.shape_of(argument)))

    def _of_output(
        self, output: Any, cotangent: Cotangent, full: bool = True
    ) -> Cotangent:
        """The rule's expression with the cotangent in the place of its seed."""
        product = factor_out(output)
        result = Product(product.coefficient)
        for factor in product.numerators:
            if isinstance(factor, gast.Name) and factor.id == expand.SEED:
                result = result.combine(cotangent.product)
            elif cotangent.product.is_negative and _is_matrix_product(factor):
                positive = replace(cotangent, product=cotangent.product.scaled(-1))
                result = result.times(self._seeded(factor, positive)).scaled(-1)
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
                same = self.same_shape(node_kind, kind)
                if same and same_precision(node_kind, kind) and _keeps_shape(what):
                    return what
        return None


def _is_matrix_product(factor: Any) -> bool:
    """Whether a sign of the seed may stand before what a rule makes of it."""
    is_product = isinstance(factor, gast.BinOp) and isinstance(factor.op, gast.MatMult)
    return is_product and expand.SEED in names_in(factor)


def _keeps_shape(text: Any) -> bool:
    """Whether an expression of a rule certainly has the shape of the result.

    It is computed element by element, or solves a system: `np.ldexp(y_bar, x2)`.
    """
    functions = [node.func for node in walk(text) if isinstance(node, gast.Call)]
    return all(
        gast.unparse(function).strip().endswith(("linalg.solve", "np.where"))
        or isinstance(getattr(np, getattr(function, "attr", ""), None), np.ufunc)
        for function in functions
    )
