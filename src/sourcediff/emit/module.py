"""Generated code as a module of its own, which needs NumPy and not sourcediff."""

from __future__ import annotations

import ast
import builtins
import itertools
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import gast

from sourcediff.emit.docstrings import docstring_lines
from sourcediff.emit.free import free_names
from sourcediff.emit.helpers import Definitions, Import, NotStandalone, imports_of
from sourcediff.emit.printer import Printed, print_program

_FUTURE = Import("__future__", "annotations", "annotations")
_ALWAYS_THERE = {*dir(builtins), "__name__", "__file__", "__doc__"}
_ALWAYS_THERE |= {"__annotations__"}  # in the body of a class


def standalone(
    programs: Sequence[Printed],
    imports: Sequence[str],
    helpers: Mapping[str, Any],
    origin: str,
    details: str = "",
) -> str:
    r'''The text of an importable module that holds the given programs.

    `imports` are the import statements that the programs need. `helpers` maps names by
    which they may call functions of `sourcediff.runtime` to these functions: those that
    they do name are copied, with all that these need. `origin` says what it is, and of
    what, in the docstring of the module; `details` follow there.

    Raises `NotStandalone` if a name would be missing in the module.

    >>> program = Printed("def f_grad(x):\n    return 2 * np.cos(x)\n", {})
    >>> origin = "The gradient of f (model.py:3)"
    >>> print(standalone([program], ["import numpy as np"], {}, origin), end="")
    """The gradient of f (model.py:3), written by sourcediff."""
    <BLANKLINE>
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def f_grad(x):
        return 2 * np.cos(x)
    '''
    bodies = [program.text.rstrip("\n") for program in programs]
    names = _names("\n".join(bodies))
    definitions = Definitions(names - helpers.keys())
    definitions.add({name: helpers[name] for name in helpers if name in names})
    imported = {each for line in imports for each in _parsed(line)}
    imported |= definitions.imports
    if definitions.texts:
        # The annotations of helpers may name what only a type checker knows.
        imported.add(_FUTURE)
    more = f"\n\n{details}\n" if details else ""
    docstring = f"{origin}, written by sourcediff.{more}"
    head = "\n".join(docstring_lines(docstring, 0))
    first = "\n\n".join([head, *_import_blocks(imported)])
    text = f"{first}\n\n\n{_spaced([*definitions.texts, *bodies])}\n"
    _check(text)
    return text


def _spaced(definitions: Sequence[str]) -> str:
    """Definitions one after the other, constants of one line without gaps."""
    lines = [definitions[0]]
    for before, definition in itertools.pairwise(definitions):
        gap = "\n\n" if "\n" in before or "\n" in definition else ""
        lines.append(gap + definition)
    return "\n".join(lines)


def _names(text: str) -> set[str]:
    tree = ast.parse(text)
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return defined | {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}


def _parsed(line: str) -> list[Import]:
    imports = [each for node in ast.parse(line).body for each in imports_of(node)]
    if not imports:
        raise NotStandalone(f"{line!r} is no absolute import")
    return imports


def _import_blocks(imports: Iterable[Import]) -> Iterator[str]:
    """The import statements: of the future, the standard library, and all others."""
    blocks: dict[int, list[Import]] = {}
    for each in sorted(imports, key=lambda i: (i.module, i.name or "", i.bound)):
        package = each.module.partition(".")[0]
        known = 1 if package in sys.stdlib_module_names else 2
        blocks.setdefault(0 if package == "__future__" else known, []).append(each)
    for _, block in sorted(blocks.items()):
        yield "\n".join([*_plain_imports(block), *_from_imports(block)])


def _plain_imports(block: Iterable[Import]) -> Iterator[str]:
    for module, name, bound in block:
        if name is None:
            yield f"import {module}{_alias(module.partition('.')[0], bound)}"


def _from_imports(block: Iterable[Import]) -> Iterator[str]:
    by_module: dict[str, list[str]] = {}
    for module, name, bound in block:
        if name is not None:
            by_module.setdefault(module, []).append(f"{name}{_alias(name, bound)}")
    for module, names in by_module.items():
        line = f"from {module} import {', '.join(names)}"
        yield print_program(gast.parse(line)).text.rstrip("\n")


def _alias(name: str, bound: str) -> str:
    return "" if name == bound else f" as {bound}"


def _check(text: str) -> None:
    """Raise if the module would miss a name."""
    missing = sorted(free_names(text) - _ALWAYS_THERE)
    if missing:
        raise NotStandalone(f"nothing defines {', '.join(missing)}")
