"""What generated code may leave out when nobody reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sourcediff.ir import Program
from sourcediff.rules import lookup
from sourcediff.transform.simplify import Dead

_PURE_BUILTINS = frozenset(
    {
        "len",
        "range",
        "abs",
        "min",
        "max",
        "sum",
        "float",
        "int",
        "bool",
        "round",
        "reversed",
        "zip",
        "enumerate",
        "list",
        "tuple",
        "dict",
        "pow",
        "divmod",
        "isinstance",
        "sorted",
        "set",
        "str",
        "slice",
    }
)
_MODULES = ("numpy", "math", "numpy.linalg", "numpy.fft")


def remover(
    program: Program, groups: Mapping[str, frozenset[str]], helpers: Iterable[str]
) -> Dead:
    """The remover of dead code for functions generated from a program.

    `groups` are names that may share memory; `helpers` those of functions of the
    runtime, none of which has an effect.
    """
    statics = program.statics
    modules = {n for n, v in statics.items() if getattr(v, "__name__", "") in _MODULES}
    rules = {name: lookup(value) for name, value in statics.items()}
    pure = {n for n, rule in rules.items() if rule and rule.kind != "mutation"}
    return Dead(
        groups,
        frozenset(_PURE_BUILTINS | set(helpers) | pure),
        frozenset(modules | {"np"}),
    )
