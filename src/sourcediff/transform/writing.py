"""What a pull found, written into the two sweeps of a statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gast

from sourcediff.analysis.effects import (
    root,
)
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Kind,
    List,
    Scalar,
    Sequence,
    Static,
    Unknown,
    is_differentiable,
    parts_of,
    scalar_of,
)
from sourcediff.transform.access import (
    is_structure,
    items_of,
    locate,
    value_of,
)
from sourcediff.transform.build import (
    assign,
    at,
    augment,
    call,
    clone,
    const,
    method,
    name,
    names_in,
    same,
    tuple_of,
)
from sourcediff.transform.choices import choose
from sourcediff.transform.cotangent import Cotangent, of_expression, of_name
from sourcediff.transform.dependence import accesses, apart_now
from sourcediff.transform.expand import replace_names
from sourcediff.transform.folding import fold
from sourcediff.transform.multiples import Multiples, gathered, multiples_of
from sourcediff.transform.names import Place
from sourcediff.transform.product import gather
from sourcediff.transform.pull import Contribution, Pull
from sourcediff.transform.refused import Refused
from sourcediff.transform.shadows import PRIME
from sourcediff.transform.sweep import Step
from sourcediff.transform.viewed import bound_view, own_base
from sourcediff.trees import walk

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse


class ReadsBoth(Exception):
    """An adjoint needs a statement's result and what the result has overwritten."""


def finish(
    reverse: Reverse,
    step: Step,
    pull: Pull,
    value: Any,
    to: Any,
    prelude: list[Any] | None = None,
    trailer: list[Any] | None = None,
) -> None:
    """Put hoisted values into the forward, contributions into the reverse sweep.

    `to` is the statement's target where contributions to it must come last.
    """
    own = set() if to is None else _own_places(reverse, to)
    if own:  # what flows to the old value has the kind of the old value
        reverse.env = reverse.facts.environment(step.statement)
    out = [*reverse.taken(), *(prelude or []), *pull.prelude]
    targets = getattr(step.statement, "targets", [None])
    reverse.stored_key = getattr(targets[0], "slice", None)
    reverse.cotangents.note_views(out)
    reverse.multiples = multiples_of(out)
    fold(pull, [*out, *(trailer or [])])
    contribute(reverse, pull.contributions, own)
    out += [*reverse.taken(), *(trailer or [])]
    at(step.statement, out)
    _split(reverse, step, out)
    hoist(reverse, step, pull)
    if pull.hoisted and isinstance(step.statement, gast.Assign):
        target = step.statement.targets[0]
        stored = as_stored(reverse, pull, value, target)
        node = gast.Assign(step.statement.targets, stored, None)
        step.forward[-1] = at(step.statement, [node])[0]


def as_stored(reverse: Reverse, pull: Pull, value: Any, target: Any) -> Any:
    """The value with names for subexpressions, as it is stored in a target.

    Where the target's memory is written into later, a named array that would become
    that memory is copied: its name stands for what it holds now.
    """
    holder = getattr(target, "value", None)
    copies = holder is not None and isinstance(reverse.facts.kind_of(holder), Array)
    if copies or root(target) not in reverse.buffers:
        return pull.rebuilt(value)
    match value:
        case _ if value in pull.hoisted:
            kind = scalar_of(reverse.facts.kind_of(value))
            kept = pull.rebuilt(value)
            if isinstance(kind, Scalar | Static):
                return kept
            if isinstance(kind, Array):
                return method(kept, "copy")
            return call(reverse.reference(None, "copied"), kept)
        case gast.Tuple(elts=elements) | gast.List(elts=elements):
            made = [as_stored(reverse, pull, e, target) for e in elements]
            return type(value)(made, gast.Load())
        case gast.Dict(keys=keys, values=values):
            made = [as_stored(reverse, pull, v, target) for v in values]
            return gast.Dict(clone(keys), made)
        case _:
            return pull.rebuilt(value)


def _own_places(reverse: Reverse, to: Any) -> set[Place]:
    """The places that a statement binds."""
    if isinstance(to, gast.Tuple):
        return {place for e in to.elts for place in _own_places(reverse, e)}
    access = locate(to, reverse.facts.kind_of, reverse.whole)
    return {access.place} if access is not None and not access.keys else set()


def contribute(reverse: Reverse, found: list[Contribution], own: set[Place]) -> None:
    """Contributions by place; those to the statement's own targets come last."""
    groups: dict[Any, list[Contribution]] = {}
    for contribution in found:
        groups.setdefault(contribution.access.place, []).append(contribution)

    def is_own(place: Place) -> bool:
        return any(place[: len(o)] == o or o[: len(place)] == place for o in own)

    cotangents = reverse.cotangents
    again = [p for p in groups if is_own(p) and cotangents.is_buffer(p)]
    for place in sorted(groups, key=is_own):
        # Such memory may go on as the cotangent of the name's old value.
        cotangents.continuing = {cotangents.bar(p) for p in again if p != place}
        _add(reverse, place, groups[place], is_own)
    cotangents.continuing = set()


def _add(
    reverse: Reverse,
    place: Place,
    found: list[Contribution],
    is_own: Callable[[Place], bool],
) -> None:
    for popped in (c for c in found if c.popped):
        text = popped.cotangent.product.expression(reverse.is_scalar)
        reverse.cotangents.append_to(place, text, popped.kind)
    found = [c for c in found if not c.popped]
    whole = [c for c in found if not c.access.keys]
    parts = [c for c in found if c.access.keys]
    if whole:
        by_leaf = _by_leaf(reverse, place, whole)
        for leaf in sorted(by_leaf, key=is_own):
            _add_to_leaf(reverse, leaf, by_leaf[leaf])
    for part in _first(_merged(parts, reverse.multiples), reverse.stored_key):
        _add_part(reverse, place, part)


def _by_leaf(
    reverse: Reverse, place: Place, found: list[Contribution]
) -> dict[Place, list[Cotangent]]:
    kind = _primal_kind(reverse, place, found[0])
    if not is_structure(kind) or place in reverse.whole:
        return {place: [c.cotangent for c in found]}
    leaf_cotangents: dict[Place, list[Cotangent]] = {}
    for contribution in found:
        cotangent = _named_once(reverse, contribution.cotangent)
        _explode(reverse, place, kind, cotangent, leaf_cotangents)
    return leaf_cotangents


def _named_once(reverse: Reverse, cotangent: Cotangent) -> Cotangent:
    """A structured cotangent that is more than a look-up, under a name."""
    expression = cotangent.product.expression(reverse.is_scalar)
    is_look_up = locate(expression, lambda _: UNKNOWN) is not None
    if cotangent.parts is not None or is_look_up:
        return cotangent
    identifier = reverse.names.fresh("parts_" + reverse.names.suffix)
    reverse.bars.add(identifier)
    reverse.cotangents.out.append(assign(identifier, expression))
    return of_name(identifier)


def _explode(
    reverse: Reverse,
    place: Place,
    kind: Kind,
    cotangent: Cotangent,
    to: dict[Place, list[Cotangent]],
) -> None:
    for index, (step, item) in enumerate(items_of(kind)):
        child = (*place, step)
        if not is_differentiable(item):
            continue
        if cotangent.parts is not None:
            part = cotangent.parts[index]
        else:
            text = cotangent.product.expression(reverse.is_scalar)
            access = value_of(("@", step))
            part = of_expression(replace_names(access, {"@": text}))
        if part is None:
            continue
        if is_structure(item) and child not in reverse.whole:
            _explode(reverse, child, item, part, to)
        else:
            to.setdefault(child, []).append(part)


def _primal_kind(reverse: Reverse, place: Place, contribution: Contribution) -> Kind:
    return reverse.kind_at(place) or contribution.kind


def _add_to_leaf(reverse: Reverse, place: Place, cotangents: list[Cotangent]) -> None:
    if any(c.parts is not None for c in cotangents):
        raise Refused(value_of(place), "it is not known what is unpacked here")
    seen = place in reverse.shadows or reverse.views.is_shared(place[0])
    if seen and place in reverse.whole:
        _add_to_shared(reverse, place, cotangents)
        return
    if reverse.views.is_view(place[0]):
        bar = bound_view(reverse, place[0])
        for cotangent in cotangents:
            expression = cotangent.product.expression(reverse.is_scalar)
            reverse.cotangents.out.append(augment(name(bar), gast.Add, expression))
        return
    full = [c for c in cotangents if c.full]
    narrow = [c for c in cotangents if not c.full]
    terms = gathered([c.product for c in full], reverse.multiples)
    products = choose(terms, reverse.is_scalar)
    merged = [Cotangent(p) for p in products]
    merged += [Cotangent(p, False) for p in gather([c.product for c in narrow])]
    reverse.cotangents.add_whole(place, merged)


def _add_to_shared(reverse: Reverse, place: Place, cotangents: list[Cotangent]) -> None:
    """Add to the cotangent of a list that several names stand for: in the list."""
    kind = reverse.kind_at(place)
    numbers = all(isinstance(scalar_of(k), Scalar) for k in parts_of(kind or UNKNOWN))
    if not (isinstance(kind, List | Sequence) and kind.type is list and numbers):
        raise Refused(
            value_of(place), "a list that is changed under several names is used whole"
        )
    own_base(reverse, place)
    bar = reverse.cotangents.bar(place)
    for cotangent in cotangents:
        expression = cotangent.product.expression(reverse.is_scalar)
        total = call(reverse.reference(None, "add"), name(bar), expression)
        everything = gast.Subscript(
            name(bar), gast.Slice(None, None, None), gast.Store()
        )
        reverse.cotangents.out.append(assign(everything, total))


def _add_part(reverse: Reverse, place: Place, part: Contribution) -> None:
    cotangent = part.cotangent
    if cotangent.parts is not None:
        items = [
            const(None) if p is None else p.product.expression(reverse.is_scalar)
            for p in cotangent.parts
        ]
        cotangent = of_expression(tuple_of(items))
    if reverse.views.is_view(place[0]):
        bound_view(reverse, place[0])
    reverse.cotangents.add_part(
        place, part.access.keys, cotangent, part.distinct, part.kind
    )


def _split(reverse: Reverse, step: Step, out: list[Any]) -> None:
    """Statements up to the last that reads the result run before restoring.

    Raises ReadsBoth where one of them needs what the statement overwrote.
    """
    last = -1
    for index, statement in enumerate(out):
        if any(n.endswith(PRIME) for n in names_in(statement)):
            last = index
    for statement in out[: last + 1]:
        if _reads_overwritten(reverse, step, statement):
            raise ReadsBoth
    for statement in out[: last + 1]:
        for node in walk(statement):
            if isinstance(node, gast.Name):
                node.id = node.id.rstrip(PRIME)
    step.post += out[: last + 1]
    step.pre += out[last + 1 :]


def _reads_overwritten(reverse: Reverse, step: Step, statement: Any) -> bool:
    names = set(names_in(statement))
    if names & reverse.facts.bindings[step.statement]:
        return True
    for target_ in step.stores:
        base = target_
        while isinstance(base, gast.Subscript | gast.Attribute):
            base = base.value
        if names & _overwritten_with(reverse, step.statement, target_, base.id):
            return True
        if base.id not in names:
            continue
        if not isinstance(target_, gast.Subscript) or target_.value is not base:
            return True
        loops = tuple(reverse.loops)
        for key in accesses(statement).get(base.id, ()):
            if key is None or not apart_now(target_.slice, key, loops, reverse.fixed):
                return True
    return False


def _overwritten_with(
    reverse: Reverse, statement: Any, target: Any, base: str
) -> set[str]:
    """The other names whose contents a store may change."""
    partners = set(reverse.facts.aliases.partners(statement, base))
    holder = getattr(target, "value", target)
    if isinstance(reverse.facts.kind_of(holder), Array | Unknown):
        return partners
    kinds = reverse.facts.environment(statement)  # arrays in a container stay
    return {n for n in partners if not isinstance(kinds.get(n), Array)}


def hoist(reverse: Reverse, step: Step, pull: Pull) -> None:
    """Named subexpressions, innermost first, before the statement itself."""
    hoisted: list[Any] = []
    order = list(pull.hoisted)
    for node in sorted(order, key=lambda n: _depth(n, order)):
        identifier = pull.hoisted.pop(node)
        hoisted.append(assign(identifier, pull.rebuilt(node)))
        pull.hoisted[node] = identifier
        step.kills |= {identifier}
    step.forward[:0] = at(step.statement, hoisted)


def _merged(parts: list[Contribution], multiples: Multiples) -> list[Contribution]:
    """Contributions to the same elements, with equal terms added up."""
    merged: list[Contribution] = []
    for part in parts:
        for index, other in enumerate(merged):
            if (
                part.cotangent.parts is None
                and other.cotangent.parts is None
                and part.cotangent.full == other.cotangent.full
                and same(list(part.access.keys), list(other.access.keys))
            ):
                pair = [other.cotangent.product, part.cotangent.product]
                both = gathered(pair, multiples)
                if len(both) == 1:
                    cotangent = Cotangent(both[0], part.cotangent.full)
                    merged[index] = replace(other, cotangent=cotangent)
                    break
        else:
            merged.append(part)
    return merged


def _first(parts: list[Contribution], key: Any) -> list[Contribution]:
    """Contributions to the elements that the statement itself stores come first.

    In a time loop they are the ones that were set to zero just before.
    """
    if key is None:
        return parts

    def order(part: Contribution) -> tuple[bool, bool]:
        return not same(part.access.keys[-1], key), part.cotangent.product.is_negative

    return sorted(parts, key=order)


def _depth(node: Any, hoisted: list[Any]) -> tuple[int, int]:
    inside = sum(1 for child in walk(node) if child in hoisted)
    return inside, hoisted.index(node)
