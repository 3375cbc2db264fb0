"""Normalise functions, check the normal form, and compare with the original's runs."""

import ast
import copy
import itertools
import linecache
import textwrap
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import gast
import numpy as np

from sourcediff.front import normalize, read_source, resolve
from sourcediff.front.resolve import outer_values
from sourcediff.front.source import plain_function
from sourcediff.front.suspects import Suspicion
from sourcediff.ir import Program

STATEMENTS = (
    gast.Assign,
    gast.AugAssign,
    gast.Expr,
    gast.If,
    gast.For,
    gast.While,
    gast.Break,
    gast.Continue,
    gast.Return,
    gast.Pass,
    gast.Assert,
    gast.Raise,
    gast.Delete,
    gast.With,
    gast.FunctionDef,
)
LOG: list[Any] = []
_counter = itertools.count()


def note(x: Any) -> Any:
    """An effect whose order shows."""
    LOG.append(copy.deepcopy(x))
    return x


def define(text: str, **names: Any) -> Callable[..., Any]:
    """The function of a source text, findable by its lines as in a notebook."""
    text = textwrap.dedent(text)
    file = f"<test {next(_counter)}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope = {"np": np, "note": note, **names}
    exec(compile(text, file, "exec"), scope)
    return [
        v
        for v in scope.values()
        if getattr(v, "__code__", None) and v.__code__.co_filename == file
    ][-1]


def normal_form(
    function: Callable[..., Any],
    suspects: Iterable[str] | None = None,
    kinds: Mapping[str, Any] | None = None,
) -> Program:
    program = resolve(function, *read_source(function))
    names = program.parameters if suspects is None else suspects
    program = normalize(program, frozenset(names), kinds or {})
    check_normal_form(program, Suspicion(program, names, kinds or {}))
    return program


def text_of(program: Program) -> str:
    tree = gast.gast_to_ast(copy.deepcopy(program.node))
    return ast.unparse(ast.fix_missing_locations(tree))


def normal_text(function: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    return text_of(normal_form(function, *args, **kwargs))


def compiled(program: Program) -> Callable[..., Any]:
    plain = plain_function(program.function)
    scope = {**outer_values(plain), **program.statics}
    exec(compile(text_of(program), "<normal form>", "exec"), scope)
    made = scope[program.name]
    made.__defaults__, made.__kwdefaults__ = plain.__defaults__, plain.__kwdefaults__
    return made


def run(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """What a call gives, writes and logs: result, arguments afterwards, log."""
    arguments = copy.deepcopy(arguments)
    LOG.clear()
    try:
        result = function(*arguments)
    except Exception as error:  # noqa: BLE001
        result = (type(error), str(error))
    return result, arguments, list(LOG)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, dict):
        return (
            isinstance(b, dict)
            and list(a) == list(b)
            and all(same(a[k], b[k]) for k in a)
        )
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, np.ndarray):
        return (
            isinstance(b, np.ndarray)
            and a.dtype == b.dtype
            and a.shape == b.shape
            and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        )
    if hasattr(a, "__dict__") and not callable(a):
        return type(a) is type(b) and same(vars(a), vars(b))
    return type(a) is type(b) and (a == b or (a != a and b != b))


def check(
    function: Callable[..., Any],
    *calls: tuple[Any, ...],
    suspects: Iterable[str] | None = None,
    kinds: Mapping[str, Any] | None = None,
) -> str:
    """The normal form does what the function does, call by call; its text."""
    program = normal_form(function, suspects, kinds)
    other = compiled(program)
    for arguments in calls:
        expected, got = run(function, arguments), run(other, arguments)
        assert same(expected, got), f"{expected} != {got}\n{text_of(program)}"
    return text_of(program)


def check_normal_form(program: Program, suspect: Suspicion) -> None:
    """The shape that `sourcediff.ir` promises; passive loops are as they were."""
    nodes = [
        n for n in gast.walk(program.node) if not isinstance(n, CONTEXTS_AND_OPERATORS)
    ]
    assert len({id(n) for n in nodes}) == len(nodes), "a node occurs twice"
    for node in nodes:
        if isinstance(node, gast.stmt | gast.expr):
            assert node.lineno is not None, gast.dump(node)
    _check_block(program.node.body, False, suspect)


CONTEXTS_AND_OPERATORS = (
    gast.expr_context,
    gast.operator,
    gast.cmpop,
    gast.boolop,
    gast.unaryop,
)


def _check_block(block: list[Any], loop: bool, suspect: Suspicion) -> None:
    for index, statement in enumerate(block):
        last = index == len(block) - 1
        assert isinstance(statement, STATEMENTS), type(statement)
        if isinstance(statement, gast.Return):
            assert last, "a return before the end of its path"
            assert not loop, "a return in a loop"
            assert statement.value is not None
        if isinstance(statement, gast.Break | gast.Continue):
            assert last, "a jump before the end of its path"
            assert loop, "a jump outside of a loop"
        if isinstance(statement, gast.If) and not last:
            assert not any(_jumps(statement)), "statements after a jump"
        if isinstance(statement, gast.If):
            _check_block(statement.body, loop, suspect)
            _check_block(statement.orelse, loop, suspect)
        if isinstance(statement, gast.For | gast.While) and suspect.stores(statement):
            assert not statement.orelse
            _check_block(statement.body, True, suspect)
        if isinstance(statement, gast.With):
            assert not any(_jumps(statement))
        if isinstance(statement, gast.FunctionDef) and suspect.mentioned(statement):
            _check_block(statement.body, False, suspect)


def _jumps(statement: Any) -> Iterable[Any]:
    if isinstance(statement, gast.Return | gast.Break | gast.Continue):
        yield statement
    if isinstance(statement, gast.If | gast.With):
        for inner in [*statement.body, *getattr(statement, "orelse", [])]:
            yield from _jumps(inner)


def lowers(
    before: str,
    after: str,
    *calls: tuple[Any, ...],
    suspects: Iterable[str] | None = None,
    kinds: Mapping[str, Any] | None = None,
    **names: Any,
) -> None:
    """The text `before` has the normal form `after`, which does the same."""
    function = define(before, **names)
    got = check(function, *calls, suspects=suspects, kinds=kinds)
    assert got == ast.unparse(ast.parse(textwrap.dedent(after)))


def stays(text: str, *calls: tuple[Any, ...], **options: Any) -> None:
    """The text is in normal form already."""
    lowers(text, text, *calls, **options)
