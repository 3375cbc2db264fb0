"""What nobody reads is left out, and what is left is tidied."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gast

from sourcediff.analysis.effects import bound_names, root
from sourcediff.ir import Comment
from sourcediff.transform.assemble import conditional
from sourcediff.transform.build import is_range, names_in
from sourcediff.transform.needs import needs_of
from sourcediff.trees import walk

#: Marks a live name whose elements are live, not just its shape.
CONTENT = "!"

_PURE_METHODS = frozenset(
    {
        "copy",
        "sum",
        "mean",
        "reshape",
        "ravel",
        "transpose",
        "astype",
        "dot",
        "max",
        "min",
        "std",
        "var",
        "prod",
        "cumsum",
        "flatten",
        "squeeze",
        "swapaxes",
        "any",
        "all",
        "argmax",
        "argmin",
        "argsort",
        "conj",
        "tolist",
        "item",
        "trace",
        "clip",
        "round",
        "repeat",
        "take",
        "diagonal",
        "items",
        "keys",
        "values",
        "get",
    }
)
_IMPURE_NUMPY = frozenset(
    {
        "random",
        "copyto",
        "put",
        "place",
        "putmask",
        "fill_diagonal",
        "at",
        "save",
        "savetxt",
        "seterr",
        "put_along_axis",
        "set_printoptions",
    }
)


def _without(live: set[str], names: set[str]) -> set[str]:
    return live - names - {n + CONTENT for n in names}


@dataclass
class Dead:
    """Removes statements whose results nobody reads.

    `groups` are names that may share memory: a store into one is a store into all.
    `pure` are names of functions without effects; `modules` those of NumPy and math.
    `is_required` says of a statement that it stays, read or not: it may raise an error.
    """

    groups: Mapping[str, frozenset[str]]
    pure: frozenset[str]
    modules: frozenset[str]
    is_required: Callable[[Any], bool] = lambda _: False
    at_exit: set[str] = field(default_factory=set)
    _kept: set[str] = field(default_factory=set)
    _breaks: list[set[str]] = field(default_factory=list)
    #: What the loops around walk through, reading at every turn.
    _iterated: list[set[str]] = field(default_factory=list)
    _read: dict[Any, frozenset[str]] = field(default_factory=dict)

    def _reads(self, *nodes: Any) -> frozenset[str]:
        """The names that expressions read; marked ones too where elements are read.

        The statements of a loop are asked again and again.
        """
        found: frozenset[str] = frozenset()
        for node in nodes:
            if node not in self._read:
                names = set(names_in(node))
                content = needs_of([node], names).content
                self._read[node] = frozenset(names.union(n + CONTENT for n in content))
            found |= self._read[node]
        return found

    def block(self, body: list[Any], live: set[str]) -> tuple[list[Any], set[str]]:
        """The block without dead statements, and what is live where it starts."""
        live = set(live)
        kept: list[Any] = []
        for statement in reversed(body):
            replaced, live = self._statement(statement, live)
            kept[:0] = replaced
        return _without_idle_comments(kept), live

    def _statement(self, node: Any, live: set[str]) -> tuple[list[Any], set[str]]:
        match node:
            case gast.Expr(value=gast.Constant()) | gast.Pass():
                return [node], live
            case gast.Assign() | gast.AugAssign() | gast.Expr(value=gast.Call()):
                return self._simple(node, live)
            case gast.If():
                return self._if(node, live)
            case gast.For() | gast.While():
                return self._loop(node, live)
            case gast.With():
                inner, inside = self.block(node.body, live)
                if not _has_code(inner):
                    return [], live
                node = gast.copy_location(gast.With(node.items, inner, None), node)
                return [node], inside | self._reads(node.items[0].context_expr)
            case gast.Break():
                return [node], set(self._breaks[-1])
            case gast.Continue():
                return [node], live | set(self._continues[-1])
            case gast.Return():
                value = self._reads(*filter(None, [node.value]))
                return [node], {*value, *self.at_exit}
            case _:
                bound = getattr(node, "name", None)
                return [node], (live - {bound}) | self._reads(node)

    _continues: list[set[str]] = field(default_factory=list)

    def _simple(self, node: Any, live: set[str]) -> tuple[list[Any], set[str]]:
        match node:
            case gast.Assign(targets=[target], value=value):
                kept, before = self._assign(node, target, value, live)
            case gast.Assign():
                return [node], (live - {None}) | self._reads(node)
            case gast.AugAssign(target=target, value=value):
                kept, before = self._augmented(node, target, value, live)
            case _:
                kept, before = self._effect(node, node.value, live)
        if not kept and self.is_required(node):
            return [node], live | self._reads(node)
        return kept, before

    def _assign(
        self, node: Any, target: Any, value: Any, live: set[str]
    ) -> tuple[list[Any], set[str]]:
        if isinstance(target, (gast.Name, gast.Tuple, gast.List)):
            bound = set(bound_names(target))
            stored = not all(
                isinstance(t, gast.Name) for t in getattr(target, "elts", [target])
            )
            if not stored and not bound & live and self.is_pure(value):
                return [], live
            if isinstance(target, gast.Name) and (
                _is_name(value, target.id) or self._is_idle_copy(target, value, live)
            ):
                return [], live
            reads = self._reads(value)
            if stored:
                reads |= self._reads(target)
            return [node], _without(live, bound) | reads
        return self._store(node, target, value, live)

    def _is_idle_copy(self, target: Any, value: Any, live: set[str]) -> bool:
        """`x = x.copy()` where nothing but the shape of `x` is of use."""
        match value:
            case gast.Call(func=gast.Attribute(value=source, attr="copy"), args=[]):
                unread = not self._seen(target.id, live)
                kept = {target.id} | self.groups.get(target.id, frozenset())
                return _is_name(source, target.id) and unread and not kept & self._kept
            case _:
                return False

    def _store(
        self, node: Any, target: Any, value: Any, live: set[str]
    ) -> tuple[list[Any], set[str]]:
        base = root(target)
        if base is not None and not self._seen(base, live) and self.is_pure(value):
            return [], live
        inside = target.value if isinstance(target, gast.Attribute) else target.slice
        if base is not None:
            self._kept.add(base)
        return [node], live | self._reads(value, inside) | set(names_in(target))

    def _seen(self, base: str, live: set[str]) -> bool:
        """Whether anybody reads the elements of an array again, by whatever name."""
        group = {base} | set(self.groups.get(base, frozenset()))
        iterated = any(group & names for names in self._iterated)
        return iterated or any(n + CONTENT in live for n in group)

    def _is_measured(self, base: str, live: set[str]) -> bool:
        """Whether anybody reads a list again, be it for its length."""
        return bool(live & ({base} | set(self.groups.get(base, frozenset()))))

    def _augmented(
        self, node: Any, target: Any, value: Any, live: set[str]
    ) -> tuple[list[Any], set[str]]:
        if isinstance(target, gast.Name):
            unread = target.id not in live and not self._seen(target.id, live)
            if unread and self.is_pure(value):
                return [], live
            self._kept.add(target.id)
            return [node], live | {target.id} | self._reads(value)
        base = root(target)
        if base is not None and not self._seen(base, live) and self.is_pure(value):
            return [], live
        inside = target.value if isinstance(target, gast.Attribute) else target.slice
        return [node], live | self._reads(value, inside) | set(names_in(target))

    def _effect(
        self, node: Any, call: Any, live: set[str]
    ) -> tuple[list[Any], set[str]]:
        function = call.func
        if isinstance(function, gast.Attribute):
            base = root(function.value)
            changes = function.attr in ("append", "pop")
            if changes and base is not None and not self._is_measured(base, live):
                return [], live
            if function.attr == "at" and call.args:
                written = root(call.args[0])
                if written is not None and not self._seen(written, live):
                    return [], live
        return [node], live | self._reads(call)

    def _if(self, node: Any, live: set[str]) -> tuple[list[Any], set[str]]:
        then, first = self.block(node.body, live)
        otherwise, second = self.block(node.orelse, live)
        has_then, has_else = _has_code(then), _has_code(otherwise)
        is_idle = not has_then and not has_else and self.is_pure(node.test)
        if is_idle and not self.is_required(node):
            return [], live
        test = self._reads(node.test)
        if not has_then and has_else:
            result = conditional(node.test, [], otherwise)
        else:
            then = then if has_then else [gast.Pass()]
            result = gast.If(node.test, then, otherwise if has_else else [])
        return [gast.copy_location(result, node)], first | second | test

    def _loop(self, node: Any, live: set[str]) -> tuple[list[Any], set[str]]:
        bound = set(bound_names(node.target)) if isinstance(node, gast.For) else set()
        source = node.iter if isinstance(node, gast.For) else node.test
        head = set(live)
        if isinstance(node, gast.While):
            head |= self._reads(node.test)
        walked = isinstance(node, gast.For) and not is_range(source)
        self._breaks.append(set(live))
        self._iterated.append(set(names_in(source)) if walked else set())
        while True:
            self._continues.append(head)
            body, inside = self.block(node.body, head)
            self._continues.pop()
            if _without(inside, bound) <= head:
                break
            head |= _without(inside, bound)
        self._breaks.pop()
        self._iterated.pop()
        idle = not _has_code(body) and self.is_pure(source)
        if idle and isinstance(node, gast.For) and not bound & live:
            return [], live
        body = body if _has_code(body) else [gast.Pass()]
        if isinstance(node, gast.For):
            result = gast.For(node.target, node.iter, body, [], None)
        else:
            result = gast.While(node.test, body, [])
        return [gast.copy_location(result, node)], head | self._reads(source)

    def is_pure(self, node: Any) -> bool:
        """Whether evaluating an expression certainly has no effect."""
        for child in walk(node):
            match child:
                case gast.Call(func=gast.Name(id=label)):
                    if label not in self.pure:
                        return False
                case gast.Call(func=gast.Attribute() as function):
                    if not self._is_pure_attribute(function):
                        return False
                case gast.Call() | gast.NamedExpr() | gast.Yield() | gast.Await():
                    return False
        return True

    def _is_pure_attribute(self, function: Any) -> bool:
        base = root(function)
        if base in self.modules:
            labels = {function.attr}
            inner = function.value
            while isinstance(inner, gast.Attribute):
                labels.add(inner.attr)
                inner = inner.value
            return not labels & _IMPURE_NUMPY
        return function.attr in _PURE_METHODS


def _is_name(node: Any, identifier: str) -> bool:
    return isinstance(node, gast.Name) and node.id == identifier


def _is_comment(node: Any) -> bool:
    return (
        isinstance(node, gast.Expr)
        and isinstance(node.value, gast.Constant)
        and isinstance(node.value.value, Comment)
    )


def _has_code(body: list[Any]) -> bool:
    return any(not _is_comment(s) and not isinstance(s, gast.Pass) for s in body)


def _without_idle_comments(body: list[Any]) -> list[Any]:
    """Comments that head no statement are left out, and so are repeated ones."""
    kept: list[Any] = []
    for statement in body:
        if _is_comment(statement) and kept and _is_comment(kept[-1]):
            kept.pop()
        kept.append(statement)
    while kept and _is_comment(kept[-1]):
        kept.pop()
    last = None
    result = []
    for statement in kept:
        if _is_comment(statement):
            if statement.value.value == last:
                continue
            last = statement.value.value
        elif not isinstance(statement, (gast.Assign, gast.AugAssign, gast.Expr)):
            last = None
        result.append(statement)
    return result
