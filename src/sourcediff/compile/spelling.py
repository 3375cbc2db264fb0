"""How a call is spelled: methods, starred arguments and the like become plain calls."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from typing import Any

import gast

from sourcediff.analysis.attributes import has_plain_instances, member
from sourcediff.analysis.effects import walk_statements
from sourcediff.analysis.inference import KindFacts
from sourcediff.analysis.iterators import arranges
from sourcediff.compile.callees import (
    Callee,
    default_texts,
    has_variable_arguments,
    is_users,
    local,
    packed,
    positional_names,
    program_of,
)
from sourcediff.compile.dataclass_fields import field_values, is_filled, post_init_of
from sourcediff.front.scopes import parameters
from sourcediff.ir import Program
from sourcediff.kinds import Dict, Kind, Record, Sequence, Static
from sourcediff.transform.build import assign, clone, const, name, subscript
from sourcediff.trees import walk

Arguments = tuple[list[Any], dict[str, Any]]


class Spelling:
    """Spells the calls of one program plainly: `o.method(x)` as `C_method(o, x)`.

    The functions that are called so get names in the program's statics. `unused` makes
    new names.
    """

    def __init__(
        self, program: Program, kinds: KindFacts, unused: Callable[[str], str]
    ) -> None:
        self._program = program
        self._statics: Any = program.statics
        self._kinds = kinds
        self._unused = unused
        self._local_functions = {
            s.name: s
            for s in walk_statements(program.node.body)
            if isinstance(s, gast.FunctionDef)
        }
        self._followed: dict[Any, Callee | None] = {}
        self._own: dict[Any, bool] = {}

    # --- what is a call of a user's function -------------------------------------------  # noqa: E501

    def is_own(self, node: Any) -> bool:
        """Whether an expression calls a function of the user's."""
        if not isinstance(node, (gast.Call, gast.Attribute)):
            return False
        if node not in self._own:
            self._own[node] = self._is_own(node)
        return self._own[node]

    def _is_own(self, node: Any) -> bool:
        function = self._kinds.callee(node)
        if isinstance(node, gast.Attribute):
            return getter_of(function) is not None
        if isinstance(function, gast.FunctionDef):
            return self.is_followed(function)
        made = initialiser_of(function) is not None or is_filled(function)
        return is_users(function) or made

    def is_followed(self, node: Any) -> bool:
        """Whether the calls of a local function can be followed."""
        return self._local(node) is not None

    def _local(self, node: Any) -> Callee | None:
        if node not in self._followed:
            known = self._local_functions.get(node.name) is node
            made = local(node, self._program, self._local_functions) if known else None
            self._followed[node] = made
        return self._followed[node]

    # --- plain calls ----------------------------------------------------------------------  # noqa: E501

    def owner(self, node: Any) -> Kind:
        """The kind of the object that an expression calls, or of whose method."""
        called = node.func if isinstance(node, gast.Call) else None
        kind = self._kinds.of(called)
        if isinstance(called, gast.Attribute) and not isinstance(kind, Record):
            return self._kinds.of(called.value)
        return kind

    def plain(self, node: Any, out: list[Any], owner: Kind) -> Any:
        """The plain spelling of a call; the same node if it has that already.

        Statements that must run before it are added to `out`. `owner` is the kind of
        what is called, which may have got another name since.
        """
        function = self._kinds.callee(node)
        if isinstance(node, gast.Attribute):
            getter = self._named(getter_of(function))
            return self._call(getter, [node.value], {}, node)
        arguments = self._expanded(node, out)
        if arguments is None:
            return node
        positional, keywords = arguments
        if isinstance(function, gast.FunctionDef):
            return self._local_call(function, positional, keywords, node, out)
        if isinstance(function, type):
            return self._construction(node, function, positional, keywords, out)
        target, receiver = self._receiver(node, function, owner)
        if receiver is not None:
            positional = [receiver, *positional]
        if has_variable_arguments(function):
            return self._packed_call(function, positional, keywords, node, out)
        starred = any(isinstance(a, gast.Starred) for a in node.args) or any(
            k.arg is None for k in node.keywords
        )
        if target is node.func and not starred:
            return node
        return self._call(target, positional, keywords, node)

    def _call(
        self, target: Any, positional: list[Any], keywords: dict[str, Any], like: Any
    ) -> Any:
        pairs = [gast.keyword(key, value) for key, value in keywords.items()]
        made = gast.Call(target, positional, pairs)
        self._own[made] = True
        return gast.copy_location(made, like)

    def _named(self, function: Any) -> Any:
        """A name for a function or class."""
        for known, value in self._statics.items():
            if value is function or (isinstance(value, Callee) and value == function):
                return name(known)
        label = getattr(function, "__qualname__", function.__name__)
        parts = label.rpartition("<locals>.")[2].split(".")
        known = self._unused("_".join(p.strip("_<>") for p in parts[-2:]))
        self._statics[known] = function
        return name(known)

    def _receiver(self, node: Any, function: Any, owner: Kind) -> tuple[Any, Any]:
        """What names the function of a call, and the object that it is bound to."""
        kind = self._kinds.of(node.func)
        if not isinstance(node.func, gast.Attribute):
            called = isinstance(owner, Record)
            return (self._named(function), node.func) if called else (node.func, None)
        if isinstance(kind, Record):
            return self._named(function), node.func
        if isinstance(owner, Static) and isinstance(owner.value, types.ModuleType):
            return node.func, None
        if isinstance(owner, Record) and isinstance(kind, Static):
            return self._named(function), None  # a function that is kept in a field
        found = member(owner, node.func.attr)
        if isinstance(found.receiver, Static):
            return self._named(function), self._named(found.receiver.value)
        if found.receiver is not None:
            return self._named(function), node.func.value
        if isinstance(owner, Static):
            return node.func, None
        return self._named(function), None

    # --- arguments ------------------------------------------------------------------------  # noqa: E501

    def _expanded(self, node: Any, out: list[Any]) -> Arguments | None:
        """The arguments of a call without stars; None where they are not known."""
        positional: list[Any] = []
        keywords: dict[str, Any] = {}
        for argument in node.args:
            if not isinstance(argument, gast.Starred):
                positional.append(argument)
                continue
            parts = self._parts(argument.value, out)
            if parts is None:
                return None
            positional += parts
        for keyword in node.keywords:
            pairs: dict[str, Any] | None = {keyword.arg: keyword.value}
            if keyword.arg is None:
                pairs = self._pairs(keyword.value, out)
            if pairs is None or pairs.keys() & keywords.keys():
                return None
            keywords.update(pairs)
        return positional, keywords

    def _parts(self, node: Any, out: list[Any]) -> list[Any] | None:
        if isinstance(node, gast.Tuple | gast.List) and not any(
            isinstance(e, gast.Starred) for e in node.elts
        ):
            return list(node.elts)
        kind = self._kinds.of(node)
        if not isinstance(kind, Sequence):
            return None
        value = self._variable(node, out)
        return [subscript(clone(value), const(i)) for i in range(len(kind.items))]

    def _pairs(self, node: Any, out: list[Any]) -> dict[str, Any] | None:
        if isinstance(node, gast.Dict) and all(
            isinstance(k, gast.Constant) for k in node.keys
        ):
            return {k.value: v for k, v in zip(node.keys, node.values, strict=True)}
        kind = self._kinds.of(node)
        if not isinstance(kind, Dict):
            return None
        value = self._variable(node, out)
        return {key: subscript(clone(value), const(key)) for key, _ in kind.items}

    def _variable(self, node: Any, out: list[Any]) -> Any:
        if isinstance(node, gast.Name | gast.Constant):
            return node
        identifier = self._unused("argument")
        out.append(gast.copy_location(assign(identifier, node), node))
        return gast.copy_location(name(identifier), node)

    # --- functions in another form --------------------------------------------------------  # noqa: E501

    def _packed_call(
        self,
        function: Any,
        positional: list[Any],
        keywords: dict[str, Any],
        node: Any,
        out: list[Any],
    ) -> Any:
        """A call of a function whose variable arguments are a tuple and a dict."""
        arguments = program_of(function).node.args
        places = positional_names(arguments)
        by_name = {p.id for p in (*arguments.args, *arguments.kwonlyargs)}
        plain = {k: v for k, v in keywords.items() if k in by_name}
        extra = {k: v for k, v in keywords.items() if k not in by_name}
        rest = positional[len(places) :]
        if (rest and not arguments.vararg) or (extra and not arguments.kwarg):
            return node
        if sum(map(_calls_something, (*positional, *keywords.values()))) > 1:
            positional = [self._variable(a, out) for a in positional]
            rest = positional[len(places) :]
            named = {k: self._variable(v, out) for k, v in keywords.items()}
            plain, extra = {k: named[k] for k in plain}, {k: named[k] for k in extra}
        if arguments.vararg:
            plain[arguments.vararg.id] = gast.Tuple(rest, gast.Load())
        if arguments.kwarg:
            keys = [const(key) for key in extra]
            plain[arguments.kwarg.id] = gast.Dict(keys, list(extra.values()))
        target = self._named(packed(function))
        return self._call(target, positional[: len(places)], plain, node)

    def _local_call(
        self,
        function: Any,
        positional: list[Any],
        keywords: dict[str, Any],
        node: Any,
        out: list[Any],
    ) -> Any:
        """A call of a local function, with its defaults filled in."""
        callee = self._local(function)
        arguments = function.args
        places = positional_names(arguments)
        if callee is None:
            return node
        given = {*places[: len(positional)], *keywords}
        known = {p.id for p in parameters(arguments)}
        packs = arguments.vararg or arguments.kwarg
        if not packs and (len(positional) > len(places) or not given <= known):
            return node
        for parameter, default in default_texts(arguments):
            if parameter not in given:
                keywords[parameter] = clone(default)
        if packs:
            return self._packed_call(callee, positional, keywords, node, out)
        return self._call(self._named(callee), positional, keywords, node)

    def _construction(
        self,
        node: Any,
        cls: Any,
        positional: list[Any],
        keywords: dict[str, Any],
        out: list[Any],
    ) -> Any:
        """`C(x)` as `o = object.__new__(C)` and a call of `C.__init__` for `o`."""
        filled = initialiser_of(cls) is None
        if sum(map(_calls_something, (*positional, *keywords.values()))) > 1 and filled:
            positional = [self._variable(a, out) for a in positional]
            keywords = {k: self._variable(v, out) for k, v in keywords.items()}
        values = None
        if filled:
            values = field_values(cls, positional, keywords, self._named)
            if values is None:
                return node
        made = self._unused(cls.__name__.lower())
        new = gast.Attribute(self._named(object), "__new__", gast.Load())
        creation = gast.Call(new, [self._named(cls)], [])
        if values is not None:
            statements = [assign(made, creation)]
            for field, value in values:
                target = gast.Attribute(name(made), field, gast.Store())
                statements.append(assign(target, value))
            if post_init_of(cls) is not None:
                after = self._named(post_init_of(cls))
                call = self._call(after, [name(made)], {}, node)
                statements.append(gast.Expr(call))
            out += [gast.copy_location(s, node) for s in statements]
            return gast.copy_location(name(made), node)
        initialiser = self._named(initialiser_of(cls))
        call = self._call(initialiser, [name(made), *positional], keywords, node)
        out.append(gast.copy_location(assign(made, creation), node))
        out.append(gast.copy_location(gast.Expr(call), node))
        return gast.copy_location(name(made), node)


def getter_of(function: Any) -> Any:
    """The function behind a property of a user's class."""
    getter = function.fget if isinstance(function, property) else None
    return getter if is_users(getter) else None


def initialiser_of(cls: Any) -> Any:
    """The `__init__` that makes an instance of a user's class, if that is all."""
    if not isinstance(cls, type) or not has_plain_instances(cls) or arranges(cls):
        return None
    found = inspect.getattr_static(cls, "__init__", None)
    if not is_users(found) or found.__code__.co_filename.startswith("<string"):
        return None
    return found


def _calls_something(node: Any) -> bool:
    return any(isinstance(child, gast.Call) for child in walk(node))
