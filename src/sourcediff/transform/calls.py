"""Calls of the user's own functions: a forward function here, a backward one there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.analysis.facts import Pair
from sourcediff.kinds import UNKNOWN, Scalar, is_differentiable
from sourcediff.transform.access import is_structure, items_of, leaves, locate, value_of
from sourcediff.transform.accumulate import State
from sourcediff.transform.build import (
    assign,
    at,
    call,
    clone,
    const,
    name,
    subscript,
    target,
    tuple_of,
)
from sourcediff.transform.cotangent import Cotangent, of_name
from sourcediff.transform.expand import replace_names
from sourcediff.transform.names import Place
from sourcediff.transform.refused import Refused
from sourcediff.transform.sweep import Step
from sourcediff.transform.viewed import element_of, has_cotangent, own_base
from sourcediff.transform.writing import contribute, hoist
from sourcediff.trees import walk

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse


class PairCall:
    """One call of a compiled pair, `to = node` or `node` for its effect."""

    def __init__(
        self, reverse: Reverse, statement: Any, to: Any, node: Any, pair: Pair
    ) -> None:
        self.reverse = reverse
        self.statement = statement
        self.to = to
        self.node = node
        self.pair = pair
        self.cotangents = reverse.cotangents
        self.arguments = bind_arguments(node, pair)

    def step(self) -> Step:
        """The call in both sweeps; without use for its cotangents it stays as it is."""
        step = Step(self.statement, [self.statement])
        names = _bound(self.to)
        step.kills = set(names)
        step.stores = [self._store(p) for p in self.pair.written]
        results = [self.reverse.whole_cotangent((n,)) for n in names]
        written = [self._written_access(p) for p in self.pair.written]
        if any(a is not None and a.place[0] in names for a in written):
            cause = "the result takes the name of an argument that the call writes into"
            raise Refused(self.statement, cause)
        useful = any(r is not None for r in results) or any(
            a is None or has_cotangent(self.reverse, a.place) for a in written
        )
        for identifier in names:
            self.reverse.drop((identifier,))
        if not useful:
            self.reverse.plain_calls.add(self.node)
            return step
        self._require_apart()
        step.held = self._held(names)
        self._backward(step, names, results, written)
        return step

    def _held(self, names: list[str]) -> set[str]:
        """The variables whose contents the backward function relies on."""
        sources = self.reverse.facts.aliases.sources
        held = set(names) if self.pair.needs_result else set()
        for parameter in self.pair.needed:
            if parameter in self.arguments:
                held |= sources(self.arguments[parameter])
        return held

    def _require_apart(self) -> None:
        """Refuse a call that writes into memory which two of its arguments share."""
        aliases = self.reverse.facts.aliases
        memory = {
            parameter: {
                p
                for n in aliases.sources(node)
                for p in ({n} | aliases.partners(self.statement, n))
            }
            for parameter, node in self.arguments.items()
        }
        for parameter in self.pair.written:
            for other, names in memory.items():
                if other != parameter and names & memory.get(parameter, set()):
                    raise Refused(
                        self.statement,
                        f"the call writes into {parameter}, which may share memory "
                        f"with {other}",
                    )

    def _store(self, parameter: str) -> Any:
        return gast.Subscript(self.arguments[parameter], const(Ellipsis), None)

    def _written_access(self, parameter: str) -> Any:
        return locate(
            self.arguments[parameter], self.reverse.facts.kind_of, self.reverse.whole
        )

    def _backward(
        self,
        step: Step,
        names: list[str],
        results: list[Cotangent | None],
        written: list[Any],
    ) -> None:
        reverse, pair = self.reverse, self.pair
        pull = reverse.pull(self.statement)
        saved = reverse.names.fresh(f"{_label(pair)}_saved")
        reverse.declare(saved, UNKNOWN)
        step.kills |= {saved}
        self._forward(step, saved)
        arguments: list[Any] = [name(saved)]
        if pair.result_active:
            arguments.append(self._seed(names, results))
        for parameter, access in zip(pair.written, written, strict=True):
            if access is None:
                raise Refused(
                    self.statement,
                    f"the argument {parameter}, which the call writes into, must be a "
                    "variable or a part of one",
                )
            own_base(reverse, access.place)
            arguments.append(element_of(reverse, access))
        before = reverse.taken()
        backward = call(pair.backward, *arguments)
        targets, after = self._targets(pull, written)
        if pull.hoisted:
            call_node = step.forward[-1].value
            call_node.args = [pull.rebuilt(a) for a in self.node.args]
            for given, keyword in zip(
                call_node.keywords, self.node.keywords, strict=True
            ):
                given.value = pull.rebuilt(keyword.value)
            hoist(reverse, step, pull)
        prelude: list[Any]
        if not targets:
            prelude = [gast.Expr(backward)]
        elif len(targets) == 1:
            prelude = [assign(targets[0], backward)]
        else:
            prelude = [assign(tuple_of(targets), backward)]
        out = [*before, *prelude, *after]
        at(self.statement, out)
        for statement in out:
            for node in walk(statement):
                if isinstance(node, gast.Name):
                    node.id = node.id.rstrip("'")
        count = len(before) + len(prelude)
        step.post = out[:count]
        step.pre = out[count:]

    def _forward(self, step: Step, saved: str) -> None:
        node = gast.Call(
            name(self.pair.forward), clone(self.node.args), clone(self.node.keywords)
        )
        to = clone(self.to) if self.to is not None else target("_")
        pair_target = gast.Tuple([to, target(saved)], gast.Store())
        step.forward = at(self.statement, [gast.Assign([pair_target], node, None)])

    def _seed(self, names: list[str], results: list[Cotangent | None]) -> Any:
        reverse = self.reverse
        scalar = reverse.is_scalar
        if isinstance(self.to, gast.Name):
            (result,) = results
            kind = reverse.env.get(names[0], UNKNOWN)
            if result is None:
                return reverse.cotangents.zero((names[0],))
            if result.parts is not None:
                return self._structure((names[0],), kind, result)
            if not result.full and not isinstance(kind, Scalar):
                from sourcediff.transform.cotangent import materialise  # noqa: PLC0415

                return materialise(
                    result.product,
                    kind,
                    name(names[0]),
                    scalar,
                    reverse.cotangents.numpy(),
                )
            return result.product.expression(scalar)
        parts = []
        for identifier, result in zip(names, results, strict=True):
            kind = reverse.env.get(identifier, UNKNOWN)
            if not is_differentiable(kind):
                parts.append(const(None))
            elif result is None:
                parts.append(reverse.cotangents.zero((identifier,)))
            elif result.parts is not None:
                parts.append(self._structure((identifier,), kind, result))
            elif not result.full and not isinstance(kind, Scalar):
                from sourcediff.transform.cotangent import materialise  # noqa: PLC0415

                parts.append(
                    materialise(
                        result.product,
                        kind,
                        name(identifier),
                        scalar,
                        reverse.cotangents.numpy(),
                    )
                )
            else:
                parts.append(result.product.expression(scalar))
        return tuple_of(parts)

    def _structure(self, place: Place, kind: Any, cotangent: Cotangent) -> Any:
        """The cotangent of a structured result as one structure."""
        return structure_text(self.reverse, place, kind, cotangent)

    def _targets(self, pull: Any, written: list[Any]) -> tuple[list[Any], list[Any]]:
        """Where the backward function's results go, and what adds them on from there."""  # noqa: E501
        reverse = self.reverse
        names = reverse.facts.activity.names(self.statement)
        by_written = dict(zip(self.pair.written, written, strict=True))
        for parameter, access in by_written.items():
            if parameter not in self.pair.active and not access.keys:
                self._drop_passive(access.place)
        targets: list[Any] = []
        pushes: list[tuple[Any, str]] = []
        for parameter in self.pair.active:
            node = self.arguments.get(parameter)
            if parameter in by_written:
                targets.append(self._written_target(by_written[parameter]))
                continue
            if node is None or not reverse.facts.activity.is_active(node, names):
                targets.append(target("_"))
                continue
            place = (node.id,) if isinstance(node, gast.Name) else None
            direct = (
                place is not None
                and place not in reverse.cotangents.states
                and not reverse.views.is_view(place[0])
                and place[0] not in reverse.buffers
                and not is_structure(reverse.facts.kind_of(node))
                and not any(
                    isinstance(n, gast.Name) and n.id == place[0]
                    for p, n in self.arguments.items()
                    if p != parameter
                )
            )
            if direct and place is not None:
                targets.append(target(reverse.cotangents.bar(place)))
                fresh = parameter in self.pair.fresh
                reverse.cotangents.states[place] = State(owned=fresh)
                continue
            identifier = reverse.temporary(node, "bar")
            reverse.declare(identifier, reverse.facts.kind_of(node))
            targets.append(target(identifier))
            pushes.append((node, identifier))
        for node, identifier in pushes:
            pull.push(node, of_name(identifier))
        contribute(reverse, pull.contributions, set())
        return targets, [*pull.prelude, *reverse.taken()]

    def _written_target(self, access: Any) -> Any:
        """Where the cotangent of a written argument goes; views of it must see it."""
        reverse = self.reverse
        element = _stored(element_of(reverse, access))
        seen = access.place in reverse.shadows or reverse.views.is_shared(
            access.place[0]
        )
        if access.keys or not seen:
            return element
        element.ctx = gast.Load()
        return gast.Subscript(element, const(Ellipsis), gast.Store())

    def _drop_passive(self, place: Place) -> None:
        if not self.reverse.views.is_view(place[0]):
            self.reverse.drop(place)


def structure_text(
    reverse: Reverse, place: Place, kind: Any, cotangent: Cotangent | None
) -> Any:
    """The cotangent of a structured value, as a display of the same structure."""
    from sourcediff.kinds import Dict, Record, Sequence  # noqa: PLC0415

    items = items_of(kind)
    texts = []
    for index, (key, item) in enumerate(items):
        part = (
            None
            if cotangent is None or cotangent.parts is None
            else (cotangent.parts[index])
        )
        if not is_differentiable(item):
            texts.append(const(None))
        elif is_structure(item):
            texts.append(structure_text(reverse, (*place, key), item, part))
        elif part is None:
            text = const(0.0)
            if not isinstance(item, Scalar):
                text = call(
                    reverse.reference(None, "zeros_like"), value_of((*place, key))
                )
            texts.append(text)
        else:
            texts.append(part.product.expression(reverse.is_scalar))
    match kind:
        case Dict():
            return gast.Dict([const(key) for key, _ in items], texts)
        case Sequence(type=cls) if cls is list:
            return gast.List(texts, gast.Load())
        case Record():
            helper = reverse.reference(None, "rebuild")
            return call(helper, value_of(place), tuple_of(texts))
        case _:
            return tuple_of(texts)


def bind_arguments(node: Any, pair: Pair) -> dict[str, Any]:
    """The argument expressions of a call by the callee's parameter names."""
    bound = dict(zip(pair.parameters, node.args, strict=False))
    for keyword in node.keywords:
        bound[keyword.arg] = keyword.value
    return bound


def _bound(to: Any) -> list[str]:
    match to:
        case gast.Name(id=identifier):
            return [identifier]
        case gast.Tuple(elts=elements):
            return [e.id for e in elements]
        case None:
            return []
        case _:
            raise Refused(to, "the result of a call must be stored in a variable")


def _stored(node: Any) -> Any:
    node = clone(node)
    node.ctx = gast.Store()
    return node


def _label(pair: Pair) -> str:
    return pair.backward.removesuffix("_bwd")


__all__ = [
    "PairCall",
    "bind_arguments",
    "leaves",
    "replace_names",
    "structure_text",
    "subscript",
]
