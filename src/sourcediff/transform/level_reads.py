"""Where the reverse sweep of a loop reads levels of an array, and which ones."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.transform.affine import Affine, affine, greatest
from sourcediff.transform.dependence import (
    LoopSpace,
    Place,
    accesses,
    is_everything,
    tightened,
)
from sourcediff.transform.sweep import Block, Branch, Context, Loop, Step, steps_of


@dataclass(frozen=True)
class Level:
    """A key `[:, :, k + delta]`: the axis, the number of axes, and the distance."""

    axis: int
    ndim: int
    delta: int


def level_of(key: Any, variable: str) -> Level | None:
    """What level of an array a key selects, if its elements lie apart in memory."""
    if not isinstance(key, gast.Tuple):
        return None
    axes = [i for i, part in enumerate(key.elts) if not is_everything(part)]
    form = affine(key.elts[axes[0]]) if len(axes) == 1 and axes[0] > 0 else None
    if form is None or form.terms != ((variable, 1),):
        return None
    return Level(axes[0], len(key.elts), form.constant)


@dataclass(frozen=True)
class Read:
    """A read of a level: what of a step reads it, and the blocks around that."""

    level: Level
    step: Step
    after: bool
    path: tuple[tuple[Block, int], ...]


@dataclass
class Reads:
    """What the reverse sweep of a loop's body reads of an array."""

    base: str
    fixed: frozenset[str]
    counts: frozenset[str]
    found: list[Read] = field(default_factory=list)
    lists: list[list[Any]] = field(default_factory=list)
    lost: bool = False
    _path: tuple[tuple[Block, int], ...] = ()

    def block(self, block: Block, spaces: tuple[LoopSpace, ...]) -> None:
        """Note the reads of a block; `lost` where there are others than of levels."""
        for index, node in enumerate(block.nodes):
            outside, self._path = self._path, (*self._path, (block, index))
            match node:
                case Step():
                    self._step(node, spaces)
                case Branch(then=then, otherwise=otherwise, statement=statement):
                    for arm, holds in ((then, True), (otherwise, False)):
                        narrow = [tightened(s, statement.test, holds) for s in spaces]
                        self.block(arm, tuple(narrow))
                case Loop() | Context():
                    self.lost |= any(
                        self.base in accesses(s)
                        for step in steps_of(node.body)
                        for s in (*step.pre, *step.post)
                    )
            self._path = outside

    def _step(self, step: Step, spaces: tuple[LoopSpace, ...]) -> None:
        for statements, after in ((step.pre, False), (step.post, True)):
            for statement in statements:
                for key in accesses(statement).get(self.base, ()):
                    level = level_of(key, spaces[-1].variable or "")
                    place = Place(statement, spaces, 0, self.fixed, self.counts)
                    if level is None or not _is_stored(level, place):
                        self.lost = True
                        return
                    self.found.append(Read(level, step, after, self._path))
                    if not any(known is statements for known in self.lists):
                        self.lists.append(statements)


def _is_stored(level: Level, place: Place) -> bool:
    """Whether a level is one that this or an earlier iteration has stored."""
    variable = place.loops[-1].variable or ""
    index = Affine(level.delta, ((variable, 1),))
    limit = greatest(index * -1, place.bounds)
    return level.delta <= 0 and limit is not None and limit <= 0
