"""Matrices of derivatives: Jacobians and Hessians."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from types import MethodType
from typing import Any, Generic, ParamSpec, overload

import numpy as np

from sourcediff.callables import Wrt, bound, name_of, opened, parameters_of
from sourcediff.derivatives import (
    gradient_of,
    pushed_forward,
    pushed_forward_at_once,
)
from sourcediff.errors import CompileError, MissingRule, NoSource, NotDifferentiable
from sourcediff.gradient import Gradient
from sourcediff.pullback import Pullback, vjp
from sourcediff.recorded import recorded_jacobian
from sourcediff.runtime import copied, zeros_like
from sourcediff.structures import is_float, leaves, with_leaves
from sourcediff.tensor.structures import tensors_in

P = ParamSpec("P")


class Jacobian(Generic[P]):
    """The Jacobian of a function: call it with the function's own arguments."""

    def __init__(
        self, function: Callable[P, Any], wrt: Wrt = 0, has_aux: bool = False
    ) -> None:
        self._callable = function
        self._function, self._receiver = opened(function)
        functools.update_wrapper(self, function, updated=())
        self._wrt = wrt
        self._has_aux = has_aux
        self._names, self._single = parameters_of(function, wrt)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The Jacobian at these arguments, which are left as they were."""
        given = bound(self._function, (*self._receiver, *args), kwargs)
        if tensors_in(args, kwargs):
            return self._recorded(given)
        return _Matrix(
            self._function, given, self._names, self._single, self._has_aux
        ).run()

    def _recorded(self, given: inspect.BoundArguments) -> Any:
        found = recorded_jacobian(self._function, given, self._names, self._single)
        if not self._has_aux:
            return found
        return found[0], self._function(*given.args, **given.kwargs)[1]

    @property
    def primal(self) -> Callable[P, Any]:
        """The user's function."""
        return self._callable

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __repr__(self) -> str:
        return f"<Jacobian of {self.__name__} by {', '.join(self._names)}>"

    def __reduce__(self) -> Any:
        return type(self), (self._callable, self._wrt, self._has_aux)

    __name__: str


class _Matrix:
    """One evaluation of a Jacobian: the seeds are run through one compiled function."""

    def __init__(
        self,
        function: Callable[..., Any],
        bound: inspect.BoundArguments,
        names: tuple[str, ...],
        single: bool,
        has_aux: bool,
    ) -> None:
        self.function = function
        self.bound = bound
        self.names = names
        self.has_aux = has_aux
        inputs = tuple(bound.arguments[n] for n in names)
        self.inputs = inputs[0] if single else inputs
        self.x_leaves = list(leaves(self.inputs))
        for name in names:
            if not any(map(is_float, leaves(bound.arguments[name]))):
                kind = type(bound.arguments[name]).__name__
                raise NotDifferentiable(
                    name_of(function), name, f"a {kind} without floats"
                )

    def run(self) -> Any:
        """The Jacobian, by columns or by rows, whichever are fewer.

        By rows alone what cannot be compiled, since the tape knows no tangents.
        """
        place = next(_basis(self.x_leaves), None)
        if place is None:  # there is no element to move
            return self._reverse()
        try:
            first = self._column(*place)
        except (CompileError, MissingRule, NoSource):
            return self._reverse()
        y = first[0]
        outputs = sum(
            np.size(leaf) for leaf in leaves(self._value(y)) if is_float(leaf)
        )
        inputs = sum(np.size(leaf) for leaf in self.x_leaves if is_float(leaf))
        if inputs <= outputs or not outputs:
            jacobian = self._forward(first)
            return (jacobian, y[1]) if self.has_aux else jacobian
        return self._reverse()

    def _value(self, y: Any) -> Any:
        return y[0] if self.has_aux else y

    # --- columns ------------------------------------------------------------------------  # noqa: E501

    def _column(self, number: int, index: int) -> tuple[Any, Any]:
        """The value, and its derivative by one element of one leaf."""
        moved = with_leaves(self.inputs, _unit_seeds(self.x_leaves, (number, index)))
        dots = dict(
            zip(self.names, moved if self._is_tuple() else (moved,), strict=True)
        )
        return pushed_forward(self.function, self.bound, dots)

    def _at_once(self, first: tuple[Any, Any], places: list[Any]) -> Any:
        """The leaves of all columns from one pass, None where that is not possible."""
        return pushed_forward_at_once(
            self.function, self.bound, self.names, self._value, first[0], places
        )

    def _is_tuple(self) -> bool:
        return (
            len(self.names) > 1
            or self.inputs is not self.bound.arguments[self.names[0]]
        )

    def _forward(self, first: tuple[Any, Any]) -> Any:
        places = list(_basis(self.x_leaves))
        made = self._at_once(first, places) or [
            list(leaves(self._value((self._column(*place) if k else first)[1])))
            for k, place in enumerate(places)
        ]
        columns: list[list[Any]] = [[] for _ in self.x_leaves]
        for (number, _), column in zip(places, made, strict=True):
            columns[number].append(column)
        y = self._value(first[0])
        blocks = []
        for k, leaf in enumerate(leaves(y)):
            made_leaves = [
                _stacked([c[k] for c in column], leaf, x) if is_float(x) else None
                for column, x in zip(columns, self.x_leaves, strict=True)
            ]
            blocks.append(
                with_leaves(self.inputs, iter(made_leaves)) if is_float(leaf) else None
            )
        return with_leaves(y, iter(blocks))

    # --- rows ---------------------------------------------------------------------------  # noqa: E501

    def _reverse(self) -> Any:
        args, kwargs = copied(self.bound.args), copied(self.bound.kwargs)
        y, pullback = vjp(self.function, *args, **kwargs)
        value = self._value(y)
        rest = zeros_like(y[1]) if self.has_aux else None
        y_leaves = list(leaves(value))
        parameters = list(inspect.signature(self.function).parameters)
        places = [parameters.index(n) for n in self.names]

        def seed_of(seeds: Iterator[Any]) -> Any:
            pairs = zip(y_leaves, seeds, strict=True)
            parts = [seed if is_float(leaf) else None for leaf, seed in pairs]
            seed = with_leaves(value, iter(parts))
            return (seed, rest) if self.has_aux else seed

        def read(bars: tuple[Any, ...]) -> Any:
            found = tuple(bars[p] for p in places)
            return list(leaves(found if self._is_tuple() else found[0]))

        basis = list(_basis(y_leaves))
        rows = self._rows_at_once(pullback, seed_of, read, y_leaves, basis) or [
            read(pullback(seed_of(_unit_seeds(y_leaves, place)))) for place in basis
        ]
        blocks: list[Any] = []
        for number, leaf in enumerate(y_leaves):
            if not is_float(leaf):
                blocks.append(None)
                continue
            pairs = zip(basis, rows, strict=True)
            own = [row for (owner, _), row in pairs if owner == number]
            made = [
                _piled([row[i] for row in own], leaf, x) if is_float(x) else None
                for i, x in enumerate(self.x_leaves)
            ]
            blocks.append(with_leaves(self.inputs, iter(made)))
        jacobian = with_leaves(value, iter(blocks))
        return (jacobian, y[1]) if self.has_aux else jacobian

    def _rows_at_once(
        self, pullback: Any, seed_of: Any, read: Any, y_leaves: Any, basis: Any
    ) -> Any:
        """The leaves of all rows from one pass, None where that is not possible."""
        if not isinstance(pullback, Pullback):  # it runs on the tape
            return None
        return pullback.at_once(seed_of, read, y_leaves, self.x_leaves, basis)


def _basis(along: list[Any]) -> Iterator[tuple[int, int]]:
    """The elements of leaves that carry derivatives."""
    for number, leaf in enumerate(along):
        if is_float(leaf):
            yield from ((number, index) for index in range(np.size(leaf)))


def _unit_seeds(along: list[Any], place: tuple[int, int]) -> Iterator[Any]:
    """Zeros like leaves, with a one at a place."""
    number, index = place
    return (_unit(x, index if i == number else None) for i, x in enumerate(along))


def _unit(x: Any, index: int | None) -> Any:
    """Zeros like a leaf, with a one at a place in its flat order."""
    if not is_float(x):
        return None
    if not isinstance(x, np.ndarray):
        return type(x)(0.0 if index is None else 1.0)
    seed = np.zeros_like(x)
    if index is not None:
        seed[np.unravel_index(index, x.shape)] = 1.0
    return seed


def _stacked(columns: list[Any], y: Any, x: Any) -> Any:
    """Derivatives by the elements of `x`, as an array of the shape of `y`, then `x`."""
    if np.ndim(y) == 0 and np.ndim(x) == 0:
        return columns[0]
    return np.stack(columns, axis=-1).reshape(np.shape(y) + np.shape(x))


def _piled(rows: list[Any], y: Any, x: Any) -> Any:
    """Derivatives of the elements of `y`, as an array of the shape of `y`, then `x`."""
    if np.ndim(y) == 0 and np.ndim(x) == 0:
        return rows[0]
    if not rows:
        return np.zeros(np.shape(y) + np.shape(x), x.dtype)
    return np.stack(rows).reshape(np.shape(y) + np.shape(x))


@overload
def jacobian(
    function: Callable[P, Any], wrt: Wrt = ..., has_aux: bool = ...
) -> Jacobian[P]: ...
@overload
def jacobian(
    function: None = ..., wrt: Wrt = ..., has_aux: bool = ...
) -> Callable[[Callable[P, Any]], Jacobian[P]]: ...
def jacobian(function: Any = None, wrt: Wrt = 0, has_aux: bool = False) -> Any:
    """The Jacobian of a function: how every element of its result moves with `wrt`.

    For a result of shape `s` and an argument of shape `t` it has the shape `s + t`;
    nested structures of either give nested structures of such arrays, the result's
    outside, a tuple `wrt` being one of them. It is computed by columns in forward mode
    where the argument has no more elements than the result, else by rows in reverse
    mode; all run through the same compiled function, in one pass where every operation
    of it allows that. With `has_aux` the function returns a pair, and the second of
    it is returned beside the Jacobian.

    >>> jacobian(lambda x: np.array([x[0] * x[1], x[0] ** 2]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [4., 0.]])
    """
    if function is None:
        return functools.partial(jacobian, wrt=wrt, has_aux=has_aux)
    return Jacobian(function, wrt, has_aux)


@overload
def hessian(
    function: Callable[P, Any], wrt: Wrt = ..., has_aux: bool = ...
) -> Jacobian[P]: ...
@overload
def hessian(
    function: None = ..., wrt: Wrt = ..., has_aux: bool = ...
) -> Callable[[Callable[P, Any]], Jacobian[P]]: ...
def hessian(function: Any = None, wrt: Wrt = 0, has_aux: bool = False) -> Any:
    """The Hessian of a function that returns one number: the Jacobian of its gradient.

    It is computed forward over reverse, one product with a unit vector per element.

    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([2.0, 3.0]))
    array([[6., 4.],
           [4., 0.]])
    """
    if function is None:
        return functools.partial(hessian, wrt=wrt, has_aux=has_aux)
    if has_aux:
        return Jacobian(Gradient(function, wrt, has_aux=True), wrt, True)
    return Jacobian(gradient_of(function, wrt), wrt)
