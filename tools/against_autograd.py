"""Count derivatives here and in HIPS autograd: `python -m tools.against_autograd`.

It needs autograd and SciPy, the extras `bench` and `scipy`.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sourcediff.coverage import has_derivative, has_forward, is_closed
from sourcediff.rules import Rule, all_rules, lookup, read_all_rules

#: Where autograd declares derivatives; to import a module is to declare its own.
_MODULES = [
    "numpy",
    "numpy.linalg",
    "numpy.fft",
    "scipy.integrate",
    "scipy.linalg",
    "scipy.signal",
    "scipy.special",
    "scipy.stats",
]


def theirs() -> tuple[set[Any], set[Any]]:
    """The functions that autograd has reverse mode for, and forward mode."""
    core = importlib.import_module("autograd.core")
    for name in _MODULES:
        importlib.import_module(f"autograd.{name}")
    return set(core.primitive_vjps), set(core.primitive_jvps)


def original(primitive: Any) -> Any:
    """The function of NumPy or SciPy that a primitive of autograd stands for, or None.

    Its own helpers stand for none: adjoints of products, parts of containers.
    """
    function = getattr(primitive, "fun", primitive)
    name, module = function.__name__, getattr(function, "__module__", None) or ""
    if isinstance(function, np.ufunc) or module.partition(".")[0] in ("numpy", "scipy"):
        return function
    inside = module.removeprefix("autograd.")
    for home in (np, np.linalg, np.fft):
        if inside.startswith("numpy") and callable(getattr(home, name, None)):
            return getattr(home, name)
    if inside.startswith("scipy"):
        return getattr(importlib.import_module(inside), name, None)
    return None


def ours(has: Callable[[Rule], bool]) -> int:
    """How many functions have a rule with a property."""
    return sum(len(rule.primals) for rule in all_rules() if has(rule))


def lines() -> Iterator[str]:
    """The counts as a table in Markdown, and what autograd has and we have not."""
    reverse, forward = theirs()
    read_all_rules()
    yield "| functions with | sourcediff | autograd |"
    yield "|---|---|---|"
    yield f"| reverse mode | {ours(has_derivative)} | {len(reverse)} |"
    yield f"| forward mode | {ours(has_forward)} | {len(forward)} |"
    yield f"| second order | {ours(_is_twice)} | not counted |"
    functions = {original(p) for p in reverse} - {None}
    missing = sorted(_spelled(f) for f in functions if lookup(f) is None)
    yield ""
    yield (
        f"Of autograd's primitives {len(functions)} are functions of NumPy or SciPy;"
        f" {len(functions) - len(missing)} of these have a rule here. Without: "
        + ", ".join(missing)
    )


def _is_twice(rule: Rule) -> bool:
    return has_derivative(rule) and is_closed(rule)


def _spelled(function: Any) -> str:
    owner = getattr(function, "__self__", None)
    if owner is not None:
        return f"{type(owner).__name__}.{function.__name__}"
    return f"{getattr(function, '__module__', '')}.{function.__name__}"


def main() -> int:
    """Print the counts."""
    print("\n".join(lines()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
