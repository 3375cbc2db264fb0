"""Compiled functions and gradients called with tensors are one node of their graph."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import MethodType
from typing import Any, Generic, ParamSpec, TypeVar

from sourcediff.pullback import is_compiled, vjp
from sourcediff.tensor.base import Base
from sourcediff.tensor.bridge import called, in_face
from sourcediff.tensor.fallback import Recording
from sourcediff.tensor.modes import is_grad_enabled
from sourcediff.tensor.structures import strip, tensors_in

P = ParamSpec("P")
R = TypeVar("R")


def on_tensors(
    function: Callable[..., Any],
    name: str,
    recorded: Callable[..., Any],
    args: Any,
    kwargs: Mapping[str, Any],
    tensors: list[Base],
) -> Any:
    """Call a function that can be compiled with tensors among its arguments.

    It becomes one node, whose pullback is compiled. What cannot be compiled is
    recorded: `recorded(*args, **kwargs)` computes the same on tracked values.
    """
    face = tensors[0].face
    if not is_grad_enabled() or all(tensor.edge is None for tensor in tensors):
        plain, named = strip((args, dict(kwargs)))
        return in_face(face, function(*plain, **named))
    bound = inspect.signature(function).bind(*args, **kwargs)
    args, kwargs = bound.args, bound.kwargs
    if not tensors_in(kwargs) and is_compiled(function, strip(args), kwargs):
        pullback = functools.partial(vjp, function, **kwargs)
        again = functools.partial(recorded, **kwargs)
        return called(name, pullback, args, again)
    return in_face(face, recorded(*args, **kwargs))


class Bridged(Generic[P, R]):
    """A function whose calls on tensors are one node of their graph; see `compiled`."""

    def __init__(self, function: Callable[P, R]) -> None:
        functools.update_wrapper(self, function, updated=())
        self._function = function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The value; a tensor where there are tensors among the arguments."""
        tensors = tensors_in(args, kwargs)
        if not tensors:
            return self._function(*args, **kwargs)
        name = self.__name__
        return on_tensors(self._function, name, self._record, args, kwargs, tensors)

    def _record(self, *args: Any, **kwargs: Any) -> Any:
        return Recording(self._function, args, kwargs).result

    @property
    def primal(self) -> Callable[P, R]:
        """The user's function."""
        return self._function

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    __name__: str


def compiled(function: Callable[P, R]) -> Bridged[P, R]:
    """The function, whose calls on tensors are one node with a compiled pullback.

    So plain NumPy code trains within a model of `sourcediff.tensor`, at the speed of
    generated code. Called with arrays and floats it is the function itself. What cannot
    be compiled is recorded operation by operation.

    >>> import numpy as np
    >>> import sourcediff.tensor as st
    >>> @compiled
    ... def loss(w, x):
    ...     return np.sum((x @ w) ** 2)
    >>> w = st.tensor([1.0, 2.0], requires_grad=True)
    >>> value = loss(w, np.eye(2))
    >>> value
    tensor(5., dtype=torch.float64, grad_fn=<LossBackward0>)
    >>> value.backward()
    >>> w.grad
    tensor([2., 4.])
    """
    return Bridged(function)
