"""Built-in functions that take functions, written as comprehensions of suspects."""

from __future__ import annotations

import builtins
import collections
import functools
import itertools
import operator
from typing import Any

import gast
import numpy as np

from sourcediff.front import build
from sourcediff.front.comprehensions import as_list
from sourcediff.front.context import Context
from sourcediff.front.purity import callee
from sourcediff.front.resolve import static_value
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
    *(itertools.combinations, itertools.permutations, itertools.islice),
    *(itertools.combinations_with_replacement, itertools.accumulate),
    builtins.zip,
)
#: What tells the second place of a pair from the first.
_APART = {
    itertools.combinations: lambda i: (build.binary(i, gast.Add(), build.constant(1)),),
    itertools.combinations_with_replacement: lambda i: (i,),
    itertools.permutations: lambda i: (),
}
_SCANS: dict[Any, str] = {
    operator.add: "cumsum",
    operator.mul: "cumprod",
    np.add: "cumsum",
    np.multiply: "cumprod",
}


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
        match function, node.args, node.keywords:
            case builtins.zip, [gast.Starred(value=gast.Name() as rows)], []:
                return self._turned(rows)
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
            case _, [gast.Name() as sequence, gast.Constant(value=2)] if (
                function in _APART and not keywords
            ):
                return self._two_of(sequence, _APART[function])
            case (itertools.accumulate, [sequence, *applied]) if not (
                keywords or _is_iterator(sequence, self.context)
            ):
                return self._scanned(sequence, applied)
            case (itertools.islice, [sequence, *bounds]) if all(
                map(_is_bound, bounds)
            ) and not _is_iterator(sequence, self.context):
                bounds = [None, *bounds] if len(bounds) == 1 else bounds
                cut = gast.Slice(*bounds, *[None] * (3 - len(bounds)))
                return build.subscript(sequence, cut)
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

    def _two_of(self, sequence: Any, first: Any) -> Any:
        """The pairs of elements of a sequence, in the order of their places."""
        i, j = self._new("index"), self._new("index")
        length = build.call(self.context.builtin("len"), sequence)
        spans = [
            build.call(self.context.builtin("range"), *begin, build.duplicate(length))
            for begin in ((), first(build.load(i)))
        ]
        places = [(build.store(n), s) for n, s in zip((i, j), spans, strict=True)]
        parts = [
            build.subscript(build.duplicate(sequence), build.load(n)) for n in (i, j)
        ]
        made = _generator(gast.Tuple(parts, gast.Load()), places)
        if not first(build.load(i)):
            test = gast.Compare(build.load(i), [gast.NotEq()], [build.load(j)])
            made.generators[1].ifs.append(test)
        return made

    def _scanned(self, sequence: Any, applied: list[Any]) -> Any:
        """Sums and products of more and more elements of a sequence of one shape."""
        known = [static_value(a, self.context.program) for a in applied] or [
            operator.add
        ]
        scan = _SCANS.get(known[0]) if len(known) == 1 else None
        if scan is None:
            return None
        made = build.call(self.context.numpy(scan), sequence)
        made.keywords = [gast.keyword("axis", build.constant(0))]
        return made

    def _turned(self, rows: Any) -> Any:
        """`zip(*rows)` as a list of lists, as long as the shortest row."""
        i, row, other = (self._new(n) for n in ("index", "row", "row"))
        part = build.subscript(build.load(row), build.load(i))
        column = gast.ListComp(
            part, [gast.comprehension(build.store(row), build.duplicate(rows), [], 0)]
        )
        length = build.call(self.context.builtin("len"), build.load(other))
        lengths = gast.ListComp(
            length, [gast.comprehension(build.store(other), rows, [], 0)]
        )
        shortest = build.call(self.context.builtin("min"), lengths)
        span = build.call(self.context.builtin("range"), shortest)
        loop = gast.comprehension(build.store(i), span, [], 0)
        return gast.ListComp(column, [loop])

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


def _is_bound(node: Any) -> bool:
    """Whether a node is a bound of `islice`, which are not negative."""
    return isinstance(node, gast.Constant) and (node.value is None or node.value >= 0)


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
