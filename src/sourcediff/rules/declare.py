"""How a derivative is declared: the mathematical kinds of rules, and their registry."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from types import FunctionType, MethodType
from typing import Any, Literal, TypedDict, TypeVar, Unpack, cast

Kind = Literal["elementwise", "linear", "multilinear", "rule", "mutation", "passive"]
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(eq=False)
class Rule:
    """One derivative: the functions it belongs to, its kind and its text.

    `function` is what the author wrote. Its leading parameters depend on the kind
    and the rest mirror those of the primal, with NumPy's own names:

    - elementwise: `(y, *arguments) -> partials`, one per argument, None for an
      argument without derivative; a bare value where there is one argument.
    - linear: `(y_bar, *arguments) -> cotangents` of the arguments named in `wrt`.
    - multilinear: `(y_bar, *arguments) -> cotangents` of the arguments in `wrt`.
    - rule: `(y_bar, y, *arguments) -> cotangents`; `jvp` has the signature
      `(tangent of each of wrt …, y, *arguments) -> y_dot`.
    - mutation: `(*arguments) -> None`, the same effect written with plain stores.
    - passive: no text; the result carries no derivative.
    """

    primals: tuple[Any, ...]
    kind: Kind
    function: Callable[..., Any]
    wrt: tuple[str, ...] = ()
    view: bool = False
    dynamic: bool = False
    nests: bool = False
    reals: bool = False
    jvp: Callable[..., Any] | None = None
    source: str = ""
    packs: dict[Any, str] = field(default_factory=dict)
    defaults: dict[Any, dict[str, Any]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the rule's function.

        >>> import numpy as np
        >>> from sourcediff.rules import lookup
        >>> lookup(np.sin).name
        'sin'
        """
        return self.function.__name__

    @property
    def leading(self) -> int:
        """How many parameters stand before the primal's own."""
        return {"elementwise": 1, "linear": 1, "multilinear": 1, "rule": 2}.get(
            self.kind, 0
        )

    @cached_property
    def parameters(self) -> tuple[inspect.Parameter, ...]:
        """The primal's parameters, as the rule names them."""
        signature = inspect.signature(self.function)
        return tuple(signature.parameters.values())[self.leading :]


class DuplicateRule(Exception):
    """A function was given a second derivative."""


_registry: dict[Any, Rule] = {}
_owners: dict[int, Any] = {}
_opaque: set[type] = set()
_makers: dict[Any, type] = {}
_waiting: dict[str, str] = {}


def wait_for(library: str, rules: str) -> None:
    """Let a module of rules wait until a library has been imported by someone.

    It is imported by the first look-up after that which finds nothing.
    """
    _waiting[library] = rules


def read_all_rules() -> None:
    """Import the rules that wait, and their libraries where they are installed."""
    for library in [*_waiting]:
        if find_spec(library.partition(".")[0]) is not None:
            import_module(library)
    read_arrived()


def read_arrived() -> bool:
    """Import the rules of libraries that are there by now; whether there were any."""
    if _waiting.keys().isdisjoint(sys.modules.keys()):
        return False
    arrived = [library for library in [*_waiting] if library in sys.modules]
    for library in arrived:
        if library in _waiting:
            import_module(_waiting[library])
            _waiting.pop(library, None)
    return bool(arrived)


def lookup(function: object) -> Rule | None:
    """The rule of a function object, or None.

    >>> import numpy as np
    >>> lookup(np.floor).kind
    'passive'
    """
    try:
        rule = _registry.get(function)
        if rule is None and _waiting and read_arrived():
            rule = _registry.get(function)
    except TypeError:  # unhashable
        return None
    return rule


def all_rules() -> Iterator[Rule]:
    """Every declared rule once, in order of declaration.

    >>> len({rule.name for rule in all_rules()}) > 20
    True
    """
    return iter(dict.fromkeys(_registry.values()))


def _register(rule: Rule) -> None:
    for primal in rule.primals:
        if primal in _registry:
            raise DuplicateRule(
                f"{primal!r} already has the rule {_registry[primal].name!r}"
            )
        _registry[primal] = rule
        owner = getattr(primal, "__self__", None)
        if isinstance(primal, MethodType) and not isinstance(owner, type):
            _owners[id(owner)] = owner


def has_methods(value: object) -> bool:
    """Whether rules are declared for methods of this very object.

    >>> import numpy as np
    >>> from scipy import stats
    >>> has_methods(stats.norm), has_methods(np.add)
    (True, False)
    """
    read_arrived()
    return id(value) in _owners


def opaque(*classes: type, made_by: tuple[Any, ...] = ()) -> None:
    """Declare classes of a library whose methods have rules.

    What their instances hold is not looked at: they are constants. `made_by`: functions
    that make instances of the class.
    """
    _opaque.update(classes)
    _makers.update(dict.fromkeys(made_by, classes[0]))


def made_class(function: Any) -> type | None:
    """The opaque class of which a call makes an instance, if it does.

    >>> made_class(dict) is None
    True
    """
    if isinstance(function, type):
        return function if is_opaque(function) else None
    read_arrived()
    try:
        return _makers.get(function)
    except TypeError:  # unhashable
        return None


def is_opaque(cls: type) -> bool:
    """Whether a class is one of those, or derived from one.

    >>> is_opaque(float)
    False
    """
    read_arrived()
    return any(base in _opaque for base in cls.__mro__)


def _declare(kind: Kind, primals: tuple[Any, ...], **options: Any) -> Callable[[F], F]:
    if not primals:
        raise TypeError(f"a rule of kind {kind!r} names the function it belongs to")

    def declare(function: F) -> F:
        rule = Rule(primals, kind, function, **options)
        if not rule.wrt and rule.kind != "mutation":
            required = _required(function, rule.leading)
            first_only = rule.kind in ("linear", "rule")
            rule.wrt = required[:1] if first_only else required
        _register(rule)
        return function

    return declare


def _required(function: Callable[..., Any], leading: int) -> tuple[str, ...]:
    """The names of the parameters without a default, after some leading ones.

    Reading the code object is a tenth of `inspect.signature`'s time; it adds up when
    all rules are imported.
    """
    code = getattr(function, "__code__", None)
    variadic = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
    if code is None or code.co_flags & variadic or hasattr(function, "__wrapped__"):
        parameters = list(inspect.signature(function).parameters.values())[leading:]
        return tuple(p.name for p in parameters if p.default is p.empty)
    count = code.co_argcount - len(function.__defaults__ or ())
    return tuple(code.co_varnames[leading:count])


def elementwise(
    *primals: Any, wrt: tuple[str, ...] = (), source: str = "", reals: bool = False
) -> Callable[[F], F]:
    """Declare the partial derivatives of a function applied element by element.

    The decorated function takes the result and the arguments and returns one partial
    per argument (None: no derivative). Broadcasting, complex conjugation and the
    ufunc keywords are the kind's business, never the rule's. `reals`: the function
    takes complex numbers, and has no derivative there.

    >>> from sourcediff.rules.declare import elementwise
    >>> def cube(x):
    ...     return x * x * x
    >>> @elementwise(cube)
    ... def cube_rule(y, x):
    ...     return 3 * x * x
    """
    return _declare("elementwise", primals, wrt=wrt, source=source, reals=reals)


class Options(TypedDict, total=False):
    """What else may be said of a rule.

    `wrt`: the arguments that it has cotangents of, the first one by default. `view`:
    the result may share memory with an argument. `dynamic`: the result's shape depends
    on values. `nests`: the argument is a sequence of arrays and the cotangent is a
    list. `packs`: for a method that takes a tuple parameter as separate arguments
    (`x.reshape(2, 3)`), the name of that parameter. `defaults`: for a function whose
    defaults are other than the rule's (`np.add.reduce` is `np.sum` along axis 0), those
    by parameter. `reals`: it has no derivative for complex numbers. `source`: where the
    mathematics is from.
    """

    wrt: tuple[str, ...]
    view: bool
    dynamic: bool
    nests: bool
    packs: dict[Any, str]
    defaults: dict[Any, dict[str, Any]]
    reals: bool
    source: str


def linear(*primals: Any, **options: Unpack[Options]) -> Callable[[F], F]:
    """Declare the cotangents of a function that is linear in the arguments `wrt`.

    With several of them it is linear in all together. Forward mode is the function
    itself, applied to the tangents.
    """
    return _declare("linear", primals, **options)


def multilinear(
    *primals: Any, wrt: tuple[str, ...] = (), source: str = ""
) -> Callable[[F], F]:
    """Declare the cotangents of a function that is linear in each argument alone.

    `wrt` defaults to the parameters without a default value.
    """
    return _declare("multilinear", primals, wrt=wrt, source=source)


def rule(*primals: Any, **options: Unpack[Options]) -> Callable[[F], F]:
    """Declare the cotangents of a function that has no simpler kind.

    Its pushforward follows with `@jvp(rule_function)`.
    """
    return _declare("rule", primals, **options)


def jvp(of: Callable[..., Any]) -> Callable[[F], F]:
    """Declare the pushforward of a function of the kind `rule`."""

    def declare(function: F) -> F:
        for candidate in all_rules():
            if candidate.function is of:
                candidate.jvp = function
                return function
        raise TypeError(f"{of!r} is not a declared rule")

    return declare


def mutation(*primals: Any, source: str = "") -> Callable[[F], F]:
    """Declare a function that writes into an argument, as the stores it amounts to."""
    return _declare("mutation", primals, source=source)


def with_meanings(text: F, **meanings: Any) -> F:
    """The text of a rule in which some global names mean something else.

    One text is the rule of a family of functions, with what differs put in.

    >>> factor = 2
    >>> def scaled(y_bar, x):
    ...     return factor * y_bar
    >>> with_meanings(scaled, factor=3)(1.5, None)
    4.5
    """
    plain: Any = text
    scope = {**plain.__globals__, **meanings}
    made = FunctionType(plain.__code__, scope, plain.__name__, plain.__defaults__)
    made.__kwdefaults__ = plain.__kwdefaults__
    made.__doc__, made.__module__ = plain.__doc__, plain.__module__
    # The module's text alone does not say what this function computes.
    made.__qualname__ = f"with_meanings.{plain.__name__}"
    return cast(F, made)


def nondifferentiable(*primals: Any) -> None:
    """Declare functions whose results carry no derivative.

    >>> from sourcediff.rules.declare import lookup, nondifferentiable
    >>> def label(x):
    ...     return "high" if x > 3 else "low"
    >>> nondifferentiable(label)
    >>> lookup(label).kind
    'passive'
    """
    for primal in primals:
        _register(Rule((primal,), "passive", primal))


_programs: dict[Any, tuple[Callable[..., Any], frozenset[str]]] = {}


def program(*primals: Any, options: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Declare the program of NumPy's functions that a function amounts to.

    It stands for the function wherever that is differentiated, and needs no derivative
    of its own. With `options` it does so in calls that give one of these keywords,
    which the function's rule does not know.

    >>> import numpy as np
    >>> from sourcediff.rules import program_for
    >>> program_for(np.apply_over_axes).__name__
    'apply_over_axes'
    """

    def declare(function: F) -> F:
        for primal in primals:
            if primal in _programs or (primal in _registry and not options):
                raise DuplicateRule(f"{primal!r} already has a rule or a program")
            _programs[primal] = function, frozenset(options)
        return function

    return declare


def program_for(
    function: object, keywords: Iterable[str] = ()
) -> Callable[..., Any] | None:
    """The program that a function amounts to in a call with such keywords, if any.

    >>> import numpy as np
    >>> program_for(np.linspace) is None, program_for(np.linspace, ["retstep"])
    (True, <function linspace at ...>)
    """
    try:
        found, options = _programs.get(function, (None, frozenset()))
    except TypeError:  # unhashable
        return None
    return found if not options or not options.isdisjoint(keywords) else None


def all_programs() -> Iterator[tuple[Any, Callable[..., Any], frozenset[str]]]:
    """Every function that has a program, that, and the keywords that it is for."""
    return ((primal, *known) for primal, known in _programs.items())


def forget(functions: Iterable[Any]) -> None:
    """Remove the rules of the given functions (for tests of the registry)."""
    for function in functions:
        _registry.pop(function, None)
        _programs.pop(function, None)
