"""The kinds of names, and what binding them and storing into containers changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import gast

from sourcediff.analysis.attributes import may_store
from sourcediff.analysis.containers import (
    Change,
    Regions,
    changes,
    contains,
    forgotten,
    holds,
    limited,
    weakened,
)
from sourcediff.analysis.indexing import item, with_item
from sourcediff.ir import Program
from sourcediff.kinds import UNKNOWN, UNSAID, Array, Kind, Record, Scalar, Static, join
from sourcediff.trees import walk

Env = dict[str, Kind]
#: What stands for whatever names hold in `Memory.same`.
ANY = "*"
_DISPLAYS = (
    gast.List, gast.Tuple, gast.Dict, gast.Set, gast.ListComp, gast.SetComp,
    gast.DictComp, gast.GeneratorExp, gast.Constant,
)  # fmt: skip


class Memory:
    """The kinds of names (`env`, copied on write) and of expressions seen so far."""

    def __init__(self, program: Program, environment: Mapping[str, Kind]) -> None:
        self.program = program
        self.env: Env = dict(environment)
        self.kinds: dict[Any, Kind] = {}
        self.regions = Regions()
        # Names that may stand for one object; under ANY, those bound to anyone's.
        self.same = Regions()
        # Names whose containers others see, and names that others may rebind.
        self.visible: frozenset[str] = frozenset()
        self.poisoned: frozenset[str] = frozenset()
        # Whether a visible container may have changed; how often one did, in all, and
        # before the effect of the last call.
        self.changes = False
        self.mutations = 0
        self.mutations_before_call = 0

    def kind(self, node: Any) -> Kind:
        """The kind of an expression."""
        raise NotImplementedError

    def bind(self, target: Any, kind: Kind, source: Any, direct: bool = False) -> None:
        """Give a target a kind; `source` is the expression that the value came from.

        `direct`: the value is that of the expression itself.
        """
        match target:
            case gast.Name(id=name):
                kind = UNKNOWN if name in self.poisoned else limited(kind)
                self.kinds[target] = kind
                self.env = {**self.env, name: kind}
                if holds(kind):
                    self.unite([name, *names_in(source)])
                    if not (direct and self._is_new(source)):
                        plain = direct and isinstance(source, gast.Name)
                        self.same.unite([name, source.id if plain else ANY])
            case gast.Tuple() | gast.List():
                self.kinds[target] = kind
                self._bind_parts(target.elts, kind, source)
            case gast.Starred(value=value):
                self.bind(value, UNKNOWN, source)
            case gast.Subscript() | gast.Attribute():
                self.store(target, kind, source)

    def _bind_parts(self, targets: list[Any], kind: Kind, source: Any) -> None:
        raise NotImplementedError

    def unite(self, names: Iterable[str]) -> None:
        """Note that the containers of names may be the same."""
        env = self.env
        self.regions.unite(n for n in names if n in env and holds(env[n]))

    def _group(self, names: Iterable[str]) -> list[str]:
        """The names that may reach a container of the given ones."""
        env, find = self.env, self.regions.find
        roots = {find(n) for n in names if n in env and holds(env[n])}
        group = [n for n in env if find(n) in roots] if roots else []
        if group:
            self.mutations += 1
            self.changes = self.changes or not self.visible.isdisjoint(group)
        return group

    def forget(self, names: Iterable[str]) -> None:
        """Any container that the names reach may have been changed at will."""
        group = self._group((*names, *self.program.data))
        if group:
            self.env = {**self.env, **{n: forgotten(self.env[n]) for n in group}}

    def store(self, target: Any, kind: Kind, source: Any) -> None:
        """Store a value of a kind into `x[k]` or `x.a`."""
        container = self.kind(target.value)
        mutations = self.mutations
        if isinstance(target, gast.Subscript):
            key = self.kind(target.slice)

        def change(container: Kind) -> Kind | None:
            if isinstance(target, gast.Subscript):
                return with_item(container, key, kind)
            return with_field(container, target.attr, kind)

        if isinstance(container, Array) and isinstance(target, gast.Attribute):
            self._reshape_arrays(target.attr)
        elif (
            self.entangles(target.value, container, (source,), (kind,))
            or mutations != self.mutations
        ):
            self.forget(names_in(target.value))
        else:
            self.mutate(target.value, container, change)
        is_array = isinstance(target, gast.Subscript) and isinstance(container, Array)
        self.kinds[target] = (
            item(container, self.kinds[target.slice]) if is_array else kind
        )

    def _reshape_arrays(self, name: str) -> None:
        """After `x.shape = …` no array's sizes are known, as views of x change too."""

        def change(kind: Kind) -> Kind:
            if isinstance(kind, Array):
                return Array(kind.dtype) if name in ("shape", "strides") else UNKNOWN
            return kind if isinstance(kind, Scalar | Static) else UNKNOWN

        if name in ("real", "imag", "flat"):
            return

        self.env = {n: change(k) for n, k in self.env.items()}

    def entangles(
        self,
        node: Any,
        container: Kind,
        sources: Iterable[Any],
        kinds: Iterable[Kind],
    ) -> bool:
        """Note that a container gets values; whether it may come to hold itself.

        `node` denotes the container, `sources` and `kinds` are those of the values.
        """
        held = [name for source in sources for name in names_in(source)]
        if not any(map(holds, kinds)):
            return False
        names, env, find = names_in(node), self.env, self.regions.find
        roots = {find(n) for n in names if n in env}
        itself = any(find(n) in roots for n in held if n in env and holds(env[n]))
        self.unite((*names, *held))
        return itself and any(contains(kind, container) for kind in kinds)

    def mutate(self, node: Any, old: Kind, change: Change) -> None:
        """The container of the kind `old` that an expression denotes is changed."""
        new = change(old)
        if new is None:
            self.forget(names_in(node))
            return
        if isinstance(old, Array):
            return
        group = self._group(names_in(node))
        if not isinstance(node, gast.Name | gast.Subscript | gast.Attribute):
            self.forget(group)
            return
        self._replace(node, new)
        only = node.id if isinstance(node, gast.Name) else ANY
        changed = {
            n: limited(
                weakened(self.env[n], old, new, change, self._may_be_one(n, only))
            )
            for n in group
            if n != only
        }
        if changed:
            self.env = {**self.env, **changed}

    def _is_new(self, node: Any) -> bool:
        """Whether an expression makes the container that it gives."""
        match node:
            case gast.Call(func=gast.Attribute(attr="copy"), args=[]):
                return True
            case gast.Call(func=function):
                kind = self.kinds.get(function)
                makers = (list, dict, sorted)
                return isinstance(kind, Static) and any(kind.value is m for m in makers)
            case gast.Subscript(slice=gast.Slice()):
                return True
            case _:
                return isinstance(node, _DISPLAYS)

    def _may_be_one(self, name: str, other: str) -> bool:
        """Whether two names may stand for one object."""
        find = self.same.find
        return find(name) == find(other) or find(ANY) in (find(name), find(other))

    def changed(self, node: Any, new: Kind) -> None:
        """What an expression stands for has been changed, and is of a new kind now."""
        old = self.kinds.get(node, UNKNOWN)
        if isinstance(node, gast.Name) and self.env.get(node.id, UNKNOWN) != old:
            self.forget([node.id])
            return
        pairs = [(a, b) for a, b in changes(old, new) if a != b]
        if not pairs:
            return
        places = isinstance(node, gast.Name | gast.Subscript | gast.Attribute)
        if not places or any(b in UNSAID for _, b in pairs):
            self.forget(names_in(node))
            return
        group = self._group(names_in(node))
        own = node.id if isinstance(node, gast.Name) else ANY
        self._replace(node, new)
        others = {n: self.env[n] for n in group if n != own}
        one = {n: self._may_be_one(n, own) for n in others}
        for before, after in pairs:

            def change(kind: Kind, before: Kind = before, after: Kind = after) -> Any:
                return after if kind == before else None

            others = {
                n: weakened(k, before, after, change, one[n] or before is not old)
                for n, k in others.items()
            }
        self.env = {**self.env, **{n: limited(k) for n, k in others.items()}}

    def _replace(self, node: Any, new: Kind) -> None:
        """Let the container that an expression denotes have another kind."""
        if isinstance(node, gast.Name):
            self.env = {**self.env, node.id: limited(new)}
            return
        outer = self.kinds.get(getattr(node, "value", None), UNKNOWN)
        after: Kind | None = None
        if isinstance(node, gast.Subscript):
            after = with_item(outer, self.kinds.get(node.slice, UNKNOWN), new)
        elif isinstance(node, gast.Attribute):
            after = with_field(outer, node.attr, new)
        if after is None:
            self.forget(names_in(node))
        elif after != outer:
            self._replace(node.value, after)

    def continue_from(self, ends: list[Env]) -> bool:
        """Go on from where paths meet; False where no path gets there."""
        if not ends:
            return False
        self.env = merge_envs(ends)
        return True


def with_field(container: Kind, name: str, kind: Kind) -> Kind | None:
    """The kind of an object after `container.name = …`; None: anything."""
    if not isinstance(container, Record) or not may_store(container.type, name):
        return None
    return Record(container.type, tuple({**dict(container.fields), name: kind}.items()))


def names_in(node: Any) -> list[str]:
    """The names that an expression reads."""
    if isinstance(node, gast.Name):
        return [node.id]
    return [part.id for part in walk(node) if isinstance(part, gast.Name)]


def merge_envs(ends: list[Env]) -> Env:
    """The kinds after any of several paths."""
    env = ends[0]
    for other in ends[1:]:
        env = join_envs(env, other)
    return env


def join_envs(a: Env, b: Env) -> Env:
    """The kinds after either of two paths; a name bound on one keeps its kind."""
    if a is b:
        return a
    joined = dict(a)
    for name, kind in b.items():
        old = joined.get(name)
        if old is None:
            joined[name] = kind
        elif old is not kind:
            joined[name] = join(old, kind)
    return joined
