"""The forward sweep's own cotangents: made, viewed and swapped along with the primal."""  # noqa: E501

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.transform.access import value_of
from sourcediff.transform.accumulate import State
from sourcediff.transform.build import assign, at, call, name, tuple_of
from sourcediff.transform.mirror import Mirror, Mirrors
from sourcediff.transform.names import Place
from sourcediff.transform.sweep import Block, Step

if TYPE_CHECKING:
    from sourcediff.transform.reverse import Reverse

PRIME = "'"


class Shadows:
    """Cotangents that exist from the moment when the primal's memory does.

    Where names stand for views that change, by swaps, choices, or from one iteration
    to the next, their cotangents are variables of the forward sweep that change alike.
    The reverse sweep finds them as it finds any other value of the primal.
    """

    def __init__(self, reverse: Reverse, mirrors: Mirrors | None) -> None:
        self._reverse = reverse
        self._mirrors = mirrors
        self.places = mirrors.places if mirrors is not None else frozenset()
        self.primal = {
            reverse.names.bar(place): str(place[0])
            for place in sorted(self.places, key=repr)
        }
        self.bars = set(self.primal)

    def __contains__(self, place: Place) -> bool:
        return place in self.places

    def bar(self, place: Place) -> Any:
        """The name of a cotangent, to be read."""
        return name(self._reverse.names.bar(place))

    def present(self) -> None:
        """Note that these cotangents are never zero, and memory of their own."""
        for place in self.places:
            self._reverse.cotangents.states[place] = State(owned=True)

    @property
    def given(self) -> set[str]:
        """The names of the cotangents of parameters."""
        if self._mirrors is None:
            return set()
        return {self._reverse.names.bar(p) for p in self._mirrors.parameters}

    def is_view(self, place: Place, statement: Any) -> bool:
        """Whether a statement binds a place to memory that was there before."""
        mirrors = self._mirrors
        return mirrors is not None and place in mirrors.views_at(statement)

    # --- the forward sweep ------------------------------------------------------------

    def start(self, block: Block) -> None:
        """Make the cotangents of parameters."""
        if self._mirrors is None or not self._mirrors.parameters:
            return
        made = [self._zeros(place) for place in self._mirrors.parameters]
        first = block.nodes[0].statement if block.nodes else None
        block.nodes.insert(0, Step(gast.Pass(), at(first, made)))

    def attach(self, step: Step, statement: Any) -> None:
        """Let a statement bind the cotangents as it binds the primal."""
        if self._mirrors is None:
            return
        made = self._mirrors.at.get(statement)
        if not made:
            return
        if step.undo and isinstance(step.undo[0], gast.Assign):
            self._permute(step, statement, made)
            return
        views = [m for m in made if m.view is not None]
        fresh = [p for m in made if m.view is None for p in m.places]
        forward: list[Any] = []
        if views:
            targets = [self._target(m) for m in views]
            values = [self._view(m.view, statement) for m in views]
            one = len(views) == 1
            forward.append(
                assign(targets[0], values[0])
                if one
                else assign(tuple_of(targets), tuple_of(values))
            )
        forward += [self._zeros(place) for place in fresh]
        step.forward = [*step.forward, *at(statement, forward)]
        step.kills |= {self._reverse.names.bar(p) for m in made for p in m.places}

    def _target(self, mirror: Mirror) -> Any:
        names = [self.bar(place) for place in mirror.places]
        return names[0] if len(names) == 1 else tuple_of(names)

    def _view(self, view: Any, statement: Any) -> Any:
        assert self._mirrors is not None
        if isinstance(view, gast.List | gast.Tuple):
            elements = [self._view(e, statement) for e in view.elts]
            return type(view)(elements, gast.Load())
        return self._mirrors.text(view, self.bar, statement)

    def _zeros(self, place: Place) -> Any:
        reverse = self._reverse
        if place not in reverse.whole:
            text = call(f"{reverse.cotangents.numpy()}.zeros_like", value_of(place))
        else:
            text = call(reverse.reference(None, "zeros_like"), value_of(place))
        return assign(reverse.names.bar(place), text)

    def _permute(self, step: Step, statement: Any, made: list[Mirror]) -> None:
        """`a, b = b, a`: what stands for their cotangents changes places alike."""
        targets = [self._target(m) for m in made]
        values = [self._view(m.view, statement) for m in made]
        swap = assign(tuple_of(targets), tuple_of(values))
        step.forward = [*step.forward, *at(statement, [swap])]
        undo = step.undo[0]
        to, given = undo.targets[0], undo.value
        step.undo = [
            assign(
                tuple_of([*map(_loaded, to.elts), *values]),
                tuple_of([*given.elts, *targets]),
            )
        ]

    # --- the reverse sweep ------------------------------------------------------------

    def primed(self, place: Place) -> Any:
        """A cotangent as it is right after the statement that made it."""
        return name(self._reverse.names.bar(place) + PRIME)


def _loaded(node: Any) -> Any:
    return name(node.id)


__all__ = ["Shadows"]
