"""Checks of gradients against differences of the function itself."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from sourcediff.api import Gradient, grad, value_and_grad, vjp
from sourcediff.callables import Wrt, bound, name_of, parameters_of
from sourcediff.derivatives import pushed_forward
from sourcediff.runtime.structure import copied
from sourcediff.structures import is_float, leaves_of, mapped, mapped_by_path

#: Steps of the differences, relative to the size of the leaf, largest first.
_FIRST_STEP = 2.0**-7
_STEPS = 5
_COMPLEX_STEP = 1e-30

Direction = Mapping[str, Any]
Mode: TypeAlias = Literal["reverse", "forward"]


class WrongGradient(AssertionError):
    """A derivative differs from the differences of its function.

    `leaf` names the number or array, such as `model['means']`; `expected` is what
    differences give along a random direction in it, `got` what the derivative gives.
    """

    def __init__(self, message: str, leaf: str, expected: Any, got: Any) -> None:
        self.leaf = leaf
        self.expected = expected
        self.got = got
        super().__init__(message)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.leaf, self.expected, self.got)


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    wrt: Wrt = 0,
    order: int = 1,
    modes: Sequence[Mode] = ("reverse",),
    rtol: float | None = None,
    atol: float = 1e-8,
    rng: np.random.Generator | int = 0,
    differences: Literal["central", "complex"] = "central",
    kwargs: Mapping[str, Any] | None = None,
) -> None:
    """Check the derivatives of a function at the given arguments.

    For every float leaf of the arguments that `wrt` names, and for all of them
    together, the pullback of a random cotangent is compared along a random direction
    with differences of `f`: `<x_bar, x_dot> = <y_bar, y_dot>`. The value, the shapes of
    the cotangents and that the arguments are left as they were are checked too. `f` may
    be a function or its `grad`; it may return one number, an array, or a structure.

    With `modes=("reverse", "forward")` the pushforward of each direction is compared,
    too, and with `order=2` the gradient of the gradient. `rtol` is 1e-6 where a leaf is
    float64 and 1e-3 where it is float32. `differences="complex"` takes complex steps
    instead of central differences: exact, for functions that compute with complex
    numbers as they do with real ones. `kwargs` are further arguments, by name.

    Raises `WrongGradient`, an AssertionError, which names leaf, expected and got;
    ValueError where there is no float among the arguments `wrt`.

    >>> check_grads(lambda x, w: np.sum(w * np.sin(x)), (np.ones(3), 2.0), wrt=(0, 1))
    """
    if isinstance(f, Gradient):
        f = f.primal
    if not modes or not set(modes) <= set(get_args(Mode)):
        options = " and ".join(map(repr, get_args(Mode)))
        raise ValueError(f"modes are a tuple of {options}; given {modes!r}")
    if order not in (1, 2):
        raise ValueError(f"order is 1 or 2; given {order!r}")
    if not isinstance(args, tuple | list):
        raise TypeError("args must be a tuple, one per positional argument")
    check = _Check(
        f,
        bound(f, tuple(args), kwargs or {}),
        wrt,
        rtol,
        atol,
        np.random.default_rng(rng),
    )
    check.complex_step = differences == "complex"
    check.run(modes)
    if order == 2:
        _second_order(check, modes)


class _Check:
    """One function at one point: its leaves, and what is compared there."""

    def __init__(
        self,
        f: Callable[..., Any],
        bound: inspect.BoundArguments,
        wrt: Wrt,
        rtol: float | None,
        atol: float,
        rng: np.random.Generator,
    ) -> None:
        self.f = f
        self.name = name_of(f)
        self.wrt, self.single = parameters_of(f, wrt)
        self.bound = bound
        self.rtol = rtol
        self.atol = atol
        self.rng = rng
        self.complex_step = False
        named = {n: v for n, v in self.bound.arguments.items() if n in self.wrt}
        self.leaves = {
            path: leaf
            for name, value in named.items()
            for path, leaf in leaves_of(value, name)
            if is_float(leaf)
        }
        if not self.leaves:
            raise ValueError(f"{self.name} has no floats among {', '.join(self.wrt)}")

    def arguments(self) -> dict[str, Any]:
        """Copies of the arguments, which a function may write into."""
        return {name: copied(value) for name, value in self.bound.arguments.items()}

    def called(self, function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        """The value of a function at arguments by name."""
        bound = self.fresh_bound(arguments)
        return function(*bound.args, **bound.kwargs)

    def fresh_bound(
        self, arguments: dict[str, Any] | None = None
    ) -> inspect.BoundArguments:
        """Arguments ready for a call: copies of the given ones by default."""
        found = self.arguments() if arguments is None else arguments
        return inspect.BoundArguments(self.bound.signature, OrderedDict(found))

    def run(self, modes: Sequence[Mode]) -> None:
        """Compare the derivatives of both modes with differences."""
        y = self.called(self.f, self.arguments())
        outputs = {p: leaf for p, leaf in leaves_of(y, "result") if is_float(leaf)}
        is_number = list(outputs) == ["result"] and np.ndim(y) == 0
        is_number = is_number and not np.iscomplexobj(y)
        y_bar: Any = 1.0 if is_number else mapped(self._random, y)
        named = leaves_of(y_bar, "result")
        seed = {path: bar for path, bar in named if bar is not None}
        if "reverse" in modes:
            cotangents = self._gradient(y) if is_number else self._pullback(y_bar)
            self._reverse(cotangents, seed)
        if "forward" in modes:
            self._forward(seed)

    # --- reverse mode -----------------------------------------------------------------

    def _reverse(self, cotangents: Mapping[str, Any], y_bar: Direction) -> None:
        x_bar = {
            path: leaf_bar
            for name in self.wrt
            for path, leaf_bar in leaves_of(cotangents[name], name)
        }
        self._check_shapes(x_bar)
        for leaf, x_dot in self._directions():
            got = sum(inner(x_bar[path], dot) for path, dot in x_dot.items())
            self._compare(leaf, got, x_dot, y_bar, "pullback")

    def _gradient(self, y: Any) -> dict[str, Any]:
        arguments = self.arguments()
        function = value_and_grad(self.f, wrt=self.wrt)
        value, gradient = self.called(function, arguments)
        self._require_close(value, y, "its value")
        for name, argument in arguments.items():
            self._require_untouched(name, argument)
        return dict(zip(self.wrt, gradient, strict=True))

    def _pullback(self, y_bar: Any) -> dict[str, Any]:
        bound = self.fresh_bound()
        _, pullback = vjp(self.f, *bound.args, **bound.kwargs)
        names = [*self.bound.signature.parameters]
        return dict(zip(names, pullback(y_bar), strict=False))

    # --- forward mode -----------------------------------------------------------------

    def _forward(self, y_bar: Direction) -> None:
        for leaf, x_dot in self._directions():
            dots = {
                name: mapped_by_path(lambda path, _: x_dot.get(path), value, name)  # noqa: B023
                for name, value in self.bound.arguments.items()
                if name in self.wrt
            }
            _, y_dot = pushed_forward(self.f, self.fresh_bound(), dots)
            moved = dict(leaves_of(y_dot, "result"))
            got = sum(inner(bar, moved[path]) for path, bar in y_bar.items())
            self._compare(leaf, got, x_dot, y_bar, "pushforward")

    # --- one direction after the other ------------------------------------------------

    def _directions(self) -> Iterator[tuple[str, Direction]]:
        """A random direction in each leaf, and one in all of them together."""
        for path, leaf in self.leaves.items():
            yield path, {path: self._random(leaf)}
        if len(self.leaves) > 1:
            everywhere = {p: self._random(leaf) for p, leaf in self.leaves.items()}
            yield ", ".join(self.leaves), everywhere

    def _compare(
        self, leaf: str, got: float, x_dot: Direction, y_bar: Direction, by: str
    ) -> None:
        expected = self._difference(x_dot, y_bar)
        tolerance = self.atol + self._rtol(x_dot) * max(abs(got), abs(expected.value))
        if not abs(got - expected.value) <= tolerance:
            raise WrongGradient(
                self._report(leaf, expected, got, by), leaf, expected.value, got
            )

    def _report(self, leaf: str, expected: Difference, got: float, by: str) -> str:
        lines = [
            f"the derivative of {self.name} with respect to {leaf} is wrong",
            f"  expected {expected.value!r}   by differences along a random direction",
            f"  got      {got!r}   by the {by}",
        ]
        size = max(abs(got), abs(expected.value))
        if expected.doubt > 1e-2 * size:
            lines.append(
                f"The differences do not settle (to {expected.doubt:.1e}): "
                f"{self.name} may have a kink or a jump there."
            )
        return "\n".join(lines)

    def _rtol(self, x_dot: Direction) -> float:
        if self.rtol is not None:
            return self.rtol
        eps = max(np.finfo(np.asarray(self.leaves[path]).dtype).eps for path in x_dot)
        return 1e-6 if eps < 1e-10 else 1e-3

    # --- differences ------------------------------------------------------------------

    def _difference(self, x_dot: Direction, y_bar: Direction) -> Difference:
        """The derivative of `<y_bar, f>` along `x_dot`."""
        if self.complex_step:
            y = dict(leaves_of(self._moved(x_dot, 1j * _COMPLEX_STEP), "result"))
            total = sum(inner(bar, np.imag(y[path])) for path, bar in y_bar.items())
            return Difference(float(total / _COMPLEX_STEP), 0.0)

        def along(step: float) -> float:
            y = dict(leaves_of(self._moved(x_dot, step), "result"))
            return float(sum(inner(bar, y[path]) for path, bar in y_bar.items()))

        return extrapolated(along)

    def _moved(self, x_dot: Direction, step: complex) -> Any:
        """The function's value a step along a direction, computed in double."""

        def move(path: str, leaf: Any) -> Any:
            if not is_float(leaf):
                return leaf
            wide = np.result_type(np.asarray(leaf).dtype, np.float64)
            moved = np.asarray(leaf).astype(wide)
            if path in x_dot:
                moved = moved + step * x_dot[path]
            return moved if isinstance(leaf, np.ndarray) else moved[()].item()

        arguments = self.arguments()
        for name in self.wrt:
            if name in arguments:
                arguments[name] = mapped_by_path(move, arguments[name], name)
        return self.called(self.f, arguments)

    def _random(self, leaf: Any) -> Any:
        """A random direction of a leaf's shape, in proportion to its size."""
        if not is_float(leaf):
            return None
        values = np.asarray(leaf)
        scale = float(np.sqrt(np.mean(np.abs(values) ** 2))) if values.size else 1.0
        dot = (0.5 * scale + 0.5 * (scale == 0)) * self.rng.standard_normal(
            values.shape
        )
        if values.dtype.kind == "c":
            dot = dot + 1j * scale * self.rng.standard_normal(values.shape)
        return dot if isinstance(leaf, np.ndarray) else dot[()]

    # --- what else must hold ----------------------------------------------------------

    def _check_shapes(self, x_bar: Direction) -> None:
        for path, leaf in self.leaves.items():
            leaf_bar: Any = x_bar.get(path)
            shape = np.shape(leaf_bar)
            if leaf_bar is None or shape != np.shape(leaf):
                got = "None" if leaf_bar is None else f"shape {shape}"
                raise WrongGradient(
                    f"the derivative of {self.name} with respect to {path} "
                    f"needs shape {np.shape(leaf)}; it is {got}",
                    path,
                    np.shape(leaf),
                    shape,
                )

    def _require_close(self, got: Any, expected: Any, what: str) -> None:
        if not np.allclose(got, expected, rtol=1e-6, atol=self.atol, equal_nan=True):
            raise WrongGradient(
                f"the gradient of {self.name} computes another value: "
                f"expected {expected!r}, got {got!r}",
                what,
                expected,
                got,
            )

    def _require_untouched(self, name: str, argument: Any) -> None:
        before = dict(leaves_of(self.bound.arguments[name], name))
        for path, leaf in leaves_of(argument, name):
            if isinstance(leaf, np.ndarray) and not np.array_equal(
                leaf, before[path], equal_nan=leaf.dtype.kind in "fc"
            ):
                raise WrongGradient(
                    f"the gradient of {self.name} wrote into {path}",
                    path,
                    before[path],
                    leaf,
                )


def _second_order(check: _Check, modes: Sequence[Mode]) -> None:
    """Check the derivative of the gradient, as a function of the same arguments."""
    gradient = grad(check.f, wrt=check.wrt[0] if check.single else check.wrt)
    bound = check.fresh_bound()
    function = gradient.function_for(*bound.args, **bound.kwargs)
    again = inspect.signature(function).bind(*bound.args, **bound.kwargs)
    second = _Check(function, again, check.wrt, check.rtol, check.atol, check.rng)
    second.complex_step = check.complex_step
    second.name = f"the gradient of {check.name}"
    second.run(modes)


# --- differences of one number --------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """A derivative by differences, and how far they are from telling it.

    `doubt` is the distance of the best two estimates, or of the slopes on both sides.
    """

    value: float
    doubt: float


def extrapolated(along: Callable[[float], float]) -> Difference:
    """The derivative at zero, by central differences extrapolated to step zero.

    >>> found = extrapolated(lambda x: 3 * x + abs(x))
    >>> found.value, found.doubt
    (3.0, 1.0)
    """
    best = Difference(np.nan, np.inf)
    row: list[float] = []
    bends = []
    here = along(0.0)
    step = _FIRST_STEP
    for _ in range(_STEPS):
        ahead, behind = along(step), along(-step)
        bends.append(abs(ahead - 2 * here + behind) / (2 * step))
        new = [(ahead - behind) / (2 * step)]
        for power, coarse in enumerate(row, start=1):
            new.append(new[-1] + (new[-1] - coarse) / (4.0**power - 1))
            doubt = max(abs(new[-1] - new[-2]), abs(new[-1] - coarse))
            if doubt <= best.doubt:
                best = Difference(new[-1], doubt)
        row = new
        step /= 2
    # Where a function is smooth, halving the step halves the bend.
    bend = bends[-1] if bends[-1] > 0.9 * bends[-2] else 0.0
    return Difference(best.value, max(best.doubt, bend))


def inner(x: Any, y: Any) -> float:
    """The real inner product of two arrays."""
    return float(np.vdot(np.asarray(x), np.asarray(y)).real)
