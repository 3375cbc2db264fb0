"""Every stage of a compilation as a Python program that runs."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from sourcediff.compile import compile_gradient, compile_vjp
from sourcediff.compile.analyse import program_of
from sourcediff.compile.callees import Callee
from sourcediff.compile.session import Session
from sourcediff.compile.unit import Unit
from sourcediff.emit import print_program
from sourcediff.emit.free import free_names
from sourcediff.front.resolve import outer_values
from sourcediff.front.source import plain_function
from sourcediff.kinds import Kind, is_differentiable


@dataclass(frozen=True)
class Stage:
    """A stage: what it is, and its text with the imports that the text needs."""

    title: str
    text: str

    def __str__(self) -> str:
        return f"# --- {self.title}\n\n{self.text}"


def stages(
    function: Any, environment: Mapping[str, Kind], wrt: tuple[str, ...]
) -> list[Stage]:
    """The stages of a compilation, in order.

    These are the function in normal form, the forward sweep (which returns the value
    and what it keeps), the reverse sweep (from what was kept and the cotangent of the
    value), and the gradient, in which both are put together.
    """
    normal = Session().analysed(function, environment, frozenset(wrt)).program
    tree = normal.node
    known = {**normal.statics, **outer_values(plain_function(function))}
    wanted = tuple(n for n in wrt if is_differentiable(environment[n])) or wrt
    split = compile_vjp(function, environment, wanted)
    whole = compile_gradient(function, environment, wrt, len(wrt) == 1, False)
    backward = [unit for unit in split.units if unit.name.endswith("_bwd")]
    forward = [unit for unit in split.units if unit not in backward]
    return [
        Stage("normal form", _runnable(print_program(tree).text, known)),
        Stage("forward sweep", _joined(forward)),
        Stage("reverse sweep", _joined(backward)),
        Stage("gradient", _joined(list(whole.units))),
    ]


def _joined(units: list[Unit]) -> str:
    text = "\n\n".join(print_program(unit.tree).text for unit in units)
    scope: dict[str, Any] = {}
    for unit in units:
        scope |= {**outer_values(plain_function(unit.function)), **unit.bindings}
        scope |= program_of(unit.function).statics
    return _runnable(text, scope)


def _runnable(text: str, scope: Mapping[str, Any]) -> str:
    """A text under the imports of what it names."""
    lines = [
        line
        for name in free_names(text)
        for line in _import(name, scope.get(name, getattr(builtins, name, None)))
    ]
    lines.sort(key=lambda line: (not line.startswith("import"), line))
    head = "\n".join(lines)
    return f"{head}\n\n\n{text}" if head else text


def _import(name: str, value: Any) -> Iterator[str]:
    if value is None or value is getattr(builtins, name, None):
        return
    if isinstance(value, ModuleType):
        alias = "" if value.__name__ == name else f" as {name}"
        yield f"import {value.__name__}{alias}"
        return
    module = getattr(value, "__module__", None)
    own = getattr(value, "__name__", name)
    if module and getattr(sys.modules.get(module), own, None) is value:
        alias = "" if own == name else f" as {name}"
        yield f"from {module} import {own}{alias}"
    else:
        yield f"# {name} is {_described(value)}"


def _described(value: Any) -> str:
    """What an object is, in one line and the same in every process."""
    if isinstance(value, Callee):
        return f"{_described(value.program.function)}.<locals>.{value.__name__}"
    if hasattr(value, "__qualname__"):
        return ".".join(filter(None, (value.__module__, value.__qualname__)))
    return re.sub(" at 0x[0-9a-f]+", "", " ".join(repr(value).split()))
