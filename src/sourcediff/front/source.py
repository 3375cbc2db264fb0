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
from sourcediff.front.freshness import is_fresh, unmangled
from sourcediff.ir import Origin
from sourcediff.trees import from_ast, walk

#: Its functions have derivatives of their own, such as a user's `Function.backward`.
_TAPE = "sourcediff.tensor"

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
    if (plain.__module__ or "").startswith(_TAPE):
        raise NoSource(code.co_name, "it belongs to the tape, which runs it")
    lines = _file_lines(plain)
    found, name = _definition_of(code, lines)
    bare = _as_function(found, name)
    if not is_fresh(plain, found if isinstance(found, ast.Lambda) else bare):
        raise NoSource(
            code.co_name, f"{code.co_filename} has changed since it was defined"
        )
    tree = from_ast(bare)
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
        raise NoSource(
            _name_of(function), f"there is no text of {file}; define it in a file"
        )
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
    above = "\n" * (first - 2) + "if True:\n" if indent else "\n" * (first - 1)
    try:
        tree = ast.parse(above + text)
    except SyntaxError:
        return None
    body = tree.body[0].body if isinstance(tree.body[0], ast.If) else tree.body
    match body:
        case [ast.FunctionDef() | ast.AsyncFunctionDef() as node] if (
            node.name == code.co_name and _first_line(node) == first
        ):
            return node
    return None


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _last_line(code: CodeType) -> int:
    lines = [line or 0 for _, _, line in code.co_lines()]
    inner = [_last_line(c) for c in code.co_consts if isinstance(c, CodeType)]
    return max([code.co_firstlineno, *lines, *inner])


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
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(d.lineno for d in decorators)])


def _is_named(node: Definition, name: str) -> bool:
    return name == "<lambda>" if isinstance(node, ast.Lambda) else node.name == name


def _is_at(node: Definition, code: CodeType) -> bool:
    """Whether the code's instructions cover exactly the node's last expression."""
    body = node.body if isinstance(node, ast.Lambda) else node.body[-1]
    place = (body.lineno, body.end_lineno, body.col_offset, body.end_col_offset)
    return place in set(code.co_positions())


def _as_function(node: Definition, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    """A definition as a function without its decorators and annotations."""
    if isinstance(node, ast.Lambda):
        body: list[ast.stmt] = [ast.copy_location(ast.Return(node.body), node.body)]
        made = ast.FunctionDef(name, node.args, body, [], None, None)
        if "type_params" in ast.FunctionDef._fields:
            setattr(made, "type_params", [])  # noqa: B010
        return ast.copy_location(made, node)
    node = copy.copy(node)
    node.decorator_list = []
    node.returns = None
    if "type_params" in node._fields:
        setattr(node, "type_params", [])  # noqa: B010
    node.args = arguments = copy.copy(node.args)
    for field in ("posonlyargs", "args", "kwonlyargs"):
        setattr(arguments, field, list(map(_plain, getattr(arguments, field))))
    arguments.vararg = arguments.vararg and _plain(arguments.vararg)
    arguments.kwarg = arguments.kwarg and _plain(arguments.kwarg)
    return node


def _plain(parameter: ast.arg) -> ast.arg:
    """A parameter without its annotation."""
    return ast.copy_location(ast.arg(parameter.arg, None, None), parameter)


def _mangle_private_names(tree: Any, code: CodeType) -> None:
    """Give `__name` inside a class the name that Python compiled it to."""
    mangled = {
        unmangled(name): name
        for name in (*code.co_names, *code.co_varnames)
        if unmangled(name) != name
    }
    if not mangled:
        return
    for node in walk(tree):
        if isinstance(node, gast.Attribute):
            node.attr = mangled.get(node.attr, node.attr)
        elif isinstance(node, gast.Name):
            node.id = mangled.get(node.id, node.id)
