"""Text that numbers are written into: what is read from it has no derivative."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from io import TextIOBase
from typing import Any

import gast

from sourcediff.ir import Program
from sourcediff.rules import WRITERS_OF_TEXT

#: What is said where such text reaches the result.
READ_FROM_TEXT = "what is read from text has no derivative; use the number itself"


def writes_text(node: Any, callee: Callable[[Any], Any]) -> bool:
    """Whether an expression is the text of what it is made of.

    >>> def kind(text):
    ...     return writes_text(gast.parse(text, mode="eval").body, lambda node: str)
    >>> kind("f'{x}'"), kind("'%r' % x"), kind("str(x)"), kind("x % 2")
    (True, True, True, False)
    """
    match node:
        case gast.JoinedStr():
            return True
        case gast.BinOp(left=left, op=gast.Mod()):
            return is_text(left)
        case gast.Call():
            return callee(node) in WRITERS_OF_TEXT
        case _:
            return False


def is_text(node: Any) -> bool:
    """Whether an expression is text as it stands."""
    if isinstance(node, gast.Constant):
        return isinstance(node.value, str)
    return isinstance(node, gast.JoinedStr)


def only_reports(node: Any, program: Program) -> bool:
    """Whether a call writes to a log, or to a file, that was there before."""
    if not isinstance(node.func, gast.Attribute):
        return False
    owner = _outside(node.func.value, program)
    return owner is logging or isinstance(owner, logging.Logger | TextIOBase)


def _outside(node: Any, program: Program) -> Any:
    """What a global name, or an attribute of a module, stands for now."""
    match node:
        case gast.Name(id=identifier) if identifier in program.data:
            return getattr(program.function, "__globals__", {}).get(identifier)
        case gast.Name(id=identifier):
            return program.statics.get(identifier)
        case gast.Attribute(value=gast.Name(id=identifier), attr=attr):
            module = program.statics.get(identifier)
            return getattr(module, attr, None) if inspect.ismodule(module) else None
        case _:
            return None
