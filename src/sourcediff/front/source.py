"""A function object's source as a gast tree, at the lines of the user's file."""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import linecache
from collections.abc import Iterator, Sequence
from types import CodeType, FunctionType, MethodType
from typing import Any, TypeAlias

import gast

from sourcediff.errors import NoSource
from sourcediff.ir import Origin

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


def read_source(function: Any) -> tuple[Any, Origin]:
    """The gast FunctionDef of a function, without decorators and annotations.

    A lambda becomes a function with one return, named as the variable that it is
    assigned to, else `lambda_`. Raises `NoSource` where there is no text, or where
    the text is not what the function was made from.

    >>> import textwrap
    >>> tree, origin = read_source(textwrap.dedent)
    >>> tree.name, origin.text(tree.lineno)
    ('dedent', 'def dedent(text):')
    """
    plain = plain_function(function)
    code = plain.__code__
    lines = _file_lines(plain)
    found, name = _definition_of(code, lines)
    bare = _as_function(found, name)
    _check_up_to_date(code, bare)
    tree = gast.ast_to_gast(bare)
    if "." in plain.__qualname__:
        _mangle_private_names(tree, code)
    first, last = found.lineno, found.end_lineno or found.lineno
    text = tuple(line.rstrip("\n") for line in lines[first - 1 : last])
    return tree, Origin(code.co_filename, first, text)


def plain_function(function: Any) -> FunctionType:
    """The Python function behind a method, a staticmethod or a cache.

    A wrapper made with `functools.wraps` is a function of its own: what it adds
    belongs to its value, so it is not looked through.
    """
    seen = function
    while not isinstance(seen, FunctionType):
        if isinstance(seen, MethodType | staticmethod | classmethod):
            seen = seen.__func__
        elif isinstance(seen, functools.partial):
            raise NoSource(_name_of(function), "it is a functools.partial object")
        elif isinstance(getattr(seen, "py_func", None), FunctionType):
            seen = seen.py_func  # a function compiled by numba
        elif isinstance(seen, functools._lru_cache_wrapper):
            seen = seen.__wrapped__
        elif inspect.isclass(seen):
            raise NoSource(_name_of(function), "it is a class")
        elif isinstance(method := vars(type(seen)).get("__call__"), FunctionType):
            seen = method
        else:
            raise NoSource(_name_of(function), "it is not written in Python")
    return seen


def _name_of(function: Any) -> str:
    return getattr(function, "__name__", None) or type(function).__name__


def _file_lines(function: FunctionType) -> Sequence[str]:
    file = function.__code__.co_filename
    linecache.checkcache(file)
    lines = linecache.getlines(file, function.__globals__)
    if not lines:
        raise NoSource(_name_of(function), f"there is no text of {file}")
    return lines


def _definition_of(code: CodeType, lines: Sequence[str]) -> tuple[Definition, str]:
    """The syntax tree of a code object, and the name that the function gets."""
    if code.co_name != "<lambda>":
        found = _parse_block(code, lines)
        if found is not None:
            return found, found.name
    candidates = [
        (node, name)
        for node, name in _definitions(_parse_file("".join(lines)))
        if _first_line(node) == code.co_firstlineno and _is_named(node, code.co_name)
    ]
    if len(candidates) > 1:
        candidates = [c for c in candidates if _is_at(c[0], code)]
    if len(candidates) != 1:
        raise NoSource(
            code.co_name,
            f"its definition was not found at line {code.co_firstlineno} "
            f"of {code.co_filename}",
        )
    return candidates[0]


def _parse_block(
    code: CodeType, lines: Sequence[str]
) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The definition, parsed from its own lines only.

    The block ends before the first line that is indented no deeper than its head. A
    cut inside a string or a bracket leaves a syntax error, never a shorter function.
    """
    first = code.co_firstlineno
    if first > len(lines):
        return None
    indent = _indentation(lines[first - 1])
    end = max(first, _last_line(code))
    while end < len(lines) and (
        not lines[end].strip()
        or lines[end].lstrip().startswith("#")
        or _indentation(lines[end]) > indent
    ):
        end += 1
    text = "".join(lines[first - 1 : end])
    try:
        tree = ast.parse("if True:\n" + text if indent else "\n" + text)
    except SyntaxError:
        return None
    body = tree.body[0].body if isinstance(tree.body[0], ast.If) else tree.body
    match body:
        case [ast.FunctionDef() | ast.AsyncFunctionDef() as node] if (
            node.name == code.co_name and _first_line(node) == 2
        ):
            ast.increment_lineno(node, first - 2)
            return node
    return None


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _last_line(code: CodeType) -> int:
    last: int = max(line or 0 for _, _, line in code.co_lines())
    inner = [_last_line(c) for c in code.co_consts if isinstance(c, CodeType)]
    return max([code.co_firstlineno, last, *inner])


@functools.lru_cache(maxsize=32)
def _parse_file(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except SyntaxError:  # a cell with magics, or a file edited since
        return ast.Module([], [])


def _definitions(tree: ast.AST) -> Iterator[tuple[Definition, str]]:
    """Every function in a tree with its name; a lambda's is its variable's."""
    named: dict[ast.Lambda, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node, name
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda() as value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.Lambda() as value)
                | ast.NamedExpr(target=ast.Name(id=name), value=ast.Lambda() as value)
            ):
                named[value] = name
            case ast.Lambda():
                yield node, named.get(node, "lambda_")


def _first_line(node: Definition) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def _is_named(node: Definition, name: str) -> bool:
    return name == "<lambda>" if isinstance(node, ast.Lambda) else node.name == name


def _is_at(node: Definition, code: CodeType) -> bool:
    """Whether the code's instructions cover exactly the node's last expression."""
    body = node.body if isinstance(node, ast.Lambda) else node.body[-1]
    place = (body.lineno, body.end_lineno, body.col_offset, body.end_col_offset)
    return place in set(code.co_positions())


def _check_up_to_date(code: CodeType, node: ast.stmt) -> None:
    """Refuse a text that compiles to other names or constants than the function has."""
    module = ast.Module([node], [])
    ast.fix_missing_locations(module)
    flags = code.co_flags & _FUTURES
    compiled = compile(module, code.co_filename, "exec", flags, dont_inherit=True)
    fresh = next(c for c in compiled.co_consts if isinstance(c, CodeType))
    mine, theirs = _content(code), _content(fresh)
    rewritten = any(str(word).startswith("@py") for word in mine)  # pytest's asserts
    if rewritten:
        mine, theirs = set(), {word for word in theirs - mine if _is_telling(word)}
    if mine != theirs:
        raise NoSource(
            code.co_name, f"{code.co_filename} has changed since it was defined"
        )


# CO_FUTURE_ANNOTATIONS, _GENERATOR_STOP, _BARRY_AS_BDFL and _UNICODE_LITERALS.
_FUTURES = 0x01000000 | 0x00800000 | 0x00400000 | 0x00100000


def _content(code: CodeType) -> set[Any]:
    """The names and constants of a code object and those within it."""
    names: set[Any] = {
        _unmangled(name)
        for name in (*code.co_names, *code.co_varnames, *code.co_freevars)
    }
    names.update(map(_unmangled, code.co_cellvars))
    names -= {"__class__", "__classdict__", "__static_attributes__"}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= _content(constant)
        else:
            names.add((type(constant), repr(constant)))
    return names


def _is_telling(word: Any) -> bool:
    """Whether pytest's rewriting of asserts leaves a word in the code."""
    return not isinstance(word, tuple) or word[0] in (int, float, complex)


def _unmangled(name: str) -> str:
    head, dunder, tail = name[1:].partition("__")
    return f"__{tail}" if name.startswith("_") and head and dunder and tail else name


def _as_function(node: Definition, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """A definition as a function without its decorators and annotations."""
    if isinstance(node, ast.Lambda):
        body: list[ast.stmt] = [ast.copy_location(ast.Return(node.body), node.body)]
        made = ast.FunctionDef(name, node.args, body, [], None, None)
        if "type_params" in ast.FunctionDef._fields:
            setattr(made, "type_params", [])  # noqa: B010
        return ast.copy_location(made, node)
    node = copy.deepcopy(node)
    node.decorator_list = []
    node.returns = None
    if "type_params" in node._fields:
        setattr(node, "type_params", [])  # noqa: B010
    arguments = node.args
    for parameter in (
        *arguments.posonlyargs,
        *arguments.args,
        *arguments.kwonlyargs,
        *filter(None, (arguments.vararg, arguments.kwarg)),
    ):
        parameter.annotation = None
    return node


def _mangle_private_names(tree: Any, code: CodeType) -> None:
    """Give `__name` inside a class the name that Python compiled it to."""
    mangled = {
        _unmangled(name): name
        for name in (*code.co_names, *code.co_varnames)
        if _unmangled(name) != name
    }
    if not mangled:
        return
    for node in gast.walk(tree):
        if isinstance(node, gast.Attribute):
            node.attr = mangled.get(node.attr, node.attr)
        elif isinstance(node, gast.Name):
            node.id = mangled.get(node.id, node.id)
