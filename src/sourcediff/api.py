"""The public functions: grad, value_and_grad, vjp, and what a gradient knows."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MethodType
from typing import Any, Generic, ParamSpec, TypeVar, overload

from sourcediff.analysis.annotations import kinds_from_annotations
from sourcediff.analysis.signature import make_finder, make_key
from sourcediff.bridged import on_tensors
from sourcediff.compile import (
    Compiled,
    Derived,
    Generated,
    compile_gradient,
)
from sourcediff.compile.analyse import program_of
from sourcediff.compile.guards import watch
from sourcediff.dispatch import (
    LARGEST_TABLE,
    Dispatcher,
    described,
    is_number,
    refuse_overlap,
    require_differentiable,
    require_number,
)
from sourcediff.emit import NotStandalone, write_atomically
from sourcediff.emit.notes import annotate
from sourcediff.errors import NonScalarResult, NoSource, WrtError
from sourcediff.explain import Explanation, explain_gradient
from sourcediff.export import module_text
from sourcediff.kinds import UNKNOWN, Kind, Unknown
from sourcediff.pullback import vjp
from sourcediff.runtime.door import install
from sourcediff.stages import Stage, stages
from sourcediff.taped import (
    AS_ASKED,
    ON_THE_TAPE,
    Fallback,
    arranged,
    compiled_or_taped,
    is_taped,
    recorded_gradient,
    require_fallback,
    taped_gradient,
    through_door,
)
from sourcediff.tensor.base import tensors_in

P = ParamSpec("P")
R = TypeVar("R")
Wrt = int | str | tuple[int | str, ...]


Check = Callable[[], bool]
#: What the fast table gives where it has nothing: a check that fails.
_NOT_FOUND: tuple[Any, Check] = (None, lambda: False)


class Gradient(Derived, Generic[P]):
    """The gradient of a function: call it with the function's own arguments.

    Made by `grad` and `value_and_grad`. It compiles itself at the first call for each
    signature of the arguments, keeps the function's name, signature and docstring,
    works as a method, and can be pickled where the function can.
    """

    def __init__(
        self,
        function: Callable[P, Any],
        wrt: Wrt = 0,
        with_value: bool = False,
        fallback: Fallback = "tape",
        has_aux: bool = False,
    ) -> None:
        require_fallback(fallback)
        functools.update_wrapper(self, function, updated=())
        self._receiver: tuple[Any, ...] = ()
        if inspect.ismethod(function):  # differentiate the function, self is given
            wrt = (
                parameters_of(function, wrt)[0]
                if isinstance(wrt, tuple)
                else (parameters_of(function, wrt)[0][0])
            )
            self._receiver = (function.__self__,)
            function = function.__func__
        self._function = function
        self._wrt = wrt
        self._with_value = with_value
        self._has_aux = has_aux
        self._fallback: Fallback = fallback
        self._names, self._single = parameters_of(function, wrt)
        self._dispatcher = Dispatcher(function, self._compile)
        self._count = len(inspect.signature(function).parameters)
        self._key = make_key(self._count)
        self._fast: dict[Any, tuple[Any, Check]] = {}
        self._find = make_finder(self._count, self._fast, _NOT_FOUND)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The gradient at these arguments, which are left as they were."""
        if self._receiver:
            args = (*self._receiver, *args)  # type: ignore[assignment]
        if not kwargs and len(args) == self._count:
            function, holds = self._find(*args)
            if holds():
                try:
                    return function(*args)
                except Exception as error:
                    annotate(error)
                    raise
        return self._found(args, kwargs)

    def _found(self, args: Any, kwargs: Mapping[str, Any]) -> Any:
        """The slow way: look the signature up, compile if need be, check and call."""
        tensors = tensors_in(args, kwargs)
        if tensors:
            chosen = self._names, self._single, self._with_value, self._has_aux
            again = functools.partial(
                recorded_gradient, self._function, *chosen, *self._receiver
            )
            own = args[len(self._receiver) :]
            return on_tensors(self, self.__name__, again, own, kwargs, tensors)
        compiled = self._dispatcher.find(args, kwargs)
        if compiled.written:
            self._refuse_overlap(compiled, args, kwargs)
        elif not kwargs and len(args) == self._count:
            if len(self._fast) >= LARGEST_TABLE:
                self._fast.clear()
            self._fast[self._key(*args)] = compiled.function, watch(compiled.guards)
        try:
            return compiled.function(*args, **kwargs)
        except Exception as error:
            annotate(error)
            raise

    def _refuse_overlap(
        self, compiled: Compiled, args: Any, kwargs: Mapping[str, Any]
    ) -> None:
        bound = inspect.signature(self._function).bind(*args, **kwargs)
        bound.apply_defaults()
        refuse_overlap(self.__name__, compiled.written, bound.arguments)

    def _compile(self, environment: Mapping[str, Kind]) -> Compiled:
        name = getattr(self._function, "__name__", "function")
        require_differentiable(name, environment, self._names)
        chosen = self._names, self._single, self._with_value, self._has_aux
        return compiled_or_taped(
            self._fallback,
            lambda: self._translated(name, environment),
            functools.partial(taped_gradient, self._function, *chosen),
        )

    def _translated(self, name: str, environment: Mapping[str, Kind]) -> Compiled:
        compiled = self._compiled(environment, self._with_value, self._may_tape)
        if isinstance(compiled.result, Unknown):
            return self._checked(name, environment)
        if not is_number(compiled.result):
            raise NonScalarResult(name, described(compiled.result))
        return compiled

    def _checked(self, name: str, environment: Mapping[str, Kind]) -> Compiled:
        """Code for a result whose kind only a run can tell: it looks at the value."""
        compiled = self._compiled(environment, True, self._may_tape)
        inner = compiled.functions[compiled.main]

        @functools.wraps(inner)
        def checked(*args: Any, **kwargs: Any) -> Any:
            value, gradient = inner(*args, **kwargs)
            require_number(name, value, self._has_aux)
            return arranged(value, gradient, self._with_value, self._has_aux)

        return replace(compiled, functions={compiled.main: checked}, fast=None)

    def _compiled(
        self, environment: Mapping[str, Kind], with_value: bool, may_tape: bool
    ) -> Compiled:
        return compile_gradient(
            self._function,
            environment,
            self._names,
            self._single,
            with_value,
            may_tape,
            self._has_aux,
        )

    @property
    def _may_tape(self) -> bool:
        return self._fallback != "error"

    @property
    def primal(self) -> Callable[P, Any]:
        """The user's function."""
        return self._function

    @property
    def wrt(self) -> Wrt:
        """The parameters that the gradient is with respect to, as they were given."""
        return self._wrt

    @property
    def source(self) -> str:
        """The generated source, for arguments like those of the last new signature.

        Before any call it is for what annotations and defaults tell of the arguments.
        For what runs on the tape it is a comment that says why.
        """
        return self._latest()[1].text

    def source_for(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """The generated source for arguments like these."""
        return self._dispatcher.find(self._given(args), kwargs).text

    def function_for(self, *args: P.args, **kwargs: P.kwargs) -> Callable[..., Any]:
        """The generated function for arguments like these, without any checks.

        It takes the function's parameters and `out_bar`, the cotangent of the result.
        """
        environment = self._dispatcher.environment(self._given(args), kwargs)
        function: Callable[..., Any] = self.generated(environment).function
        return function

    def generated(self, environment: Mapping[str, Kind]) -> Generated:
        """The generated function for parameters of these kinds, to compile again."""
        compiled = self._dispatcher.of_kinds(environment)
        if is_taped(compiled) or compiled.taped:
            raise NoSource(self.__name__, "it runs on the tape, or calls what does")
        if isinstance(compiled.result, Unknown):  # without the check of the result
            compiled = self._compiled(environment, self._with_value, False)
        return Generated(compiled.functions[compiled.main], compiled.guards)

    def explain(self, *args: P.args, **kwargs: P.kwargs) -> Explanation:
        """Line by line: what is active or passive, kept or computed again, and why.

        Without arguments, for those of the last new signature. A function that cannot
        be compiled is explained too: its refused lines say why.

        >>> import numpy as np
        >>> gradient = grad(lambda x, w: np.sum(w * np.sin(x)))
        >>> [line.notes for line in gradient.explain(np.ones(3), 2.0).lines]
        [('active: sum, multiply, sin',)]
        """
        environment = self._environment(args, kwargs)
        outcome = {"error": "Nothing was compiled.", "always": AS_ASKED}
        return explain_gradient(
            self._function,
            environment,
            self._names,
            outcome.get(self._fallback, ON_THE_TAPE),
            self._may_tape,
        )

    def stages(self, *args: P.args, **kwargs: P.kwargs) -> list[Stage]:
        """Every stage of the compilation, as programs that run."""
        environment = self._environment(args, kwargs)
        return stages(self._function, environment, self._names)

    def _environment(self, args: Any, kwargs: Mapping[str, Any]) -> Mapping[str, Kind]:
        if args or kwargs:
            return self._dispatcher.environment(self._given(args), kwargs)
        return self._latest_environment()

    def _given(self, args: Any) -> tuple[Any, ...]:
        """The arguments of the function itself, for a method its object before them."""
        return (*self._receiver, *args)

    def module_text(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """The text of the module that `to_file` writes."""
        environment: Mapping[str, Kind]
        if args or kwargs:
            environment = self._environment(args, kwargs)
            compiled = self._dispatcher.find(self._given(args), kwargs)
        else:
            environment, compiled = self._latest()
        if is_taped(compiled) or compiled.taped:
            named = " and ".join(compiled.taped) or self.__name__
            raise NotStandalone(f"{named} runs on the tape")
        checked = isinstance(compiled.result, Unknown) and not self._with_value
        return module_text(compiled, environment, checked)

    def to_file(
        self, path: str | os.PathLike[str], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        """Write the gradient as a module of its own, which imports NumPy only.

        It is the gradient for arguments like those given after the path, or like those
        of the last new signature. The file is written as a whole or not at all; data
        that the function reads from outside is frozen in it.

        Raises `NotStandalone` for what cannot be written as text, such as a large array
        that the function reads from outside.
        """
        write_atomically(path, self.module_text(*args, **kwargs))

    def _latest(self) -> tuple[Mapping[str, Kind], Compiled]:
        """The code of the last new signature, or for what annotations tell."""
        known = self._dispatcher.by_kinds
        if known:
            return dict(next(reversed(known))), next(reversed(known.values()))
        environment = self._latest_environment()
        return environment, self._compile(environment)

    def _latest_environment(self) -> Mapping[str, Kind]:
        known = self._dispatcher.by_kinds
        if known:
            return dict(next(reversed(known)))
        try:
            return kinds_from_annotations(program_of(self._function))
        except NoSource:
            return dict.fromkeys(inspect.signature(self._function).parameters, UNKNOWN)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        return functools.partial(self, instance)

    def __reduce__(self) -> Any:
        name = getattr(self._function, "__qualname__", "")
        module = sys.modules.get(getattr(self._function, "__module__", ""))
        found: Any = module
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is self:  # it has taken the place of the function it decorates
            return name
        chosen = self._wrt, self._with_value, self._fallback, self._has_aux
        function = self._function
        if self._receiver:
            function = MethodType(function, *self._receiver)
        return Gradient, (function, *chosen)

    __name__: str


def parameters_of(
    function: Callable[..., Any], wrt: Wrt
) -> tuple[tuple[str, ...], bool]:
    """The names of the parameters that `wrt` means, and whether it is just one."""
    name = getattr(function, "__name__", "function")
    names = tuple(inspect.signature(function).parameters)
    single = not isinstance(wrt, tuple)
    chosen: list[str] = []
    for item in (wrt,) if single else wrt:  # type: ignore[union-attr]
        if isinstance(item, str) and item in names:
            found = item
        elif (
            isinstance(item, int)
            and not isinstance(item, bool)
            and -len(names) <= item < len(names)
        ):
            found = names[item]
        else:
            raise WrtError(name, item, names)
        if found in chosen:
            raise WrtError(name, item, names, "is given twice for")
        chosen.append(found)
    return tuple(chosen), single


@overload
def grad(
    function: Callable[P, Any],
    wrt: Wrt = ...,
    *,
    has_aux: bool = ...,
    fallback: Fallback = ...,
) -> Gradient[P]: ...
@overload
def grad(
    function: None = ...,
    wrt: Wrt = ...,
    *,
    has_aux: bool = ...,
    fallback: Fallback = ...,
) -> Callable[[Callable[P, Any]], Gradient[P]]: ...
def grad(
    function: Any = None,
    wrt: Wrt = 0,
    *,
    has_aux: bool = False,
    fallback: Fallback = "tape",
) -> Any:
    """The gradient of a function of floats and arrays that returns one number.

    `wrt` says with respect to which parameters: a position, a name, or a tuple of
    them. One gives a gradient of that argument's structure, shapes and dtypes; a tuple
    gives a tuple. The function is not run at decoration; it is compiled at the first
    call. What cannot be compiled (a generator, `exec`, a function without source) runs
    on the tape: `fallback="warn"` says so, `"error"` forbids it, and `"always"` runs
    on the tape what could be compiled, too. With `has_aux` the function returns a pair,
    the number and anything else, and the gradient is returned as `(gradient, other)`.

    Raises `WrtError` for an unknown parameter, `NotDifferentiable` for an argument of
    integers, `NonScalarResult` for a result that is not one number, `MissingRule` and
    `LostGradient` for what cannot be differentiated; `CompileError` and `NoSource` with
    `fallback="error"`.

    >>> import numpy as np
    >>> @grad
    ... def energy(x, stiffness):
    ...     return 0.5 * stiffness * np.sum(x * x)
    >>> energy(np.array([1.5, -2.0]), 3.0)
    array([ 4.5, -6. ])
    >>> grad(energy.primal, wrt="stiffness")(np.array([1.5, -2.0]), 3.0)
    np.float64(3.125)
    """
    if function is None:
        return functools.partial(grad, wrt=wrt, has_aux=has_aux, fallback=fallback)
    return Gradient(function, wrt, fallback=fallback, has_aux=has_aux)


def value_and_grad(
    function: Any = None,
    wrt: Wrt = 0,
    *,
    has_aux: bool = False,
    fallback: Fallback = "tape",
) -> Any:
    """The value of a function and its gradient, at the cost of one sweep.

    With `has_aux` the function returns a pair, of which the first is differentiated,
    and the value is that pair. The rest is as in `grad`.

    >>> value_and_grad(lambda x: x * x * x)(2.0)
    (8.0, 12.0)
    """
    if function is None:
        return functools.partial(
            value_and_grad, wrt=wrt, has_aux=has_aux, fallback=fallback
        )
    return Gradient(function, wrt, True, fallback, has_aux)


def source(function: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """The generated source of a gradient, for arguments like these.

    >>> print(source(lambda x: x * x, 1.5))
    def lambda__grad(x, out_bar=1.0):
        # print(source(lambda x: x * x, 1.5))
        x_bar = 2 * out_bar * x
        return x_bar
    <BLANKLINE>
    """
    gradient = function if isinstance(function, Gradient) else grad(function)
    return gradient.source_for(*args, **kwargs) if args or kwargs else gradient.source


def explain(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Explanation:
    """What the compiler decided about a function, line by line: see `Gradient.explain`.

    The derivative is by the first parameter; `explain(grad(f, wrt=...), ...)` is by
    others.
    """
    gradient = function if isinstance(function, Gradient) else grad(function)
    return gradient.explain(*args, **kwargs)


__all__ = ["Gradient", "explain", "grad", "source", "value_and_grad", "vjp"]

install(through_door)
