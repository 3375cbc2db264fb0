"""Names of generated variables: readable, deterministic, never in the user's way."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Any

import gast

from sourcediff.trees import walk

Place = tuple[Any, ...]

_WORDS: dict[type, str] = {
    gast.Add: "plus",
    gast.Sub: "minus",
    gast.Mult: "times",
    gast.Div: "over",
    gast.Pow: "to",
    gast.MatMult: "at",
    gast.Mod: "mod",
    gast.FloorDiv: "over",
}
_RELATIONS: dict[type, str] = {
    gast.Gt: "above",
    gast.GtE: "from",
    gast.Lt: "below",
    gast.LtE: "upto",
    gast.Eq: "is",
    gast.NotEq: "is_not",
}
LONGEST = 20


class Names:
    """Every name of one generated program, the user's and ours.

    `taken` are the names that the user's function uses. On a clash of one cotangent's
    name, all cotangents are called `x_adj` instead of `x_bar`.
    """

    def __init__(self, taken: set[str]) -> None:
        self._taken = set(taken)
        self._users = frozenset(taken)
        clash = any(name.endswith("_bar") for name in taken)
        self.suffix = "adj" if clash else "bar"
        self._places: dict[Place, str] = {}
        self._counts: dict[str, int] = {}
        self._wishes: dict[str, str] = {}

    def bar(self, place: Place) -> str:
        """The cotangent of a variable, or of a part of it: `x_bar`, `w_bias_bar`."""
        if place not in self._places:
            parts = [re.sub(r"\W", "_", str(p)) for p in place]
            self._places[place] = self.fresh("_".join([*parts, self.suffix]))
        return self._places[place]

    def snapshot(self) -> tuple[set[str], dict[Place, str], dict[str, int]]:
        """What has been named so far."""
        return set(self._taken), dict(self._places), dict(self._counts)

    def restore(self, state: tuple[set[str], dict[Place, str], dict[str, int]]) -> None:
        """Forget the names made since a snapshot."""
        self._taken, self._places, self._counts = state

    def is_bar(self, identifier: str) -> bool:
        """Whether a name is that of a variable's cotangent."""
        return identifier in self._places.values()

    def places_of(self, names: tuple[str, ...]) -> list[Place]:
        """The places in the given variables whose cotangents have names."""
        return [place for place in self._places if place[0] in names]

    def fresh(self, base: str) -> str:
        """A name not used so far: `base`, or `base2`, `base3` and so on."""
        candidate = base
        number = 1
        while candidate in self._taken:
            number += 1
            candidate = f"{base}{number}"
        self._taken.add(candidate)
        return candidate

    def temporary(self, node: Any, suffix: str = "") -> str:
        """A name that says which subexpression it holds: `sin_x`, `x_minus_y`, `t1`."""
        words = describe(node)
        wish = None
        usable = words is not None and words.isidentifier() and words not in _KEYWORDS
        if words is None or not usable or len(words) > LONGEST:
            number = self._counts.get("t", 0) + 1
            self._counts["t"] = number
            words, wish = f"t{number}", "t#"
        if suffix and words in self._users:
            self.bar((words,))  # that name is for the variable's cotangent
        ending = f"_{suffix}" if suffix else ""
        made = self.fresh(words + ending)
        self._wishes[made] = (wish or words) + ending
        return made

    def renumbered(self, body: list[Any], temporaries: Iterable[str]) -> dict[str, str]:
        """Let names count from one again where others have gone.

        `temporaries` are the names of a function's body that may change. The result
        tells what has become of each that there is.
        """
        free = set(temporaries) & self._wishes.keys()
        if not free:
            return {}
        nodes = [n for s in body for n in walk(s) if isinstance(n, gast.Name)]
        order = dict.fromkeys(node.id for node in nodes)
        changing = [n for n in order if n in free and f"{n}_saved" not in order]
        used = {*order, *self._users} - set(changing)
        renamed = {}
        for identifier in changing:
            wish = self._wishes[identifier]
            made = next(n for n in _numbered(wish, self.suffix) if not used & set(n))
            used.add(made[0])
            renamed[identifier] = made[0]
            self._taken.add(made[0])
        for node in nodes:
            node.id = renamed.get(node.id, node.id)
        return renamed


def _numbered(wish: str, suffix: str) -> Iterator[list[str]]:
    """A wished name with numbers, and what else must not have the number.

    That is `x_bar`, `x_bar2`; and `t1`, `t2`, which are not for `t1_bar` to mean.
    """
    if "#" not in wish:
        yield [wish]
    for number in itertools.count(1 if "#" in wish else 2):
        if "#" not in wish:
            yield [f"{wish}{number}"]
        else:
            made = wish.replace("#", str(number))
            yield [made, f"t{number}", f"t{number}_{suffix}"]


_KEYWORDS = frozenset({"in", "is", "not", "and", "or", "if", "for"})


def describe(node: Any) -> str | None:
    """An expression in words, or None where there are none.

    >>> describe(gast.parse("np.sin(x) - 2 * a[i]").body[0].value)
    'sin_x_minus_a_i_times_2'
    """
    match node:
        case gast.Name(id=identifier):
            return str(identifier)
        case gast.Constant(value=int(value)) if value >= 0:
            return str(value)
        case gast.Constant(value=str(value)) if value.isidentifier():
            return value
        case gast.Attribute(value=value, attr=attr):
            base = describe(value)
            return attr if base in (None, "np", "numpy", "math") else f"{base}_{attr}"
        case gast.Subscript(value=value, slice=key):
            base, index = describe(value), describe(key)
            if base is None:
                return None
            return f"{base}_{index}" if index else base
        case gast.Tuple(elts=elements):
            parts = [describe(e) for e in elements]
            known = [p for p in parts if p]
            return "_".join(known) if known else None
        case gast.UnaryOp(op=gast.USub(), operand=operand):
            inner = describe(operand)
            return inner and f"minus_{inner}"
        case gast.BinOp(left=left, op=op, right=right) if type(op) in _WORDS:
            first, second = describe(left), describe(right)
            if first is None or second is None or not first[0].isalpha():
                if first and second and first[0].isdigit() and second[0].isalpha():
                    return f"{second}_{_WORDS[type(op)]}_{first}"
                return None
            return f"{first}_{_WORDS[type(op)]}_{second}"
        case gast.Call(func=function, args=arguments):
            return _describe_call(function, arguments)
        case gast.Compare(left=left, ops=[op], comparators=[right]) if (
            type(op) in _RELATIONS
        ):
            first, second = describe(left), describe(right)
            if first is None or second is None or not first[0].isalpha():
                return None
            return f"{first}_{_RELATIONS[type(op)]}_{second}"
        case _:
            return None


def _describe_call(function: Any, arguments: list[Any]) -> str | None:
    if isinstance(function, gast.Attribute) and describe(function.value) not in (
        "np",
        "numpy",
        "math",
    ):
        base = describe(function.value)
        return base and f"{base}_{function.attr}"
    name = describe(function)
    inner = describe(arguments[0]) if arguments else None
    return f"{name}_{inner}" if inner else name
