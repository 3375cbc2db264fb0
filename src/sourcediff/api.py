"""The public functions: grad, value_and_grad, source, explain and vjp."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec, overload

from sourcediff.callables import Wrt
from sourcediff.explain import Explanation
from sourcediff.gradient import Gradient
from sourcediff.pullback import vjp
from sourcediff.runtime.door import install
from sourcediff.taped import Fallback, along_through_door, through_door

P = ParamSpec("P")


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


@overload
def value_and_grad(
    function: Callable[P, Any],
    wrt: Wrt = ...,
    *,
    has_aux: bool = ...,
    fallback: Fallback = ...,
) -> Gradient[P]: ...
@overload
def value_and_grad(
    function: None = ...,
    wrt: Wrt = ...,
    *,
    has_aux: bool = ...,
    fallback: Fallback = ...,
) -> Callable[[Callable[P, Any]], Gradient[P]]: ...
def value_and_grad(
    function: Any = None,
    wrt: Wrt = 0,
    *,
    has_aux: bool = False,
    fallback: Fallback = "tape",
) -> Any:
    """The value of a function and its gradient, computed together.

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
        x_bar = 2.0 * out_bar * x
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

install(through_door, along_through_door)
