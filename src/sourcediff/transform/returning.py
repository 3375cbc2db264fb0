"""Adjoints of `return`: where the cotangent of the result comes in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gast

from sourcediff.analysis.failing import unseen_failures
from sourcediff.kinds import Sequence
from sourcediff.transform.access import (
    is_structure,
)
from sourcediff.transform.build import (
    assign,
    at,
    clone,
    const,
    name,
    subscript,
)
from sourcediff.transform.cotangent import Cotangent, of_expression, of_name
from sourcediff.transform.product import Product
from sourcediff.transform.refused import Refused
from sourcediff.transform.sweep import Step
from sourcediff.transform.writing import finish

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse


def return_statement(reverse: Reverse, statement: Any) -> Step:
    """The seed, or the cotangents that a callee's caller hands in, start here."""
    step = Step(statement, [])
    value = statement.value
    reverse.cotangents.states.clear()
    reverse.cotangents.states.update(reverse.result_state)
    reverse.shadows.present()
    reverse.views.forget()
    if value is None:
        return step
    active = reverse.seed is not None and reverse.facts.is_active(value, statement)
    if not active:
        step.forward = _kept_result(reverse, statement, value, step)
        return step
    keep = reverse.keep_result
    out = name(reverse.result)
    pull = reverse.pull(statement, value if keep else None, out if keep else None)
    assert reverse.seed is not None
    kind = reverse.facts.kind_of(value)
    seed = of_name(reverse.seed)
    reverse.bars.add(reverse.seed)
    if reverse.has_aux:
        if not (isinstance(kind, Sequence) and len(kind.items) == 2):
            raise Refused(statement, "has_aux is for functions that return a pair")
        kind = kind.items[0]
    reverse.declared[reverse.seed] = kind
    if reverse.has_aux:
        pull.push(value, Cotangent(Product(), True, (seed, None)))
    elif is_structure(kind):
        parts = _seed_parts(reverse, value, seed)
        pull.push(value, parts)
    else:
        pull.push(value, seed)
    finish(reverse, step, pull, value, None)
    if keep:
        step.kills |= {reverse.result}
        result = pull.rebuilt(value)
        reverse.returned |= set(_memory_of(result))
        step.forward += at(statement, [assign(reverse.result, result)])
    elif any(unseen_failures(statement, reverse.facts)):
        step.forward += at(statement, [assign(reverse.result, pull.rebuilt(value))])
    return step


def _memory_of(node: Any) -> Iterator[str]:
    """The names of values that are, or lie in, what an expression gives."""
    match node:
        case gast.Name(id=identifier):
            yield identifier
        case gast.Tuple(elts=elements) | gast.List(elts=elements):
            for element in elements:
                yield from _memory_of(element)
        case gast.Dict(values=values):
            for element in values:
                yield from _memory_of(element)


def _seed_parts(reverse: Reverse, value: Any, seed: Cotangent) -> Cotangent:
    if isinstance(value, gast.Tuple | gast.List):
        expression = seed.product.expression()
        parts = tuple(
            of_expression(subscript(clone(expression), const(i)))
            for i in range(len(value.elts))
        )
        return Cotangent(Product(), True, parts)
    if isinstance(value, gast.Dict):
        expression = seed.product.expression()
        parts = tuple(
            of_expression(subscript(clone(expression), clone(k))) for k in value.keys
        )
        return Cotangent(Product(), True, parts)
    return seed


def _kept_result(reverse: Reverse, statement: Any, value: Any, step: Step) -> list[Any]:
    if not reverse.keep_result and not any(unseen_failures(statement, reverse.facts)):
        return []
    step.kills = {reverse.result}
    return at(statement, [assign(reverse.result, value)])
