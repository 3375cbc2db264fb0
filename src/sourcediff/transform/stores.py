"""The adjoints of stores: `x[k] = v`, `x[k] op= v`, `np.add.at`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.kinds import UNKNOWN, Array, Kind, Scalar
from sourcediff.transform.access import Access, locate, may_be_new
from sourcediff.transform.assigned import bind
from sourcediff.transform.augmenting import augmented_place, combined
from sourcediff.transform.build import (
    assign,
    at,
    augment,
    call,
    clone,
    const,
    key_argument,
    loaded,
    method,
    names_in,
    same,
    subscript,
)
from sourcediff.transform.cotangent import (
    Cotangent,
    is_fresh,
    of_expression,
    of_name,
    same_precision,
    summed_axes,
)
from sourcediff.transform.distinct import definitions
from sourcediff.transform.expand import replace_names
from sourcediff.transform.overlaps import refuse_torn, shares
from sourcediff.transform.pull import Pull
from sourcediff.transform.refused import Refused
from sourcediff.transform.sweep import Step
from sourcediff.transform.viewed import (
    element_of,
    has_cotangent,
    own_base,
    require_unseen,
)
from sourcediff.transform.writing import finish, hoist

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse


class Store:
    """One store through `to`, at a statement.

    `element` is the text of the cotangent of what is stored; `kind` that of the target.
    """

    def __init__(self, reverse: Reverse, statement: Any, to: Any) -> None:
        self.reverse = reverse
        self.statement = statement
        self.to = to
        self.kind: Kind = reverse.facts.kind_of(to)
        self.step = Step(statement, [statement], stores=[to])
        self.access = locate(to, reverse.facts.kind_of, reverse.whole)
        place = () if self.access is None else self.access.place
        for length in range(1, len(place)):
            reverse.require_parts(place[:length])

    # --- x[k] = v ---------------------------------------------------------------------

    def plain(self, value: Any) -> Step:
        """`x[k] = v`."""
        reverse, access = self.reverse, self.access
        active = reverse.facts.is_active(value, self.statement)
        if access is None:
            if not active and not reverse.facts.is_active(
                self.to.value, self.statement
            ):
                return self.step
            raise Refused(self.to, "a store into this expression cannot be followed")
        if not access.keys:
            return bind(reverse, self.statement, access.place, self.to, value)
        if not has_cotangent(reverse, access.place):
            require_unseen(reverse, self.statement, access.place[0])
            return self.step
        if may_be_new(self.to, self.statement, reverse.facts):
            cause = "keys of a dict that holds active values must be constants"
            raise Refused(self.to, cause)
        refuse_torn(reverse.facts, self.statement, self.to, value, self._made)
        own_base(reverse, access.place)
        if not active:
            cleared = assign(self._element(access), self._zero())
            self.step.pre = [*reverse.taken(), *at(self.statement, [cleared])]
            return self.step
        return reverse.with_result(lambda use: self._stored(value, access, use))

    def _stored(self, value: Any, access: Access, use_result: bool) -> Step:
        reverse = self.reverse
        step = Step(self.statement, [self.statement], stores=[self.to])
        value_kind = reverse.facts.kind_of(value)
        result = None
        if use_result and self._same_shape(value_kind):
            result = reverse.primed(loaded(self.to))
        pull = reverse.pull(self.statement, value, result)
        pull.split = self._overlaps(value)
        is_number = isinstance(self.kind, Scalar) and isinstance(value_kind, Scalar)
        several = reverse.active_leaves(value, self.statement) > 1
        simple = isinstance(value, gast.Name) or not several
        element = self._element(access)
        gathered = self._gathered(access, pull)
        zero = assign(clone(element), self._zero())
        if not pull.split and (simple or not is_number):
            cotangent = self._fitted(of_expression(gathered), value, value_kind, pull)
            pull.push(value, cotangent)
            finish(reverse, step, pull, value, self.to, trailer=[zero])
            return step
        identifier = self._taken_name(self.kind)
        cotangent = self._fitted(of_name(identifier), value, value_kind, pull)
        pull.push(value, cotangent)
        self._put_back(step, pull, value, identifier, gathered, element, zero)
        return step

    def _same_shape(self, value: Kind) -> bool:
        """Whether the target afterwards holds the value as it was computed."""
        if isinstance(self.kind, Scalar) and isinstance(value, Scalar):
            return True
        return (
            isinstance(self.kind, Array)
            and isinstance(value, Array)
            and self.kind.dtype == value.dtype
            and summed_axes(self.kind, value) == ()
        )

    def _overlaps(self, value: Any) -> bool:
        """Whether the value is computed from memory that the store writes into."""
        return shares(self.reverse.facts, self.statement, self.to, names_in(value))

    def _made(self, identifier: str) -> Any:
        """The only expression that a name is ever bound to, or None."""
        reverse = self.reverse
        if reverse.views.is_view(identifier):
            return reverse.views.definition(identifier)[1]
        body, known = reverse.facts.program.node.body, reverse.facts.bindings
        found = definitions(body, {identifier} & reverse.fixed, known)
        return getattr(found.get(identifier), "value", None)

    def _element(self, access: Access) -> Any:
        element = element_of(self.reverse, access)
        return element if access.keys else subscript(element, const(Ellipsis))

    def _gathered(self, access: Access, pull: Pull) -> Any:
        """The cotangent of what is stored; of repeated indices, the last one's."""
        element = element_of(self.reverse, access)
        if not access.keys or pull.is_distinct(access.keys[-1]):
            return element
        helper = self.reverse.reference(None, "gather_last")
        key = key_argument(element.slice, self.reverse.cotangents.numpy())
        return call(helper, element.value, key)

    def _zero(self) -> Any:
        container = not isinstance(
            self.reverse.facts.kind_of(getattr(self.to, "value", self.to)), Array
        )
        if not container or isinstance(self.kind, Scalar):
            return const(0.0)
        return call(self.reverse.reference(None, "zeros_like"), loaded(self.to))

    def _taken_name(self, kind: Kind) -> str:
        identifier = self.reverse.temporary(loaded(self.to), "bar")
        self.reverse.declare(identifier, kind)
        return identifier

    def _fitted(
        self, cotangent: Cotangent, value: Any, value_kind: Kind, pull: Pull
    ) -> Cotangent:
        """A stored cotangent summed to the shape of the value that was stored."""
        if isinstance(self.kind, Scalar) and isinstance(value_kind, Scalar):
            return cotangent
        if same_precision(self.kind, value_kind) and pull.same_extent(self.to, value):
            return cotangent
        product = pull.summed(
            cotangent.product, self.kind, value_kind, lambda: pull.shape_of(value)
        )
        return cotangent if product is cotangent.product else Cotangent(product)

    def _put_back(
        self,
        step: Step,
        pull: Pull,
        value: Any,
        identifier: str,
        gathered: Any,
        element: Any,
        zero: Any,
    ) -> None:
        """Take the element's cotangent, and leave in its place what flows back to it.

        A contribution to the very element takes the place of the zero.
        """
        own = [c for c in pull.contributions if self._is_own(c.access, element)]
        replacement = zero
        if len(own) == 1 and own[0].cotangent.full and own[0].distinct:
            pull.contributions.remove(own[0])
            text = own[0].cotangent.product.expression(self.reverse.is_scalar)
            replacement = assign(clone(element), text)
        text = gathered
        uses = [
            list(names_in(s)).count(identifier) for s in (*pull.prelude, replacement)
        ]
        others = any(
            identifier in set(names_in(n))
            for c in pull.contributions
            for n in (
                *c.cotangent.product.numerators,
                *c.cotangent.product.denominators,
            )
        )
        if not others and uses[-1] == 1 == sum(uses):
            value_ = replace_names(replacement.value, {identifier: text})
            prelude = [assign(clone(element), value_)]
            pull_prelude, pull.prelude = pull.prelude, []
            finish(
                self.reverse,
                step,
                pull,
                value,
                self.to,
                prelude=[*pull_prelude, *prelude],
            )
            return
        if not isinstance(self.kind, Scalar) and not is_fresh(text):
            text = method(clone(text), "copy")
        first = assign(identifier, text)
        inner, pull.prelude = pull.prelude, []
        finish(
            self.reverse,
            step,
            pull,
            value,
            self.to,
            prelude=[first, *inner, replacement],
        )

    def _is_own(self, access: Access, element: Any) -> bool:
        bar = element_of(self.reverse, access)
        if not access.keys:
            bar = subscript(bar, const(Ellipsis))
        return same(bar, element)

    # --- x[k] op= v -------------------------------------------------------------------

    def augmented(self, value: Any) -> Step:
        """`x[k] op= v`, and `x op= v` of an array: in place."""
        reverse, access = self.reverse, self.access
        op = self.statement.op
        active = reverse.facts.is_active(value, self.statement)
        if access is None:
            if not active and not reverse.facts.is_active(self.to, self.statement):
                return self.step
            raise Refused(self.to, "a store into this expression cannot be followed")
        if not has_cotangent(reverse, access.place):
            require_unseen(reverse, self.statement, access.place[0])
            return self.step
        if not access.keys and not isinstance(self.kind, Array):
            return augmented_place(reverse, self.statement, self.to, value, access)
        if isinstance(op, gast.Add | gast.Sub):
            return self._accumulated(value, access) if active else self.step
        if not active and isinstance(op, gast.Mult | gast.Div):
            return self._rescaled(value, access)
        return reverse.with_result(lambda use: self._scaled(value, access, use))

    def _accumulated(self, value: Any, access: Access) -> Step:
        """`x[k] += v`: the cotangent stays, and flows to `v` too."""
        reverse, step = self.reverse, self.step
        whole = not access.keys and not reverse.views.is_view(access.place[0])
        if not whole:
            own_base(reverse, access.place)
        pull = reverse.pull(self.statement)
        read = reverse.cotangents.read(access.place) if whole else None
        cotangent = read or of_expression(self._gathered(access, pull))
        value_kind = reverse.facts.kind_of(value)
        if not cotangent.full and value_kind != self.kind:
            reverse.cotangents.own(access.place)
            cotangent = of_expression(element_of(reverse, access))
        kind = self.kind
        if cotangent.full:
            fitted = self._fitted(cotangent, value, value_kind, pull)
            kind = kind if fitted is cotangent else value_kind
            cotangent = fitted
        prelude: list[Any] = []
        if self._overlaps(value):
            identifier = self._taken_name(kind)
            expression = cotangent.product.expression(reverse.is_scalar)
            if not isinstance(self.kind, Scalar) and not is_fresh(expression):
                expression = method(expression, "copy")
            prelude = [assign(identifier, expression)]
            cotangent = of_name(identifier)
            if pull.same_extent(self.to, value):
                pull.extents[identifier] = pull.extent(value) or ""
        if isinstance(self.statement.op, gast.Sub):
            cotangent = Cotangent(cotangent.product.scaled(-1), cotangent.full)
        pull.push(value, cotangent)
        finish(reverse, step, pull, value, None, prelude=prelude)
        self._rewrite(step, pull)
        return step

    def _rewrite(self, step: Step, pull: Pull) -> None:
        """The statement with names in the place of subexpressions that have some."""
        if pull.hoisted:
            node = gast.AugAssign(
                self.statement.target,
                self.statement.op,
                pull.rebuilt(self.statement.value),
            )
            step.forward[-1] = at(self.statement, [node])[0]

    def _rescaled(self, value: Any, access: Access) -> Step:
        """`x[k] *= c` with a passive factor: the cotangent is scaled alike."""
        reverse, step = self.reverse, self.step
        own_base(reverse, access.place)
        pull = reverse.pull(self.statement)
        element = element_of(reverse, access)
        scaled = augment(element, type(self.statement.op), pull.value(value))
        step.pre = [*reverse.taken(), *at(self.statement, [scaled])]
        hoist(reverse, step, pull)
        self._rewrite(step, pull)
        return step

    def _scaled(self, value: Any, access: Access, use_result: bool) -> Step:
        """`x[k] *= v` and the like: the cotangent is taken, and flows to both."""
        reverse = self.reverse
        step = Step(self.statement, [self.statement], stores=[self.to])
        own_base(reverse, access.place)
        element = self._element(access)
        expression, pull = combined(reverse, self.statement, self.to, value)
        if use_result:
            pull.result_text = reverse.primed(loaded(self.to))
        pull.split = True
        identifier = self._taken_name(self.kind)
        pull.push(expression, of_name(identifier))
        gathered = self._gathered(access, pull)
        zero = assign(clone(element), const(0.0))
        self._put_back(step, pull, expression, identifier, gathered, element, zero)
        self._rewrite(step, pull)
        return step

    # --- np.add.at --------------------------------------------------------------------

    def accumulated_at(self, node: Any) -> Step:
        """`np.add.at(a, k, v)`: the cotangent stays and is gathered for `v`."""
        reverse = self.reverse
        base, key, value = node.args
        step = Step(self.statement, [self.statement])
        step.stores = [gast.Subscript(base, const(Ellipsis), None)]
        access = locate(base, reverse.facts.kind_of, reverse.whole)
        sign = {"add": 1, "subtract": -1}.get(getattr(node.func.value, "attr", ""))
        active = reverse.facts.is_active(value, self.statement)
        if not active and (sign or not reverse.facts.is_active(base, self.statement)):
            return step
        if access is None or sign is None:
            raise Refused(node, "this accumulation cannot be followed")
        if not has_cotangent(reverse, access.place):
            require_unseen(reverse, self.statement, access.place[0])
            return step
        own_base(reverse, access.place)
        element = subscript(element_of(reverse, access), clone(key))
        pull = reverse.pull(self.statement)
        cotangent = Cotangent(of_expression(element).product.scaled(sign))
        product = pull.summed(
            cotangent.product,
            UNKNOWN,
            reverse.facts.kind_of(value),
            lambda: pull.shape_of(value),
        )
        pull.push(value, Cotangent(product))
        finish(reverse, step, pull, value, None)
        if pull.hoisted:
            arguments = [base, key, pull.rebuilt(value)]
            rebuilt = gast.Expr(gast.Call(node.func, arguments, node.keywords))
            step.forward[-1] = at(self.statement, [rebuilt])[0]
        return step
