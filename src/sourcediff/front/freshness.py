"""Whether a function was made from the text that its file holds now."""

from __future__ import annotations
import __future__

import ast
import dis
from types import CodeType, FunctionType
from types import ModuleType as Module
from typing import Any

#: What a class body adds to the variables of its methods.
_OF_CLASSES = frozenset({"__class__", "__classdict__"})


def is_fresh(function: FunctionType, node: ast.stmt | ast.Lambda) -> bool:
    """Whether a definition, without its decorators, compiles to a function's code.

    >>> import inspect, textwrap
    >>> text = inspect.getsource(textwrap.shorten)
    >>> is_fresh(textwrap.shorten, ast.parse(text).body[0])
    True
    >>> text = text.replace("width=width", "width=width + 1")
    >>> is_fresh(textwrap.shorten, ast.parse(text).body[0])
    False
    """
    code = function.__code__
    flags = code.co_flags & __future__.annotations.compiler_flag
    module = _enclosed(node, function)
    compiled = compile(module, code.co_filename, "exec", flags, dont_inherit=True)
    made = _last_code(_last_code(compiled))
    if any(name.startswith("@py") for name in _names(code)):
        return _numbers(made) <= _numbers(code)  # pytest has rewritten the asserts
    return _same(code, made)


def _last_code(code: CodeType) -> CodeType:
    """The function that a code object defines; those of its defaults come before."""
    return [c for c in code.co_consts if isinstance(c, CodeType)][-1]


def _enclosed(node: Any, function: FunctionType) -> ast.Module:
    """A module with a definition in surroundings like its own.

    The free variables are bound around it, and the modules that the function uses are
    imported, because Python compiles calls of their attributes differently.
    """
    code = function.__code__
    used = [n for n in code.co_names if isinstance(function.__globals__.get(n), Module)]
    lines = [f"import {name}" for name in used if name.isidentifier()]
    free = [name for name in code.co_freevars if name.isidentifier()]
    lines.append(f"def outer(): {' = '.join([*free, 'None'])}")
    module = ast.parse("\n".join(lines))
    outer = module.body[-1]
    assert isinstance(outer, ast.FunctionDef)
    own = getattr(node, "name", None)
    if own in _looked_up(code).difference(free):  # it calls itself as a global
        outer.body.insert(0, ast.copy_location(ast.Global([own]), outer))
    if isinstance(node, ast.expr):
        node = ast.copy_location(ast.Expr(node), node)
    outer.body.append(node)
    return module


def _looked_up(code: CodeType) -> set[str]:
    """The global names of a function, of its comprehensions and inner functions."""
    inner = [c for c in code.co_consts if isinstance(c, CodeType)]
    return set(code.co_names).union(*map(_looked_up, inner))


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, CodeType) and isinstance(b, CodeType):
        return (
            _names(a) == _names(b)
            and (a.co_code == b.co_code or _steps(a) == _steps(b))
            and len(a.co_consts) == len(b.co_consts)
            and all(map(_same, a.co_consts, b.co_consts))
        )
    if isinstance(a, str) and isinstance(b, str):  # maybe a class's qualified name
        return a.rpartition(".<locals>.")[2] == b.rpartition(".<locals>.")[2]
    return type(a) is type(b) and repr(a) == repr(b)


def _steps(code: CodeType) -> list[tuple[str, Any]]:
    """The instructions, without the ways in which Python may call an attribute."""
    steps: list[dis.Instruction] = []
    index = {}
    for instruction in dis.get_instructions(code):
        index[instruction.offset] = len(steps)  # a jump may lead to one left out
        if instruction.opname not in _CALLING:
            steps.append(instruction)
    return [
        (
            step.opname.replace("METHOD", "ATTR"),
            index[step.argval] if step.opcode in _JUMPS else _plain(step.argval),
        )
        for step in steps
    ]


_CALLING = frozenset({"PUSH_NULL", "PRECALL", "EXTENDED_ARG", "CACHE"})
_JUMPS = frozenset([*dis.hasjrel, *dis.hasjabs])


def _plain(value: Any) -> Any:
    return None if isinstance(value, CodeType) else repr(value)


def _names(code: CodeType) -> list[str]:
    used = (*code.co_names, *code.co_varnames, *code.co_cellvars)
    free = [name for name in code.co_freevars if name not in _OF_CLASSES]
    return [unmangled(name) for name in (*used, *free)]


def _numbers(code: CodeType) -> set[str]:
    found = {repr(c) for c in code.co_consts if isinstance(c, int | float | complex)}
    inner = [c for c in code.co_consts if isinstance(c, CodeType)]
    return found.union(*map(_numbers, inner))


def unmangled(name: str) -> str:
    """The `__name` that Python compiled to `_Class__name`; other names as they are."""
    head, dunder, tail = name[1:].partition("__")
    private = name.startswith("_") and head and dunder and tail
    return f"__{tail}" if private else name
