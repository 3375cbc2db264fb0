"""A gradient: what it does when called, and what it knows of itself."""

from __future__ import annotations

import functools
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MethodType
from typing import Any, Concatenate, Generic, ParamSpec, overload

from sourcediff.analysis.annotations import kinds_from_annotations
from sourcediff.analysis.keys import make_key
from sourcediff.bridged import on_tensors
from sourcediff.callables import Wrt, bound, name_of, opened, parameters_of
from sourcediff.compile import (
    Compiled,
    Derived,
    Generated,
    compile_gradient,
)
from sourcediff.compile.analyse import program_of
from sourcediff.dispatch import (
    LARGEST_TABLE,
    Dispatcher,
    described,
    is_flat,
    is_number,
    refuse_overlap,
    require_differentiable,
    require_number,
)
from sourcediff.emit import NotStandalone, write_atomically
from sourcediff.emit.notes import annotate
from sourcediff.entrance import Entrance
from sourcediff.errors import LostGradient, NonScalarResult, NoSource
from sourcediff.explain import Explanation, explain_gradient
from sourcediff.export import module_text
from sourcediff.kinds import UNKNOWN, Kind, Unknown
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
    told,
)
from sourcediff.tensor.base import Base
from sourcediff.tensor.structures import tensors_in

P = ParamSpec("P")
Q = ParamSpec("Q")

#: What the table gives for a key that is not in it.
_NOTHING: tuple[Any, Any] = (None, None)


class Gradient(Derived, Generic[P]):
    """The gradient of a function: call it with the function's own arguments.

    Made by `grad` and `value_and_grad`. It compiles itself at the first call for each
    signature of the arguments, keeps the function's name, signature and docstring,
    works as a method, and can be pickled where the function can.
    """

    # A slot of the instance: Python calls what is in it at once, without a method
    # between that gathers the arguments.
    __slots__ = {"__call__": "The gradient at these arguments, left as they were."}
    __call__: Callable[P, Any]

    def __init__(
        self,
        function: Callable[P, Any],
        wrt: Wrt = 0,
        with_value: bool = False,
        fallback: Fallback = "tape",
        has_aux: bool = False,
    ) -> None:
        require_fallback(fallback)
        self._callable = function
        self._function, self._receiver = opened(function)
        functools.update_wrapper(self, function, updated=())
        self._wrt = wrt
        self._with_value = with_value
        self._has_aux = has_aux
        self._fallback: Fallback = fallback
        self._names, self._single = parameters_of(function, wrt)
        self._dispatcher = Dispatcher(self._function, self._compile, self._names)
        self._count = len(inspect.signature(self._function).parameters)
        self._key = make_key(self._count)
        self._unsealed: dict[Any, list[LostGradient]] = {}
        self._known: dict[Any, tuple[Compiled | None, Callable[P, Any]]] = {}
        self._entrance = Entrance(self._function, self._receiver, self._found)
        self.__call__ = self._entrance.unknown

    def _found(self, args: Any, kwargs: Mapping[str, Any]) -> Any:
        """Look the signature up, compile if need be, check and call.

        What is found is what the next call tries first.
        """
        key = None
        if not kwargs and len(args) == self._count:
            key = self._key(*args)
            compiled, call = self._known.get(key, _NOTHING)
            if compiled is not None and compiled.holds():
                self.__call__ = call
                return _run(compiled, args, kwargs)
        tensors = tensors_in(args, kwargs)
        if tensors:
            return self._on_tensors(args, kwargs, tensors)
        compiled = self._dispatcher.find(args, kwargs)
        if compiled.written:
            self._refuse_overlap(compiled, args, kwargs)
            if key is not None and all(map(is_flat, args)):
                self.__call__ = self._entrance.known(compiled, args)
        elif key is not None:
            if len(self._known) >= LARGEST_TABLE:
                self._known.clear()
            self.__call__ = self._entrance.known(compiled, args)
            self._known[key] = compiled, self.__call__
        return _run(compiled, args, kwargs)

    def _on_tensors(
        self, args: Any, kwargs: Mapping[str, Any], tensors: list[Base]
    ) -> Any:
        chosen = self._names, self._single, self._with_value, self._has_aux
        again = functools.partial(
            recorded_gradient, self._function, *chosen, *self._receiver
        )
        own = args[len(self._receiver) :]
        return on_tensors(self, self.__name__, again, own, kwargs, tensors)

    def _refuse_overlap(
        self, compiled: Compiled, args: Any, kwargs: Mapping[str, Any]
    ) -> None:
        given = bound(self._function, args, kwargs).arguments
        refuse_overlap(self.__name__, compiled.written, given)

    def _compile(self, environment: Mapping[str, Kind]) -> Compiled:
        name = name_of(self._function)
        require_differentiable(name, environment, self._names)
        chosen = self._names, self._single, self._with_value, self._has_aux

        def translated() -> Compiled:
            return self._translated(name, environment)

        taped = functools.partial(taped_gradient, self._function, *chosen, translated)
        unsealed = self._unsealed.setdefault(tuple(environment.items()), [])
        return compiled_or_taped(self._fallback, translated, taped, unsealed)

    def _translated(self, name: str, environment: Mapping[str, Kind]) -> Compiled:
        compiled = self._compiled(environment, self._with_value, self._may_tape)
        if not isinstance(compiled.result, Unknown) and not is_number(compiled.result):
            raise NonScalarResult(name, described(compiled.result))
        if compiled.needs_value:
            return self._checked(name, environment)
        return compiled

    def _checked(self, name: str, environment: Mapping[str, Kind]) -> Compiled:
        """Code that computes the value, too, and looks at it."""
        compiled = self._compiled(environment, True, self._may_tape)

        def checked(inner: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(inner)
            def call(*args: Any, **kwargs: Any) -> Any:
                value, gradient = inner(*args, **kwargs)
                require_number(name, value, self._has_aux)
                return arranged(value, gradient, self._with_value, self._has_aux)

            return call

        functions = {compiled.main: checked(compiled.functions[compiled.main])}
        fast = None if compiled.fast is None else checked(compiled.fast)
        return replace(compiled, functions=functions, fast=fast, may_misfit=True)

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

    def opened(self) -> tuple[Derived, tuple[Any, ...]]:
        """The gradient of a method's function, and the method's object."""
        return (self._of_function, self._receiver) if self._receiver else (self, ())

    @functools.cached_property
    def _of_function(self) -> Derived:
        wrt = self._names[0] if self._single else self._names
        options = self._with_value, self._fallback, self._has_aux
        return Gradient(self._function, wrt, *options)

    @property
    def primal(self) -> Callable[P, Any]:
        """The user's function."""
        return self._callable

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
        if compiled.needs_value:  # without the check of the result
            compiled = self._compiled(environment, self._with_value, False)
        return Generated(compiled.functions[compiled.main], compiled.guards)

    def explain(self, *args: P.args, **kwargs: P.kwargs) -> Explanation:
        """Line by line: what is active or passive, kept or computed again, and why.

        Without arguments, for those of the last new signature. A function that cannot
        be compiled is explained too: its refused lines say why.

        >>> import numpy as np
        >>> gradient = Gradient(lambda x, w: np.sum(w * np.sin(x)))
        >>> [line.notes for line in gradient.explain(np.ones(3), 2.0).lines]
        [('active: sum, multiply, sin',)]
        """
        environment = self._environment(args, kwargs)
        outcome = {"error": "Nothing was compiled.", "always": AS_ASKED}
        found = explain_gradient(
            self._function,
            environment,
            self._names,
            outcome.get(self._fallback, ON_THE_TAPE),
            self._may_tape,
        )
        unsealed = self._unsealed.get(tuple(environment.items()))
        return replace(found, outcome=told(unsealed[0])) if unsealed else found

    def stages(self, *args: P.args, **kwargs: P.kwargs) -> list[Stage]:
        """Every stage of the compilation, as programs that run."""
        environment = self._environment(args, kwargs)
        return stages(self._function, environment, self._names)

    def _environment(self, args: Any, kwargs: Mapping[str, Any]) -> Mapping[str, Kind]:
        if self._is_told(args, kwargs):
            return self._dispatcher.environment(self._given(args), kwargs)
        return self._latest_environment()

    def _is_told(self, args: Any, kwargs: Mapping[str, Any]) -> bool:
        """Whether arguments are given; a method may have none but its object."""
        return bool(args or kwargs) or self._count == len(self._receiver) > 0

    def _given(self, args: Any) -> tuple[Any, ...]:
        """The arguments of the function itself, for a method its object before them."""
        return (*self._receiver, *args)

    def module_text(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """The text of the module that `to_file` writes."""
        environment: Mapping[str, Kind]
        if self._is_told(args, kwargs):
            environment = self._environment(args, kwargs)
            compiled = self._dispatcher.find(self._given(args), kwargs)
        else:
            environment, compiled = self._latest()
        if is_taped(compiled) or compiled.taped:
            named = " and ".join(compiled.taped) or self.__name__
            raise NotStandalone(f"{named} runs on the tape")
        checked = compiled.needs_value and not self._with_value
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

    @overload
    def __get__(self, instance: None, owner: type | None = None) -> Gradient[P]: ...
    @overload
    def __get__(
        self: Gradient[Concatenate[Any, Q]], instance: object, owner: type | None = None
    ) -> Gradient[Q]: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        method = object.__new__(type(self))  # shares what is compiled
        known = vars(method)
        known.update(vars(self))
        known["_of_function"] = self
        known["_receiver"] = (*self._receiver, instance)
        known["_callable"] = known["__wrapped__"] = MethodType(self._callable, instance)
        method.__call__ = MethodType(self, instance)
        return method

    def __repr__(self) -> str:
        what = "value and gradient" if self._with_value else "gradient"
        return f"<{what} of {self.__name__} by {', '.join(self._names)}>"

    def __reduce__(self) -> Any:
        call = self.__call__
        if isinstance(call, MethodType) and isinstance(call.__func__, Gradient):
            return Gradient.__get__, (call.__func__, call.__self__)
        function = self._callable
        name = getattr(function, "__qualname__", "")
        module = sys.modules.get(getattr(function, "__module__", ""))
        found: Any = module
        for part in name.split("."):
            found = getattr(found, part, None)
        if found is self:  # it has taken the place of the function it decorates
            return name
        chosen = self._wrt, self._with_value, self._fallback, self._has_aux
        if getattr(found, "primal", None) is function:  # which has lost its name
            return _of_primal, (found, *chosen)
        return Gradient, (function, *chosen)

    __name__: str


def _of_primal(decorated: Any, *chosen: Any) -> Gradient[Any]:
    return Gradient(decorated.primal, *chosen)


def _run(compiled: Compiled, args: Any, kwargs: Mapping[str, Any]) -> Any:
    try:
        return compiled.function(*args, **kwargs)
    except Exception as error:
        annotate(error)
        raise
