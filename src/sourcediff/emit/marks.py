"""The stream between tree and text: pieces of text, and marks where a line may break.

A mark is a string: what it prints while everything stays on one line. Joining a stream
is therefore the one-line text, and only a statement that is too long is ever looked at
mark by mark (in `layout`).
"""

from __future__ import annotations

from enum import IntEnum, auto


class Kind(IntEnum):
    """What a mark means once its statement does not fit on one line."""

    BREAK = auto()
    """The group around it may break the line here."""
    CHAIN_BREAK = auto()
    """The same, if the chain around it stands in brackets, visible or optional."""
    IF_BROKEN = auto()
    """Text that is printed only if the group around it is broken."""
    NOTE = auto()
    """Text that never breaks, marked for what it says about its surroundings."""
    OPEN = auto()
    """After an opening bracket: an indented group on lines of its own."""
    CLOSE = auto()
    """Before a closing bracket."""
    GROUP = auto()
    """A group that breaks all its lines or none."""
    CHAIN = auto()
    """A group of operands, which breaks before all its operators or none."""
    END = auto()
    """The end of a GROUP or CHAIN."""
    WRAP = auto()
    """An expression that may be put in parentheses; `parentheses` decides which."""
    EXPAND = auto()
    """Parentheses that appear if the content does not fit on the line."""
    OPTIONAL = auto()
    """The same, unless breaking inside the content's own brackets helps."""
    LAST_RESORT = auto()
    """The same, if the content fits on a line of its own."""
    UNWRAP = auto()
    """The end of a WRAP, EXPAND, OPTIONAL or LAST_RESORT."""


class Strength(IntEnum):
    """How tightly an operator holds its operands, tightest first."""

    ATTRIBUTE = auto()
    POWER = auto()
    INVERSION = auto()
    PRODUCT = auto()
    SUM = auto()
    SHIFT = auto()
    BIT_AND = auto()
    BIT_XOR = auto()
    BIT_OR = auto()
    COMPARISON = auto()
    BOOLEAN = auto()
    CONDITIONAL = auto()


class Mark(str):
    """A place in a stream; as a string, what it prints on one line."""

    __slots__ = ("below", "kind", "strength", "when_broken")

    kind: Kind
    when_broken: str
    below: str
    strength: Strength | None

    def __new__(
        cls,
        flat: str,
        kind: Kind,
        when_broken: str = "",
        below: str = "",
        strength: Strength | None = None,
    ) -> Mark:
        """Make the mark that prints `flat` on one line, else something on two."""
        mark = super().__new__(cls, flat)
        mark.kind = kind
        mark.when_broken = when_broken
        mark.below = below
        mark.strength = strength
        return mark


LINE = Mark(" ", Kind.BREAK)
COMMA = Mark(", ", Kind.BREAK, when_broken=",")
TRAILING_COMMA = Mark("", Kind.IF_BROKEN, when_broken=",")
OPEN = Mark("", Kind.OPEN)
CLOSE = Mark("", Kind.CLOSE)
CLOSE_INDEX = Mark("", Kind.CLOSE)
"""That of a subscript, which is not broken for the sake of what is around it."""
NO_ARGUMENTS = Mark("()", Kind.NOTE)
EMPTY_LIST = Mark("[]", Kind.NOTE)
EMPTY_DICT = Mark("{}", Kind.NOTE)
LAMBDA = Mark("lambda", Kind.NOTE)
GROUP = Mark("", Kind.GROUP)
CHAIN = Mark("", Kind.CHAIN)
END = Mark("", Kind.END)
WRAP = Mark("", Kind.WRAP)
LAMBDA_BODY = Mark("", Kind.WRAP)
MESSAGE = Mark("", Kind.WRAP)
EXPAND = Mark("", Kind.EXPAND)
OPTIONAL = Mark("", Kind.OPTIONAL)
LAST_RESORT = Mark("", Kind.LAST_RESORT)
UNWRAP = Mark("", Kind.UNWRAP)

HUG = Mark("**", Kind.CHAIN_BREAK, below="** ", strength=Strength.POWER)
FLUENT = Mark("", Kind.CHAIN_BREAK, strength=Strength.ATTRIBUTE)
DOT = Mark("", Kind.NOTE, strength=Strength.ATTRIBUTE)
INVERT = Mark("~", Kind.NOTE, strength=Strength.INVERSION)
NAMED = Mark(" ", Kind.CHAIN_BREAK, strength=Strength.ATTRIBUTE)
BEFORE = {
    strength: Mark(" ", Kind.CHAIN_BREAK, strength=strength) for strength in Strength
}
"""The break before an operator of that strength."""
