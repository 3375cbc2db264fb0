"""Forward mode and what is built on it: jvp, hvp, linearize, jacobian, hessian."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from sourcediff.api import Gradient, Wrt, parameters_of, vjp
from sourcediff.compile import Compiled, compile_jvp
from sourcediff.dispatch import Dispatcher, arrays_in, detached, refuse_overlap
from sourcediff.errors import CompileError, MissingRule, NoSource, SourcediffError
from sourcediff.kinds import Kind
from sourcediff.runtime import copied, zeros_like
from sourcediff.tangents import is_float, leaves, like_primal, with_leaves

#: Functions whose forward-mode code is kept; past this all is forgotten.
MOST_FUNCTIONS = 512

_dispatchers: dict[Any, Dispatcher] = {}
_gradients: dict[Any, Gradient[Any]] = {}


def jvp(
    function: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    **kwargs: Any,
) -> tuple[Any, Any]:
    """The value of a function and its derivative along the tangents.

    There is one tangent per primal, of the primal's structure and shapes; None stands
    for zeros. Keyword arguments do not move. The result is `(y, y_dot)`, where `y_dot`
    has the structure of `y`, with None for what is no float. The function and all it
    calls are compiled to forward mode at the first call for each signature; the
    arguments are left as they were.

    Raises `SeedError` for a tangent that does not fit, `CompileError` and `MissingRule`
    for what cannot be differentiated.

    >>> def product(a, b):
    ...     return np.sin(a) * b
    >>> y, y_dot = jvp(product, (np.array([0.5, 1.5]), 2.0), (np.array([1.0, 0.0]), 0.5))
    >>> y.round(4), y_dot.round(4)
    (array([0.9589, 1.995 ]), array([1.9949, 0.4987]))
    """  # noqa: E501
    call = _Call(function, primals, tangents, kwargs, True)
    y, y_dot = call.run()
    return y, detached(y_dot, [*call.tangent_arrays()])


def jvp_source(
    function: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    **kwargs: Any,
) -> str:
    """The source that `jvp` generates for arguments like these.

    >>> print(jvp_source(lambda x, w: np.sin(x) * w, (0.5, 2.0), (1.0, None)))
    def lambda__jvp(x, w, x_dot):
        return np.sin(x) * w, x_dot * w * np.cos(x)
    <BLANKLINE>
    """
    return _Call(function, primals, tangents, kwargs, True).compiled.text


class _Call:
    """One call of a function in forward mode: its code and its arguments."""

    def __init__(
        self,
        function: Callable[..., Any],
        primals: Sequence[Any],
        tangents: Sequence[Any],
        kwargs: Mapping[str, Any],
        with_value: bool,
    ) -> None:
        _require_pairs(primals, tangents)
        bind = inspect.signature(function).bind_partial
        given, moving = bind(*primals).arguments, bind(*tangents).arguments
        dots = {
            name: like_primal(given[name], x_dot, f"the argument {name}")
            for name, x_dot in moving.items()
            if any(part is not None for part in leaves(x_dot))
        }
        self.dots = {n: d for n, d in dots.items() if any(map(is_float, leaves(d)))}
        self.primals = tuple(primals)
        self.kwargs = dict(kwargs)
        self.function = function
        dispatcher = _dispatcher(function, tuple(self.dots), with_value)
        self.compiled = dispatcher.find(self.primals, self.kwargs)

    def run(self) -> Any:
        """Call the generated function."""
        compiled = self.compiled
        if compiled.written:
            bound = inspect.signature(self.function).bind(*self.primals, **self.kwargs)
            bound.apply_defaults()
            name = getattr(self.function, "__name__", "function")
            refuse_overlap(name, compiled.written, bound.arguments)
        dots = dict(zip(compiled.tangents, self.dots.values(), strict=True))
        return compiled.functions[compiled.main](*self.primals, **self.kwargs, **dots)

    def tangent_arrays(self) -> Iterator[Any]:
        """The arrays of the tangents."""
        return arrays_in(list(self.dots.values()))  # type: ignore[no-any-return]


def _require_pairs(primals: Sequence[Any], tangents: Sequence[Any]) -> None:
    for role, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, tuple | list):
            raise TypeError(f"the {role} must be a tuple, one per positional argument")
    if len(primals) != len(tangents):
        raise TypeError(
            f"there must be one tangent per primal; given {len(primals)} primals and "
            f"{len(tangents)} tangents"
        )


def _dispatcher(
    function: Callable[..., Any], wrt: tuple[str, ...], with_value: bool
) -> Dispatcher:
    key = (function, wrt, with_value)
    known = _dispatchers.get(key)
    if known is None:

        def compile_(environment: Mapping[str, Kind]) -> Compiled:
            return compile_jvp(function, environment, wrt, with_value)

        if len(_dispatchers) >= MOST_FUNCTIONS:
            _dispatchers.clear()
        known = _dispatchers[key] = Dispatcher(function, compile_)
    return known


def hvp(
    function: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    **kwargs: Any,
) -> tuple[Any, ...]:
    """The product of a function's Hessian with the tangents: forward over reverse.

    The function returns one number. The Hessian is that by the primals whose tangents
    are not None; the others are held fixed, and have None in the result, which is a
    tuple of one product per primal.

    >>> def energy(x, k):
    ...     return k * np.sum(x**3)
    >>> hvp(energy, (np.array([1.0, 2.0]), 0.5), (np.array([1.0, -1.0]), None))
    (array([ 3., -6.]), None)
    """
    _require_pairs(primals, tangents)
    names = list(inspect.signature(function).parameters)[: len(primals)]
    wrt = tuple(
        n for n, x_dot in zip(names, tangents, strict=True) if x_dot is not None
    )
    gradient = _gradient(function, wrt)
    try:
        call = _Call(gradient, primals, tangents, kwargs, False)
    except (CompileError, MissingRule, NoSource):  # a Hessian is its own transpose
        _, pullback = vjp(gradient, *copied(tuple(primals)), **copied(kwargs))
        bars = pullback(tuple(x_dot for x_dot in tangents if x_dot is not None))
        pairs = zip(bars, tangents, strict=True)
        return tuple(bar if x_dot is not None else None for bar, x_dot in pairs)
    products = detached(call.run(), [*call.tangent_arrays()])
    found = dict(zip(wrt, products, strict=True))
    return tuple(found.get(name) for name in names)


def _gradient(function: Callable[..., Any], wrt: Wrt) -> Gradient[Any]:
    key = (function, wrt)
    if key not in _gradients:
        if len(_gradients) >= MOST_FUNCTIONS:
            _gradients.clear()
        _gradients[key] = Gradient(function, wrt)
    return _gradients[key]


def linearize(
    function: Callable[..., Any], *args: Any, **kwargs: Any
) -> tuple[Any, Callable[..., Any]]:
    """The value of a function, and its derivative there as a linear function.

    That takes one tangent per positional argument, None for zeros, and gives the
    tangent of the result. It may be called any number of times, and does not see what
    happens to the arguments later.

    >>> y, pushforward = linearize(lambda a, b: a * b, 3.0, 4.0)
    >>> y, pushforward(1.0, 0.0), pushforward(None, 0.5)
    (12.0, 4.0, 1.5)
    """
    args, kwargs = copied(args), copied(kwargs)
    y = function(*copied(args), **copied(kwargs))
    zero = zeros_like(y)

    def pushforward(*tangents: Any) -> Any:
        """The tangent of the result for one tangent per positional argument."""
        call = _Call(function, args, tangents, kwargs, False)
        if not call.dots:
            return copied(zero)
        return detached(call.run(), [*call.tangent_arrays()])

    return y, pushforward


# --- matrices of derivatives ------------------------------------------------------------  # noqa: E501


class Jacobian:
    """The Jacobian of a function: call it with the function's own arguments."""

    def __init__(
        self, function: Callable[..., Any], wrt: Wrt = 0, has_aux: bool = False
    ) -> None:
        functools.update_wrapper(self, function, updated=())
        self._function = function
        self._wrt = wrt
        self._has_aux = has_aux
        self._names, self._single = parameters_of(function, wrt)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The Jacobian at these arguments, which are left as they were."""
        bound = inspect.signature(self._function).bind(*args, **kwargs)
        bound.apply_defaults()
        return _Matrix(
            self._function, bound, self._names, self._single, self._has_aux
        ).run()

    @property
    def primal(self) -> Callable[..., Any]:
        """The user's function."""
        return self._function

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        return functools.partial(self, instance)

    def __reduce__(self) -> Any:
        return type(self), (self._function, self._wrt, self._has_aux)

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
                raise SourcediffError(
                    f"{getattr(function, '__name__', 'function')} cannot be "
                    f"differentiated with respect to {name}: it holds no floats"
                )

    def run(self) -> Any:
        """The Jacobian, by columns or by rows, whichever are fewer.

        By rows alone what cannot be compiled, since the tape knows no tangents.
        """
        try:
            first = self._column(*next(self._basis()))
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

    def _basis(self) -> Iterator[tuple[int, int]]:
        for number, leaf in enumerate(self.x_leaves):
            if is_float(leaf):
                yield from ((number, index) for index in range(np.size(leaf)))

    # --- columns ------------------------------------------------------------------------  # noqa: E501

    def _column(self, number: int, index: int) -> tuple[Any, Any]:
        """The value, and its derivative by one element of one leaf."""
        seeds = [
            _unit(x, index if i == number else None)
            for i, x in enumerate(self.x_leaves)
        ]
        moved = with_leaves(self.inputs, iter(seeds))
        dots = dict(
            zip(self.names, moved if self._is_tuple() else (moved,), strict=True)
        )
        return _run_named(self.function, self.bound, dots)  # type: ignore[no-any-return]

    def _is_tuple(self) -> bool:
        return (
            len(self.names) > 1
            or self.inputs is not self.bound.arguments[self.names[0]]
        )

    def _forward(self, first: tuple[Any, Any]) -> Any:
        columns: list[list[Any]] = [[] for _ in self.x_leaves]
        for number, index in self._basis():
            made = first if not any(columns) else self._column(number, index)
            columns[number].append(list(leaves(self._value(made[1]))))
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
        blocks = []  # type: ignore[var-annotated]
        for number, leaf in enumerate(y_leaves):
            if not is_float(leaf):
                blocks.append(None)
                continue
            rows = []
            for index in range(np.size(leaf)):
                seeds = [
                    _unit(other, index if i == number else None)
                    for i, other in enumerate(y_leaves)
                ]
                seed = with_leaves(value, iter(seeds))
                bars = pullback((seed, rest) if self.has_aux else seed)
                found = tuple(bars[p] for p in places)
                rows.append(list(leaves(found if self._is_tuple() else found[0])))
            made = [
                _piled([row[i] for row in rows], leaf, x) if is_float(x) else None
                for i, x in enumerate(self.x_leaves)
            ]
            blocks.append(with_leaves(self.inputs, iter(made)))
        jacobian = with_leaves(value, iter(blocks))
        return (jacobian, y[1]) if self.has_aux else jacobian


def _run_named(
    function: Callable[..., Any], bound: inspect.BoundArguments, dots: Mapping[str, Any]
) -> Any:
    """The function's value and tangent, for tangents by parameter."""
    wrt = tuple(dots)
    compiled = _dispatcher(function, wrt, True).find(bound.args, bound.kwargs)
    if compiled.written:
        name = getattr(function, "__name__", "function")
        refuse_overlap(name, compiled.written, bound.arguments)
    named = dict(zip(compiled.tangents, dots.values(), strict=True))
    return compiled.functions[compiled.main](*bound.args, **bound.kwargs, **named)


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
    return np.stack(rows).reshape(np.shape(y) + np.shape(x))


def jacobian(function: Any = None, wrt: Wrt = 0, has_aux: bool = False) -> Any:
    """The Jacobian of a function: how every element of its result moves with `wrt`.

    For a result of shape `s` and an argument of shape `t` it has the shape `s + t`;
    nested structures of either give nested structures of such arrays, the result's
    outside, a tuple `wrt` being one of them. It is computed by columns in forward mode
    where the argument has no more elements than the result, else by rows in reverse
    mode; every column runs through the same compiled function. With `has_aux` the
    function returns a pair, and the second of it is returned beside the Jacobian.

    >>> jacobian(lambda x: np.array([x[0] * x[1], x[0] ** 2]))(np.array([2.0, 3.0]))
    array([[3., 2.],
           [4., 0.]])
    """
    if function is None:
        return functools.partial(jacobian, wrt=wrt, has_aux=has_aux)
    return Jacobian(function, wrt, has_aux)


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
    return Jacobian(_gradient(function, wrt), wrt)
