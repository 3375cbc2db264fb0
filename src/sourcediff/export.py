"""A compiled gradient as the text of a module that needs NumPy alone."""

from __future__ import annotations

import ast
import builtins
import inspect
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

import gast
import numpy as np

from sourcediff.compile import Compiled
from sourcediff.compile.analyse import program_of
from sourcediff.emit import NotStandalone, Printed, print_program, standalone
from sourcediff.emit.free import free_names
from sourcediff.emit.values import LARGEST_ARRAY, literal
from sourcediff.front.resolve import outer_values
from sourcediff.front.source import plain_function, read_source
from sourcediff.kinds import Kind
from sourcediff.rules import has_methods
from sourcediff.wording import described

_ROOMS = ("sourcediff.runtime", "sourcediff.rules")
_MISSING = object()

Scope = Mapping[str, Any]


#: The gradient of a function of which only a run can tell whether it returns a number.
CHECKED = """\
def {name}_grad(*args, **kwargs):
    value, gradient = {name}_value_and_grad(*args, **kwargs)
    if np.ndim(value) != 0:
        raise ValueError("{name} returned more than one number")
    return gradient
"""


def module_text(
    compiled: Compiled, environment: Mapping[str, Kind], checked: bool = False
) -> str:
    """The text of a module with the generated functions and all that they name.

    Helpers and rules of sourcediff and the user's own functions are copied into it;
    numbers, strings, small arrays and containers of these, which the functions read
    from outside, are written as literals, with the values they have now. The module's
    docstring says of which arguments (`environment`) it is the gradient. `checked`:
    the code computes the value too, only to see that it is a number.

    Raises `NotStandalone` for what cannot be copied.
    """
    taken = {unit.name for unit in compiled.units}
    parts = _Parts(taken)
    programs = []
    for unit, printed in zip(compiled.units, compiled.printed, strict=True):
        user = plain_function(unit.function)
        own_imports = program_of(unit.function).statics
        scope = {**own_imports, **outer_values(user), **unit.bindings}
        text = parts.with_defaults(printed.text, _defaults_of(user), scope)
        parts.add_names(text, scope)
        programs.append(Printed(text, {}))
    if checked:
        name = compiled.main.removesuffix("_value_and_grad")
        text = CHECKED.format(name=name)
        parts.add_names(text, {"np": np})
        programs.append(Printed(text, {}))
    own = [Printed(text, {}) for text in parts.texts()]
    return standalone(
        [*own, *programs],
        sorted(parts.imports),
        parts.helpers,
        _origin(compiled, checked),
        _details(environment),
    )


def _origin(compiled: Compiled, checked: bool) -> str:
    user = plain_function(compiled.units[-1].function)
    valued = compiled.main.endswith("_value_and_grad") and not checked
    what = "value and gradient" if valued else "gradient"
    code = user.__code__
    place = f"{Path(code.co_filename).name}:{code.co_firstlineno}"
    return f"The {what} of {user.__name__} ({place})"


def _details(environment: Mapping[str, Kind]) -> str:
    lines = [f"    {name}: {described(kind)}" for name, kind in environment.items()]
    return "\n".join(
        [
            "It is right for arguments like these; equal names mean equal sizes:",
            "",
            *lines,
        ]
    )


@dataclass
class _Parts:
    """What the exported functions name: imports, helpers, data, the user's functions.

    `taken` are the names of the generated functions.
    """

    taken: set[str]
    imports: set[str] = field(default_factory=set)
    helpers: dict[str, Any] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    definitions: list[str] = field(default_factory=list)
    _known: dict[str, Any] = field(default_factory=dict)

    def texts(self) -> list[str]:
        """The user's data, then the user's functions, in executable order."""
        data = "\n".join(f"{name} = {text}" for name, text in self.data.items())
        blocks = [print_program(gast.parse(data)).text] if data else []
        return [*blocks, *self.definitions]

    def add_names(self, text: str, scope: Scope) -> None:
        """Add all that a text names and does not define."""
        for name in sorted(free_names(text) - self.taken):
            value = scope.get(name, _MISSING)
            if value is not _MISSING and value is not getattr(builtins, name, _MISSING):
                self._add(name, value)

    def _add(self, name: str, value: Any) -> None:
        if name in self._known:
            if not _same(self._known[name], value):
                raise NotStandalone(
                    f"{name} means two things in the functions that it calls; "
                    "give one of them another name"
                )
            return
        self._known[name] = value
        public = scipys_name(value)
        if public is not None:
            self._add_public(name, *public)
        elif isinstance(value, ModuleType):
            self._add_module(name, value)
        elif _is_code(value) and _home(value):
            self._add_code(name, value)
        else:
            self.data[name] = self._literal(name, value)

    def _add_module(self, name: str, module: ModuleType) -> None:
        if not is_installed(module.__name__):
            raise NotStandalone(
                f"{name} is the module {module.__name__}; import the functions that "
                f"are needed by name (from {module.__name__} import ...)"
            )
        parent, _, last = module.__name__.rpartition(".")
        if parent and last == name:
            self.imports.add(f"from {parent} import {name}")
        else:
            self.imports.add(f"import {module.__name__} as {name}")

    def _add_public(self, name: str, module: str, own: str, method: str) -> None:
        """Something of SciPy's, under the name that it has for its users."""
        if not method:
            self.imports.add(f"from {module} import {own} as {name}")
            return
        self.imports.add(f"from {module} import {own} as _{own}")
        self.data[name] = f"_{own}.{method}"

    def _add_code(self, name: str, value: Any) -> None:
        """A function or class: imported, a helper of sourcediff, or the user's."""
        module = _home(value)
        if module.startswith(_ROOMS):
            self.helpers[name] = value
        elif module.partition(".")[0] == "sourcediff":
            raise NotStandalone(f"{name} belongs to sourcediff itself")
        elif is_installed(module):
            self._import(name, value)
        else:
            self._define(name, value)

    def _import(self, name: str, value: Any) -> None:
        own, home = value.__name__, _home(value)
        if getattr(sys.modules.get(home), own, None) is not value:
            raise NotStandalone(f"{name} cannot be imported from {home}")
        self.imports.add(f"from {home} import {own} as {name}")

    def _define(self, name: str, value: Any) -> None:
        """Copy a function or class of the user's."""
        text, own = _definition(value)
        scope = _scope_of(value)
        if isinstance(value, FunctionType):
            text = self.with_defaults(text, _defaults_of(value), scope)
        if own != name:
            self._add(own, value)
            self.definitions.append(f"{name} = {own}\n")
            return
        self.add_names(text, {**scope, own: value})
        self.definitions.append(text)

    def with_defaults(self, text: str, defaults: Scope, scope: Scope) -> str:
        """A definition with the defaults that the function has.

        A default is what its expression meant when the function was defined: it
        becomes a literal. A function among the defaults is named.
        """
        (statement,) = ast.parse(text).body
        if not isinstance(statement, ast.FunctionDef):
            return text
        lines = text.splitlines(keepends=True)
        for name, node in reversed(list(_default_nodes(statement.args))):
            if name in defaults and not _means(node, defaults[name], scope):
                _replace(lines, node, self._default(name, defaults[name]))
        return "".join(lines)

    def _default(self, name: str, value: Any) -> str:
        if literal(value) is None and _is_code(value):
            self._add(value.__name__, value)
            return str(value.__name__)
        return self._literal(f"the default of {name}", value)

    def _literal(self, name: str, value: Any) -> str:
        text = literal(value)
        if text is None:
            raise NotStandalone(f"it reads {name}, {_described(value)}")
        if "np." in text:
            self._add("np", np)
        return text


# --- names ----------------------------------------------------------------------------


def _is_code(value: Any) -> bool:
    return isinstance(value, type) or (
        callable(value) and isinstance(getattr(value, "__name__", None), str)
    )


def _home(value: Any) -> str:
    """The module of a function or class; empty where it has none.

    Before NumPy 2.1 ufuncs do not tell theirs.
    """
    in_numpy = getattr(np, value.__name__, None) is value
    return "numpy" if in_numpy else getattr(value, "__module__", None) or ""


def _same(a: Any, b: Any) -> bool:
    return a is b or (literal(a) is not None and literal(a) == literal(b))


def scipys_name(value: Any) -> tuple[str, str, str] | None:
    """Where a function or a bound method of SciPy's is found: module, name, method.

    None for what is not SciPy's.

    >>> from scipy import special, stats
    >>> scipys_name(special.gamma), scipys_name(stats.norm.pdf)
    (('scipy.special', 'gamma', ''), ('scipy.stats', 'norm', 'pdf'))
    """
    owner, method = value, ""
    if isinstance(value, MethodType) and has_methods(value.__self__):
        owner, method = value.__self__, value.__name__
    elif has_methods(value):
        pass
    elif not isinstance(value, FunctionType | np.ufunc):
        return None
    places = [
        (module, name)
        for module in [*sys.modules]
        if module.startswith("scipy.") and "._" not in module
        for name, found in [*vars(sys.modules[module]).items()]
        if found is owner and not name.startswith("_")
    ]
    if not places:
        return None
    same = [place for place in places if place[1] == getattr(owner, "__name__", None)]
    return (*min(same or places, key=lambda place: len(place[0])), method)


def is_installed(module: str) -> bool:
    """Whether a module is NumPy's, the standard library's or another package's.

    >>> is_installed("numpy.linalg"), is_installed("math"), is_installed("__main__")
    (True, True, False)
    """
    top = module.partition(".")[0]
    if top == "__main__":
        return False
    if top == "numpy" or top in sys.stdlib_module_names:
        return True
    file = getattr(sys.modules.get(top), "__file__", None) or ""
    return bool({"site-packages", "dist-packages"} & set(Path(file).parts))


# --- the user's functions -------------------------------------------------------------


def _definition(value: Any) -> tuple[str, str]:
    """The text of a function or class, and the name that it binds."""
    plain = inspect.unwrap(value) if callable(value) else value
    if isinstance(value, FunctionType) and plain.__name__ == "<lambda>":
        tree, _ = read_source(plain)
        return print_program(tree).text, tree.name
    if isinstance(plain, FunctionType):
        read_source(plain)  # raises where the file is not what the function was made of
    try:
        text = textwrap.dedent(inspect.getsource(plain))
    except (OSError, TypeError) as error:
        raise NotStandalone(f"{plain!r} has no source") from error
    statement = ast.parse(text).body[0]
    if not isinstance(statement, ast.FunctionDef | ast.ClassDef):
        raise NotStandalone(f"{plain!r} is not defined by a statement of its own")
    return text, statement.name


def _scope_of(value: Any) -> Scope:
    plain = inspect.unwrap(value)
    if isinstance(plain, FunctionType):
        return outer_values(plain)
    return {**vars(builtins), **vars(sys.modules[plain.__module__])}


def _defaults_of(function: FunctionType) -> dict[str, Any]:
    """The parameters of a function that have defaults, with these."""
    return {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is not inspect.Parameter.empty
    }


def _means(node: ast.expr, value: Any, scope: Scope) -> bool:
    """Whether the expression of a default stands for a value here and now."""
    match node:
        case ast.Constant():
            return type(node.value) is type(value) and node.value == value
        case ast.Name():
            return _is_code(value) and scope.get(node.id) is value
        case _:
            return False


def _default_nodes(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    first = len(positional) - len(arguments.defaults)
    for parameter, node in zip(positional[first:], arguments.defaults, strict=True):
        yield parameter.arg, node
    for parameter, given in zip(
        arguments.kwonlyargs, arguments.kw_defaults, strict=True
    ):
        if given is not None:
            yield parameter.arg, given


def _replace(lines: list[str], node: ast.expr, text: str) -> None:
    """Put a text where an expression stands; later ones must be replaced first."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    head = lines[first].encode()[: node.col_offset].decode()
    tail = lines[last].encode()[node.end_col_offset :].decode()
    lines[first : last + 1] = [head + text + tail]


def _described(value: Any) -> str:
    """Why a value cannot be written down, with a way out."""
    if isinstance(value, np.ndarray):
        return (
            f"an array of {value.size} elements of {value.dtype}, more than the "
            f"{LARGEST_ARRAY} that are written down; make it an argument"
        )
    return f"an object of the class {type(value).__name__}; make it an argument"
