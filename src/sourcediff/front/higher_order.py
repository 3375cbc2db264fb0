"""Built-in functions that take functions, written as comprehensions of suspects."""

from __future__ import annotations

import builtins
import collections
import functools
import itertools
from typing import Any

import gast

from sourcediff.front import build
from sourcediff.front.comprehensions import as_list
from sourcediff.front.context import Context
from sourcediff.front.purity import callee
from sourcediff.trees import Rewriter, walk

_ITERATORS = (builtins.zip, builtins.enumerate, builtins.reversed)
_ORDERING = (builtins.sorted, builtins.max, builtins.min)
#: Expressions that make what is ordered.
_COLLECTIONS = (gast.List, gast.Tuple, gast.ListComp, gast.GeneratorExp)
_SPELLED: tuple[Any, ...] = (
    collections.deque,
    *(builtins.list, builtins.tuple),
    builtins.map,
    builtins.filter,
    *_ORDERING,
    itertools.chain,
    itertools.product,
    itertools.pairwise,
)


def spell_out(tree: Any, nodes: list[Any], context: Context) -> None:
    """Replace `map(f, xs)` by `(f(x) for x in xs)` and the like, in place.

    So it goes for `filter`, `sorted`, `max` and `min` with a key, the iterators of
    itertools that only arrange, and for `deque`, whose changes a list knows too.
    `nodes` are those of the tree.
    """
    calls = (node for node in nodes if isinstance(node, gast.Call))
    if any(callee(call, context.program) in _SPELLED for call in calls):
        _Rewriting(context).visit(tree)


class _Rewriting(Rewriter):
    def __init__(self, context: Context) -> None:
        self.context = context

    def visit_Call(self, node: Any) -> Any:
        """The expression in the place of a call."""
        function = callee(node, self.context.program)
        match function, node.args:
            case builtins.reversed, [gast.Call(args=[inner]) as listed] if (
                self._is_list(listed) and _is_iterator(inner, self.context)
            ):  # loops know `reversed(list(zip(x, y)))`
                self.generic_visit(inner)
                return node
        self.generic_visit(node)
        if function is collections.deque and not node.keywords:
            return self._listed(node)
        if not self.context.suspect(node):
            return node
        made = self._made(node, function)
        return node if made is None else build.place(made, node)

    def _is_list(self, node: Any) -> bool:
        return callee(node, self.context.program) in (builtins.list, builtins.tuple)

    def _listed(self, node: Any) -> Any:
        if node.args:
            made: Any = build.call(self.context.builtin("list"), *node.args[:1])
        else:
            made = gast.List([], gast.Load())
        return node if len(node.args) > 1 else build.place(made, node)

    def _made(self, node: Any, function: Any) -> Any:
        starred = any(isinstance(argument, gast.Starred) for argument in node.args)
        keywords = {k.arg: k.value for k in node.keywords}
        if starred or None in keywords:
            return None
        match function, node.args:
            case (builtins.map, [applied, *sequences]) if sequences and not keywords:
                return self._mapped(applied, sequences)
            case (builtins.filter, [applied, sequence]):
                return self._filtered(applied, sequence)
            case (itertools.chain, sequences) if sequences and not keywords:
                elements = [gast.Starred(s, gast.Load()) for s in sequences]
                return gast.List(elements, gast.Load())
            case (itertools.product, sequences) if sequences and not keywords:
                return self._product(sequences)
            case (itertools.pairwise, [gast.Name() as sequence]):
                return self._pairs(sequence)
            case ((builtins.list | builtins.tuple), [sequence]) if _is_iterator(
                sequence, self.context
            ):
                node.args = [_collected(sequence, self.context)]
                return node.args[0] if function is builtins.list else node
            case _, [sequence] if function in _ORDERING:
                return self._ordered(node, sequence, keywords)
        return None

    # --- comprehensions ---------------------------------------------------------------

    def _mapped(self, applied: Any, sequences: list[Any]) -> Any:
        names = self._parameters(applied, len(sequences))
        element = names and _applied(applied, names)
        if not element:
            return None
        target = _targets(names)
        source = sequences[0]
        if len(sequences) > 1:
            source = build.call(self.context.builtin("zip"), *sequences)
        return _generator(element, [(target, source)])

    def _filtered(self, applied: Any, sequence: Any) -> Any:
        if isinstance(applied, gast.Constant) and applied.value is None:
            names = [self._new("element")]
            test: Any = build.load(names[0])
        else:
            names = self._parameters(applied, 1)
            test = names and _applied(applied, names)
        if not test:
            return None
        made = _generator(build.load(names[0]), [(_targets(names), sequence)])
        made.generators[0].ifs.append(test)
        return made

    def _product(self, sequences: list[Any]) -> Any:
        names = [self._new("element") for _ in sequences]
        element = gast.Tuple([build.load(name) for name in names], gast.Load())
        loops = [(build.store(n), s) for n, s in zip(names, sequences, strict=True)]
        return _generator(element, loops)

    def _pairs(self, sequence: Any) -> Any:
        first = gast.Slice(None, build.constant(-1), None)
        second = gast.Slice(build.constant(1), None, None)
        parts = [
            build.subscript(build.duplicate(sequence), bounds)
            for bounds in (first, second)
        ]
        return build.call(self.context.builtin("zip"), *parts)

    # --- orders -----------------------------------------------------------------------

    def _ordered(self, node: Any, sequence: Any, keywords: dict[str, Any]) -> Any:
        """`sorted(xs, key=f)` and the extremes, also of tuples that have no key."""
        is_iterator = _is_iterator(sequence, self.context)
        is_collected = is_iterator or isinstance(sequence, _COLLECTIONS)
        if not is_collected and not isinstance(sequence, gast.Name):
            return None
        if "key" in keywords:
            names = self._parameters(keywords["key"], 1)
            key = names and _applied(keywords["key"], names)
        elif is_iterator or (is_collected and _has_structures(sequence)):
            names = [self._new("element")]
            key = build.load(names[0])
        else:
            return None
        if not key:
            return None
        rest = [k for k in node.keywords if k.arg != "key"]
        if isinstance(sequence, gast.Name):  # maybe a dict
            sequence = build.call(self.context.builtin("list"), sequence)
        elif not isinstance(sequence, gast.ListComp):
            sequence = _collected(sequence, self.context)
        items = self._new("items")
        named = gast.NamedExpr(build.store(items), sequence)
        return self._by_places(node, named, items, (names[0], key), rest)

    def _by_places(
        self, node: Any, first: Any, items: str, key: tuple[str, Any], rest: list[Any]
    ) -> Any:
        """Items by the order of their places; `first` is how they are read at first."""
        is_sorting = callee(node, self.context.program) is builtins.sorted
        index = self._new("index")
        counted = first if is_sorting else build.load(items)
        length = build.call(self.context.builtin("len"), counted)
        part = build.subscript(build.load(items), build.load(index))
        ranked = gast.Lambda(_arguments([index]), replaced(key[1], key[0], part))
        places = build.call(self.context.builtin("range"), length)
        order = build.call(build.duplicate(node.func), places)
        order.keywords = [gast.keyword("key", ranked), *rest]
        if not is_sorting:
            return build.subscript(first, order)
        at = self._new("index")
        element = build.subscript(build.load(items), build.load(at))
        generator = gast.comprehension(build.store(at), order, [], 0)
        return gast.ListComp(element, [generator])

    # --- functions --------------------------------------------------------------------

    def _parameters(self, applied: Any, count: int) -> list[str]:
        """Names for the arguments of a function; none if it cannot be written out."""
        if isinstance(applied, gast.Name | gast.Attribute):
            return [self._new("element") for _ in range(count)]
        return lambda_names(applied, count)

    def _new(self, wish: str) -> str:
        return self.context.new(wish, suspect=True)


def _is_iterator(node: Any, context: Context) -> bool:
    """Whether an expression is a call of one of `_ITERATORS`."""
    return isinstance(node, gast.Call) and any(
        callee(node, context.program) is function for function in _ITERATORS
    )


def _collected(iterable: Any, context: Context) -> Any:
    """`[element for element in iterable]`."""
    if isinstance(iterable, gast.GeneratorExp):
        return as_list(iterable)
    name = context.new("element", suspect=True)
    generator = gast.comprehension(build.store(name), iterable, [], 0)
    return gast.ListComp(build.load(name), [generator])


def _has_structures(node: Any) -> bool:
    """Whether what is collected are tuples or lists."""
    elements = node.elts if isinstance(node, gast.List | gast.Tuple) else [node.elt]
    return any(isinstance(e, gast.Tuple | gast.List) for e in elements)


def is_fold(node: Any, context: Context) -> bool:
    """Whether an expression is `reduce(f, xs)` of what can be written out."""
    if not isinstance(node, gast.Call) or node.keywords:
        return False
    if callee(node, context.program) is not functools.reduce:
        return False
    return 2 <= len(node.args) <= 3 and (
        isinstance(node.args[0], gast.Name | gast.Attribute)
        or bool(lambda_names(node.args[0], 2))
    )


def folded(node: Any, name: str, context: Context) -> list[Any]:
    """`name = reduce(f, xs, start)` as a loop."""
    applied, sequence, *start = node.args
    element = context.new("element", suspect=True)
    names = lambda_names(applied, 2) or [name, element]
    value = _applied(applied, names)
    for old, new in zip(names, (name, element), strict=True):
        value = replaced(value, old, build.load(new))
    block: list[Any] = []
    if start:
        block.append(build.assign(name, start[0]))
    else:
        items = context.new("items", suspect=True)
        if not isinstance(sequence, gast.Name):  # maybe an iterator
            sequence = _collected(sequence, context)
        block.append(build.assign(items, sequence))
        first = build.subscript(build.load(items), build.constant(0))
        block.append(build.assign(name, first))
        rest = gast.Slice(build.constant(1), None, None)
        sequence = build.subscript(build.load(items), rest)
    step = build.assign(name, value)
    return [*block, build.for_(element, sequence, [step])]


def lambda_names(applied: Any, count: int) -> list[str]:
    """The parameters of a lambda with so many plain ones; none for anything else.

    >>> import ast
    >>> made = gast.ast_to_gast(ast.parse("lambda x, y: x * y", mode="eval")).body
    >>> lambda_names(made, 2), lambda_names(made, 1)
    (['x', 'y'], [])
    """
    if not isinstance(applied, gast.Lambda):
        return []
    arguments = applied.args
    names = [p.id for p in arguments.args]
    plain = len(names) == count and not (
        arguments.posonlyargs
        or arguments.vararg
        or arguments.kwonlyargs
        or arguments.kwarg
        or arguments.defaults
    )
    return names if plain else []


def _applied(applied: Any, names: list[str]) -> Any:
    if isinstance(applied, gast.Lambda):
        return build.duplicate(applied.body)
    return build.call(build.duplicate(applied), *map(build.load, names))


def _targets(names: list[str]) -> Any:
    if len(names) == 1:
        return build.store(names[0])
    return gast.Tuple([build.store(name) for name in names], gast.Store())


def _generator(element: Any, loops: list[tuple[Any, Any]]) -> Any:
    generators = [gast.comprehension(target, source, [], 0) for target, source in loops]
    return gast.GeneratorExp(element, generators)


def _arguments(names: list[str]) -> Any:
    return gast.arguments([build.param(n) for n in names], [], None, [], [], None, [])


def replaced(node: Any, name: str, value: Any) -> Any:
    """An expression with another one in the place of a name."""
    if isinstance(node, gast.Name) and node.id == name:
        return build.duplicate(value)
    for inner in walk(node):
        for field, child in gast.iter_fields(inner):
            if isinstance(child, list):
                child[:] = [_one(c, name, value) for c in child]
            else:
                setattr(inner, field, _one(child, name, value))
    return node


def _one(child: Any, name: str, value: Any) -> Any:
    found = isinstance(child, gast.Name) and child.id == name
    return build.duplicate(value) if found else child


__all__ = ["folded", "is_fold", "lambda_names", "replaced", "spell_out"]
