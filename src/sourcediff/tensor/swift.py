"""The node of an elementwise operation: one class, so that Python can guess at it.

Every attribute of these nodes is read in the loop of the sweep. Python's interpreter
does that fastest where all objects are of one class with slots. What differs between
operations is in their plan; a node gets the class of its name when the user looks.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.rules import Rule
from sourcediff.tensor.base import Base
from sourcediff.tensor.node import FREED, Hooks, Node, kind
from sourcediff.tensor.pulls import is_fresh, partials_of, product, pull_of
from sourcediff.tensor.reads import values_read
from sourcediff.tensor.saving import Kept

_SHOWS_CONSTANTS = {f"{word}Backward0" for word in ("Add", "Sub", "Mul", "Div")}


class Plan:
    """What the nodes of an operation have in common, for certain wanted arguments."""

    __slots__ = (
        "freed",
        "fresh",
        "holes",
        "keep_left",
        "keep_result",
        "keep_right",
        "keeps",
        "label",
        "partials",
        "pull",
        "two",
        "unusual",
    )

    def __init__(self, rule: Rule, label: str, holes: tuple[bool, ...]) -> None:
        self.label = label
        self.holes = holes  # which of the arguments carry a gradient
        self.two = all(holes) and len(holes) == 2
        self.pull: Callable[..., Any] = pull_of(rule, holes)
        self.partials: Callable[..., Any] = partials_of(rule, holes)
        names = rule.function.__code__.co_varnames[: len(holes) + 1]
        read = values_read(rule, holes)
        keep = [read is None or name in read for name in names]
        self.keep_result, self.keep_left, self.keep_right = (*keep, False)[:3]
        self.keeps = any(keep)
        self.fresh = is_fresh(rule, holes)
        self.unusual = False  # whether the nodes have hooks
        self.freed: Any = None  # the plan of nodes whose values are gone
        if self.keeps:
            self.freed = copy.copy(self)
            self.freed.pull = _passed_again

    def for_hooks(self) -> Plan:
        """The same for a node that has hooks."""
        twin = copy.copy(self)
        twin.unusual = True
        twin.freed = self.freed and self.freed.for_hooks()
        return twin


def _passed_again(node: Any, seed: Any) -> Any:
    raise RuntimeError(FREED)


class Elementwise(Kept, Node):
    """An operation on real elements; saves the result and the arguments it reads.

    `edge` leads to its first tracked argument, `other` to the second if the plan says
    that there are `two`.
    """

    __slots__ = (
        "_hooks",
        "_notes",
        "edge",
        "left",
        "likes",
        "number",
        "other",
        "plan",
        "result",
        "right",
    )

    edge: Any
    other: Any
    result: Any
    left: Any
    right: Any
    likes: tuple[Any, ...] | None
    number: int
    plan: Plan
    repeats = False

    @property
    def edges(self) -> tuple[Any, ...]:  # type: ignore[override]
        """Where the cotangents go."""
        return (self.edge, self.other) if self.plan.two else (self.edge,)

    @property
    def saved(self) -> Any:
        """The result and the arguments, None for those not kept; None when freed."""
        plan = self.plan
        if plan.keeps and plan.freed is None:
            return None
        return (self.result, self.left, self.right)[: len(plan.holes) + 1]

    @saved.setter
    def saved(self, values: Any) -> None:
        if values is None:
            assert self.plan.freed is not None
            self.plan = self.plan.freed
        self.result, self.left, self.right = (*(values or ()), None, None, None)[:3]

    @property
    def label(self) -> str:  # type: ignore[override]
        """The name of the operation."""
        return self.plan.label

    @property
    def keeps(self) -> bool:  # type: ignore[override]
        """Whether there is anything to free."""
        return self.plan.freed is not None

    @property
    def fresh(self) -> bool:  # type: ignore[override]
        """Whether every cotangent is a new array."""
        return self.plan.fresh

    @property
    def unusual(self) -> bool:  # type: ignore[override]
        """Whether there are hooks."""
        return self.plan.unusual

    @property
    def hooks(self) -> Hooks | None:  # type: ignore[override]
        """The hooks, if there are any."""
        return self._hooks if self.plan.unusual else None

    def own_hooks(self) -> Hooks:
        """The node's hooks, made at the first use."""
        if not self.plan.unusual:
            self._hooks = Hooks()
            self.plan = self.plan.for_hooks()
        return self._hooks

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dictionary for the user's own notes."""
        if not hasattr(self, "_notes"):
            self._notes: dict[Any, Any] = {}
        return self._notes

    def as_function(self) -> tuple[Any, int]:
        """The node, of the class that has its name."""
        self.__class__ = kind(Elementwise, self.plan.label)
        return self, 0

    def pull(self, seed: Any) -> tuple[Any, ...]:
        """The seed times each partial derivative, on arrays."""
        given = self.plan.pull(self, seed)
        return given if self.plan.two else (given,)

    def pull_tracked(self, seed: Any) -> tuple[Any, ...]:
        """The same on recorded values."""
        result, *args = self.saved
        made = Base.numpy_face.made
        edges = iter(self.edges)
        # What is not wanted stays a constant; what is not read is None.
        wanted = [next(edges) if hole else None for hole in self.plan.holes]
        tracked = [
            value if value is None or edge is None else made(value, edge)
            for value, edge in zip(args, wanted, strict=True)
        ]
        if result is not None:
            result = made(result, self)
        given = self.plan.partials(result, *tracked)
        if not self.plan.two:
            return (product(seed, given),)
        return tuple(product(seed, partial) for partial in given)

    def saved_arrays(self) -> list[Any]:
        """What the partials read."""
        return [value for value in self.saved or () if isinstance(value, np.ndarray)]

    def inputs(self) -> tuple[Any, ...]:
        """The edges, None for a constant where PyTorch shows one."""
        if self.plan.label not in _SHOWS_CONSTANTS:
            return self.edges
        edges = iter(self.edges)
        return tuple(next(edges) if wanted else None for wanted in self.plan.holes)
