"""What a loop keeps in each iteration, its mirror image walks through backwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import assigned_in, blocks, walk_statements
from sourcediff.transform.build import (
    assign,
    at,
    call,
    const,
    effect,
    method,
    name,
    names_in,
    target,
    tuple_of,
)

_EXITS = (gast.Break, gast.Continue, gast.Return, gast.Raise)


@dataclass(frozen=True)
class _Site:
    """A statement in the body of a loop, and how many loops there are around it."""

    loop: Any
    statement: Any
    depth: int

    @property
    def index(self) -> int:
        return [s is self.statement for s in self.loop.body].index(True)


@dataclass(frozen=True)
class _Stack:
    """A list that one statement of a loop appends to, and one of another pops from."""

    identifier: str
    push: _Site
    pop: _Site

    def parts(self) -> list[tuple[Any, Any]]:
        """The values that are kept, and the targets that they go to."""
        value, to = self.push.statement.value.args[0], self.pop.statement.targets[0]
        if (
            isinstance(value, gast.Tuple)
            and isinstance(to, gast.Tuple)
            and len(value.elts) == len(to.elts)
        ):
            return list(zip(value.elts, to.elts, strict=True))
        return [(value, to)]


@dataclass
class Replay:
    """Puts what is kept in an iteration into one tuple, and iterates over the tuples.

    `stacks` are the lists that the forward sweep keeps values in, `fresh` makes a new
    name of a wish. `replaced` says, afterwards, into which list a stack has gone, and
    `iterated` which lists nothing is taken off any more.
    """

    stacks: Set[str]
    fresh: Callable[[str], str]
    replaced: dict[str, str] = field(default_factory=dict)
    iterated: set[str] = field(default_factory=set)

    def run(self, forward: list[Any], backward: list[Any]) -> None:
        """Rewrite the loops of both sweeps, which may be one body, in place.

        >>> tree = gast.parse('''
        ... a_saved = []
        ... for i in range(n):
        ...     a_saved.append(a)
        ...     a = a * x[i]
        ... for i in reversed(range(n)):
        ...     x_bar[i] = a_bar
        ...     a = a_saved.pop()
        ...     a_bar = a_bar * x[i]
        ...     x_bar[i] *= a
        ... ''')
        >>> Replay({"a_saved"}, lambda wish: wish).run(tree.body, tree.body)
        >>> print(gast.unparse(gast.fix_missing_locations(tree)))
        a_saved = []
        for i in range(n):
            a_saved.append(a)
            a = a * x[i]
        for i, a in zip(reversed(range(n)), reversed(a_saved), strict=True):
            x_bar[i] = a_bar
            a_bar = a_bar * x[i]
            x_bar[i] *= a
        """
        groups: dict[tuple[int, int], list[_Stack]] = {}
        for stack in self._found(forward, backward):
            loops = id(stack.push.loop), id(stack.pop.loop)
            groups.setdefault(loops, []).append(stack)
        for group in groups.values():
            self._together(group, forward, backward)

    def _found(self, forward: list[Any], backward: list[Any]) -> Iterator[_Stack]:
        """The stacks that one statement pushes and one pops, in the order of pushes."""
        bodies = [forward] if forward is backward else [forward, backward]
        pushes: dict[str, list[_Site]] = {}
        pops: dict[str, list[_Site]] = {}
        for site in [s for body in bodies for s in _sites(body, None, 0)]:
            pushed, popped = _pushed(site.statement), _popped(site.statement)
            if pushed in self.stacks:
                pushes.setdefault(pushed, []).append(site)
            if popped in self.stacks:
                pops.setdefault(popped, []).append(site)
        if not pops:
            return
        named = (n for body in bodies for s in body for n in names_in(s))
        mentions = Counter(n for n in named if n in pops)
        mentions.subtract(_started(s) for s in forward)
        for identifier, sites in pushes.items():
            both = [*sites, *pops.get(identifier, [])]
            if len(sites) == 1 and len(both) == 2 == mentions[identifier]:
                yield _Stack(identifier, *both)

    def _together(
        self, group: list[_Stack], forward: list[Any], backward: list[Any]
    ) -> None:
        """Let the stacks of one loop, popped by another, be one list."""
        push, pop = group[0].push, group[0].pop
        places = [stack.push.index for stack in group]
        if _has_exit(push.loop.body[min(places) : max(places)]):
            return
        is_certain = not _has_exit([*push.loop.body[: min(places)], *pop.loop.body])
        iterated = is_certain and push.depth == pop.depth == 1
        if len(group) == len(pop.loop.body):
            self._discard(group, forward, backward)
            return
        if len(group) == 1 and not iterated:
            return
        union = _Union(group, self.fresh)
        kept, items = union.written()
        self.replaced |= {stack.identifier: kept for stack in group}
        forward[:] = _started_once(forward, kept, self.replaced)
        if not iterated:
            taken = assign(items, method(name(kept), "pop"))
            pop.loop.body[:0] = at(pop.statement, [taken])
            return
        self.iterated.add(kept)
        idle = _iterate(pop.loop, items, kept, backward)
        if idle and forward is backward:
            forward[:] = _without_idle_counters(forward, idle)

    def _discard(
        self, group: list[_Stack], forward: list[Any], backward: list[Any]
    ) -> None:
        """Leave out a loop that only takes off what was kept for it."""
        names = {stack.identifier for stack in group}
        idle = {stack.push.statement for stack in group} | {group[0].pop.loop}
        idle |= {s for s in forward if _started(s) in names}
        forward[:] = _filtered(forward, idle)
        if backward is not forward:
            backward[:] = _filtered(backward, idle)
        counters = set(names_in(group[0].pop.loop.iter))
        forward[:] = _without_idle_counters(forward, counters)


class _Union:
    """One list of tuples in the place of the stacks of two loops.

    A value whose name is bound anew before the tuple is made, or read where the old
    value is not back yet, has a second name meanwhile.
    """

    def __init__(self, group: list[_Stack], fresh: Callable[[str], str]) -> None:
        self.group = group
        self.fresh = fresh
        self.pushing, self.popping = group[0].push.loop, group[0].pop.loop
        self.last = max(stack.push.index for stack in group)
        self.values: list[Any] = []
        self.targets: list[Any] = []
        self.order: list[list[str]] = []

    def written(self) -> tuple[str, Any]:
        """Rewrite the loops' bodies; the list's name, and a target for its items."""
        pushing, popping = list(self.pushing.body), list(self.popping.body)
        for stack in self.group:
            before, after = self._moved(stack)
            _replace(pushing, stack.push.statement, before)
            _replace(popping, stack.pop.statement, after)
        kept = self._identifier()
        value, items = self._item()
        last = self.pushing.body[self.last]
        position = len(pushing) - len(self.pushing.body[self.last + 1 :])
        pushing[position:position] = at(
            last, [effect(method(name(kept), "append", value))]
        )
        self.pushing.body[:], self.popping.body[:] = pushing, popping
        return kept, items

    def _item(self) -> tuple[Any, Any]:
        """What is kept of an iteration, in the order in which it comes to be there."""
        if len(self.values) == 1:
            return self.values[0], self.targets[0]
        met = dict.fromkeys(n for s in self.pushing.body for n in names_in(s))
        places = {n: place for place, n in enumerate(met)}
        first = [min((places[n] for n in names), default=0) for names in self.order]
        order = sorted(range(len(first)), key=first.__getitem__)
        targets = [self.targets[i] for i in order]
        return tuple_of(self.values[i] for i in order), gast.Tuple(
            targets, gast.Store()
        )

    def _moved(self, stack: _Stack) -> tuple[list[Any], list[Any]]:
        """What stands in the places of a stack's two statements."""
        changed = assigned_in(self.pushing.body[stack.push.index + 1 : self.last])
        seen = {
            *names_in(self.popping.target),
            *(n for t in self.targets for n in names_in(t)),
            *(n for s in self.popping.body[: stack.pop.index] for n in names_in(s)),
        }
        before, after = [], []
        for value, to in stack.parts():
            waits = isinstance(value, gast.Name) and value.id not in changed
            is_last = stack.push.index == self.last
            fits = isinstance(to, gast.Name) and to.id not in seen
            second = "" if (waits or is_last) and fits else self._second(stack, value)
            if not (waits or is_last):
                before.append(assign(second, value))
            if not fits:
                after.append(assign(to, name(second)))
            self.order.append(names_in(value))
            self.values.append(value if waits or is_last else name(second))
            self.targets.append(to if fits else target(second))
        return at(stack.push.statement, before), at(stack.pop.statement, after)

    def _second(self, stack: _Stack, value: Any) -> str:
        """A second name for a value that is kept: that of the stack which it had."""
        if len(stack.parts()) == 1:
            return stack.identifier
        label = value.id if isinstance(value, gast.Name) else "value"
        return self.fresh(f"{label}_saved")

    def _identifier(self) -> str:
        """The list has the name of a stack which no value has taken."""
        taken = {n for t in [*self.values, *self.targets] for n in names_in(t)}
        free = [s.identifier for s in self.group if s.identifier not in taken]
        several = [s.identifier for s in self.group if len(s.parts()) > 1]
        if several or (free and len(self.group) == 1):
            return (several or free)[0]
        return self.fresh("saved")


def _iterate(loop: Any, items: Any, kept: str, backward: list[Any]) -> set[str]:
    """Let a loop run over a list, backwards, beside what it ran over.

    What it ran over is left out where its items are not read; the names in that.
    """
    walked = call("reversed", name(kept))
    if set(names_in(loop.target)) & _read_with(loop, backward):
        loop.target = gast.Tuple([loop.target, items], gast.Store())
        loop.iter = call("zip", loop.iter, walked, strict=const(True))
        return set()
    left = set(names_in(loop.iter))
    loop.target, loop.iter = items, walked
    return left


def _read_with(loop: Any, backward: list[Any]) -> set[str]:
    """The names that a loop's body mentions, or a statement that may come later."""
    first = next(i for i, s in enumerate(backward) if loop in walk_statements([s]))
    later = Counter(n for s in backward[first:] for n in names_in(s))
    later.subtract(names_in(loop.target))
    later.subtract(names_in(loop.iter))
    return {n for n, count in later.items() if count > 0}


def _sites(body: list[Any], loop: Any, depth: int) -> Iterator[_Site]:
    """The statements that stand in the bodies of loops."""
    for statement in body:
        if loop is not None:
            yield _Site(loop, statement, depth)
        if isinstance(statement, (gast.For, gast.While)):
            yield from _sites(statement.body, statement, depth + 1)
        else:
            for block in blocks(statement):
                yield from (s for s in _sites(block, None, depth))


def _pushed(statement: Any) -> str:
    """The list that a statement appends to, or no name."""
    match statement:
        case gast.Expr(
            value=gast.Call(
                func=gast.Attribute(value=gast.Name(id=stack), attr="append")
            )
        ):
            return str(stack)
        case _:
            return ""


def _popped(statement: Any) -> str:
    """The list that a statement takes the last item off, or no name."""
    match statement:
        case gast.Assign(
            targets=[_],
            value=gast.Call(
                func=gast.Attribute(value=gast.Name(id=stack), attr="pop"), args=[]
            ),
        ):
            return str(stack)
        case _:
            return ""


def _started(statement: Any) -> str:
    """The name that a statement gives to a new list, or no name."""
    match statement:
        case gast.Assign(targets=[gast.Name(id=stack)], value=gast.List(elts=[])):
            return str(stack)
        case _:
            return ""


def _started_once(body: list[Any], kept: str, replaced: Mapping[str, str]) -> list[Any]:
    """The statements with one empty list where there were several that are one now."""
    out, is_started = [], False
    for statement in body:
        if replaced.get(_started(statement)) == kept:
            if is_started:
                continue
            is_started = True
            out += at(statement, [assign(kept, gast.List([], gast.Load()))])
            continue
        out.append(statement)
    return out


def _has_exit(body: list[Any]) -> bool:
    return any(isinstance(s, _EXITS) for s in walk_statements(body))


def _replace(body: list[Any], statement: Any, by: list[Any]) -> None:
    index = [s is statement for s in body].index(True)
    body[index : index + 1] = by


def _without_idle_counters(body: list[Any], counters: Set[str]) -> list[Any]:
    """A body without counters that nothing reads but the statements that count."""
    counting = [s for s in walk_statements(body) if _counted(s) in counters]
    if not counting:
        return body
    mentions = Counter(n for s in body for n in names_in(s) if n in counters)
    mentions.subtract(map(_counted, counting))
    return _filtered(body, {s for s in counting if not mentions[_counted(s)]})


def _counted(statement: Any) -> str:
    """The counter that a statement sets to zero or raises by one, or no name."""
    match statement:
        case (
            gast.Assign(targets=[gast.Name(id=counter)], value=gast.Constant(value=0))
            | gast.AugAssign(
                target=gast.Name(id=counter),
                op=gast.Add(),
                value=gast.Constant(value=1),
            )
        ):
            return str(counter)
        case _:
            return ""


def _filtered(body: list[Any], idle: Set[Any]) -> list[Any]:
    for statement in body:
        for block in blocks(statement):
            block[:] = block and (_filtered(block, idle) or [gast.Pass()])
    return [s for s in body if s not in idle]
