"""Every error of the library, the place it points to, and how its message reads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, order=True)
class Location:
    """A place in a user's file; line and column count from one, as editors do."""

    file: str
    line: int
    column: int = 0

    @classmethod
    def of(cls, file: str, node: Any) -> Location:
        """The place of a syntax-tree node."""
        return cls(
            file, getattr(node, "lineno", 0), getattr(node, "col_offset", -1) + 1
        )

    def __str__(self) -> str:
        column = f":{self.column}" if self.column else ""
        return f"{_shown(self.file)}:{self.line}{column}"


@dataclass(frozen=True, order=True)
class Problem:
    """One construct that cannot be compiled: where, what, and why with a way out."""

    location: Location
    construct: str
    cause: str


class SourcediffError(Exception):
    """The base of every error that sourcediff raises on purpose."""


class CompileError(SourcediffError):
    """A function holds constructs outside the language that compiles.

    All problems of the function are told at once, in the order of the file.

    >>> places = [Location("model.py", 18, 5), Location("model.py", 25, 9)]
    >>> print(CompileError("run", Location("model.py", 12), [
    ...     Problem(places[0], "yield state", "collect the states in a list"),
    ...     Problem(places[1], "cache[key] = v", "keys must be constants"),
    ... ]))
    sourcediff cannot compile run (model.py:12): 2 constructs are outside its language
      model.py:18:5   yield state      collect the states in a list
      model.py:25:9   cache[key] = v   keys must be constants
    Nothing was compiled.
    """

    def __init__(
        self,
        name: str,
        location: Location,
        problems: Iterable[Problem],
        outcome: str = "Nothing was compiled.",
    ) -> None:
        self.name = name
        self.location = location
        self.problems = tuple(sorted(problems))
        super().__init__(self.report(outcome))

    def report(self, outcome: str) -> str:
        """The message with another last line, which says what happens now."""
        count = len(self.problems)
        what = "1 construct is" if count == 1 else f"{count} constructs are"
        head = (
            f"sourcediff cannot compile {self.name} ({self.location}): "
            f"{what} outside its language"
        )
        return "\n".join([head, *problem_lines(self.problems), outcome])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.location, self.problems)


class NoSource(SourcediffError):
    """A function's source text cannot be read.

    >>> print(NoSource("sin", "it is written in C"))
    sourcediff cannot read the source of sin: it is written in C.
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"sourcediff cannot read the source of {name}: {reason}.")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.reason)


class MissingRule(SourcediffError):
    """A function has neither a derivative rule nor source that could be compiled.

    >>> print(MissingRule("np.sinc", Location("model.py", 3, 12)))
    np.sinc has no derivative rule (model.py:3:12). These lines add one:
    <BLANKLINE>
        from sourcediff import elementwise
        @elementwise(np.sinc)
        def sinc(y, x):
            return ...  # dy/dx, from the result y and the argument x
    <BLANKLINE>
    Or say that its result carries no derivative: nondifferentiable(np.sinc).

    Where it is known why there is none, that is said instead.

    >>> print(MissingRule("np.nditer", reason="iterates: write the loop"))
    np.nditer has no derivative rule: it iterates: write the loop.
    """

    def __init__(
        self, name: str, location: Location | None = None, reason: str | None = None
    ) -> None:
        self.name = name
        self.location = location
        self.reason = reason
        place = f" ({location})" if location else ""
        if reason is not None:
            super().__init__(f"{name} has no derivative rule{place}: it {reason}.")
            return
        short = name.rpartition(".")[2]
        short = short if short.isidentifier() else "derivative"
        super().__init__(
            f"{name} has no derivative rule{place}. These lines add one:\n\n"
            "    from sourcediff import elementwise\n"
            f"    @elementwise({name})\n"
            f"    def {short}(y, x):\n"
            "        return ...  # dy/dx, from the result y and the argument x\n\n"
            "Or say that its result carries no derivative: "
            f"nondifferentiable({name})."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.location, self.reason)


#: What to do about results that hold no number with a derivative. Among them are those
#: of a function without `return`, with `yield`, or async.
_WAYS_OUT = {
    **dict.fromkeys(
        ("None", "a string", "a generator", "a coroutine", "a async_generator"),
        "Return the number that is to be differentiated.",
    ),
    "a complex number": "Return a real one, such as abs(z) ** 2 or z.real, or use vjp "
    "with a complex seed.",
    **dict.fromkeys(
        ("an integer", "a boolean"),
        "It has no derivative: return the float that it is made of.",
    ),
}
_REAL = {"a complex number": "real number"}


class NonScalarResult(SourcediffError):
    """The gradient was asked of a function whose result is not one number.

    >>> print(NonScalarResult("predict", "a tuple of 2"))
    grad needs a function that returns one number; predict returned a tuple of 2.
    Use jacobian(predict) for all partial derivatives, or vjp(predict, ...) with a seed.
    >>> print(NonScalarResult("predict", "None"))
    grad needs a function that returns one number; predict returned None.
    Return the number that is to be differentiated.
    """

    def __init__(self, name: str, given: str, asked: str = "grad") -> None:
        self.name = name
        self.given = given
        self.asked = asked
        way_out = _WAYS_OUT.get(given)
        if way_out is None:
            way_out = (
                f"Use jacobian({name}) for all partial derivatives, "
                f"or vjp({name}, ...) with a seed."
            )
        super().__init__(
            f"{asked} needs a function that returns one {_REAL.get(given, 'number')}; "
            f"{name} returned {given}.\n{way_out}"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name, self.given, self.asked)


class NoAuxiliary(SourcediffError):
    """`has_aux` was asked of a function that does not return a pair.

    >>> print(NoAuxiliary("loss"))
    With has_aux=True a function returns a pair, the number that is differentiated and \
an auxiliary value; loss does not.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            "With has_aux=True a function returns a pair, the number that is "
            f"differentiated and an auxiliary value; {name} does not."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.name,)


class WrtError(SourcediffError):
    """`wrt` names no parameter of the function, or names it twice.

    >>> print(WrtError("loss", "v", ("w", "x")))
    wrt='v' is no parameter of loss; its parameters are w (0) and x (1).
    """

    def __init__(
        self,
        name: str,
        wrt: object,
        parameters: Sequence[str],
        reason: str = "is no parameter of",
    ) -> None:
        self.arguments = (name, wrt, tuple(parameters), reason)
        listed = _listed([f"{p} ({i})" for i, p in enumerate(parameters)])
        if isinstance(wrt, list):
            reason = "is a list; pass a tuple of parameters of"
        known = f"its parameters are {listed}" if parameters else "it has none"
        super().__init__(f"wrt={wrt!r} {reason} {name}; {known}.")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.arguments


class NotDifferentiable(SourcediffError):
    """A derivative was asked with respect to a value that cannot carry one.

    >>> print(NotDifferentiable("loss", "n", "the integer 3"))
    loss cannot be differentiated with respect to n: it is the integer 3.
    Pass floats (3.0, or an array of dtype float), or leave n out of wrt.
    """

    def __init__(self, name: str, parameter: str, given: str) -> None:
        self.arguments = (name, parameter, given)
        super().__init__(
            f"{name} cannot be differentiated with respect to {parameter}: "
            f"it is {given}.\n"
            "Pass floats (3.0, or an array of dtype float), "
            f"or leave {parameter} out of wrt."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.arguments


class SeedError(SourcediffError):
    """A seed or tangent does not fit the value that it belongs to.

    >>> print(SeedError("cotangent", "the result of model", "shape (3,)", "shape (2,)"))
    The cotangent of the result of model needs shape (3,); it was given shape (2,).
    """

    def __init__(self, role: str, of: str, expected: str, given: str) -> None:
        self.arguments = (role, of, expected, given)
        super().__init__(f"The {role} of {of} needs {expected}; it was given {given}.")

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.arguments


class LostGradient(SourcediffError):
    """A step would drop the derivative of a value in silence.

    >>> print(LostGradient("float(x)", "use x itself", Location("model.py", 4, 9)))
    float(x) drops the derivative of its argument (model.py:4:9): use x itself.
    """

    def __init__(
        self, construct: str, way_out: str, location: Location | None = None
    ) -> None:
        self.arguments = (construct, way_out, location)
        place = f" ({location})" if location else ""
        super().__init__(
            f"{construct} drops the derivative of its argument{place}: {way_out}."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.arguments


class UnknownArgument(SourcediffError):
    """A call has an argument that the derivative of the function does not know.

    >>> print(UnknownArgument("eig", "unexpected 'left'", Location("model.py", 4, 9)))
    The derivative of eig does not support this call (model.py:4:9): unexpected 'left'.
    """

    def __init__(
        self, name: str, reason: str, location: Location | None = None
    ) -> None:
        self.arguments = (name, reason, location)
        place = f" ({location})" if location else ""
        super().__init__(
            f"The derivative of {name} does not support this call{place}: {reason}."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.arguments


class OverlapError(SourcediffError):
    """Two arguments share memory, and one of them is written.

    >>> print(OverlapError("step", "u", "v"))
    step writes into u, which shares memory with v. Pass v.copy().
    """

    def __init__(self, name: str, written: str, other: str) -> None:
        self.arguments = (name, written, other)
        super().__init__(
            f"{name} writes into {written}, which shares memory with {other}. "
            f"Pass {other}.copy()."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.arguments


class EndlessStructure(SourcediffError):
    """An argument refers back to itself where its parts are counted one by one.

    >>> print(EndlessStructure("tree.children[0].parent"))
    tree.children[0].parent is a structure that it is itself a part of: it has no end.
    Only grad, value_and_grad and vjp take such arguments.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"{path} is a structure that it is itself a part of: it has no end.\n"
            "Only grad, value_and_grad and vjp take such arguments."
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path,)


def problem_lines(problems: Iterable[Problem]) -> list[str]:
    """One indented line per problem, in columns: place, construct, cause."""
    rows = [(str(p.location), _short(p.construct), p.cause) for p in problems]
    places = max((len(place) for place, _, _ in rows), default=0)
    constructs = max((len(construct) for _, construct, _ in rows), default=0)
    return [
        f"  {place:<{places}}   {construct:<{constructs}}   {cause}"
        for place, construct, cause in rows
    ]


def _short(construct: str, width: int = 40) -> str:
    line = construct.strip().partition("\n")[0].rstrip()
    return line if len(line) <= width else line[: width - 3].rstrip() + "..."


def _listed(items: Sequence[str]) -> str:
    if len(items) < 2:
        return "".join(items)
    return ", ".join(items[:-1]) + " and " + items[-1]


def _shown(file: str) -> str:
    """The path as seen from the working directory when it lies below that."""
    return file.removeprefix(f"{Path.cwd()}{os.sep}")
