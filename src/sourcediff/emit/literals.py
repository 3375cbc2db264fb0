"""Constants as text: numbers, strings, and the few values that have no literal."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from sourcediff.emit.unprintable import Unprintable

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_INFINITY = "1e309"
_NOT_A_NUMBER = f"({_INFINITY} - {_INFINITY})"


def constant_text(value: Any) -> str:
    """The text of a constant, without parentheses around a sign or a sum.

    >>> [constant_text(value) for value in ("a", 1e-5, None, ..., (0, -1))]
    ['"a"', '1e-05', 'None', '...', '(0, -1)']
    """
    # Subclasses are refused: np.float64 is a float that promotes differently.
    spell = _SPELLINGS.get(type(value))
    if spell is None:
        raise Unprintable(f"a constant of type {type(value).__name__}: {value!r}")
    return spell(value)


class QuoteClash(ValueError):
    """A literal cannot be spelt inside an f-string with the quotes that are left."""


def quoted_text(value: str | bytes, taken_quotes: tuple[str, ...] = ()) -> str:
    """A literal on one line, in double quotes if that needs no more escapes.

    Within an f-string, neither `taken_quotes` nor backslashes can be used.
    """
    text = value if isinstance(value, str) else value.decode("latin-1")
    inside = escaped if isinstance(value, str) else _escaped_bytes
    prefix = "" if isinstance(value, str) else "b"
    for quote in quotes_for(text):
        spelt = f"{prefix}{quote}{inside(text, quote)}{quote}"
        if not (taken_quotes and clashes(spelt, taken_quotes)):
            return spelt
    raise QuoteClash(repr(value))


def quotes_for(text: str) -> tuple[str, str]:
    """The quotes that may delimit a text, that which needs fewer escapes first."""
    return ("'", '"') if text.count('"') > text.count("'") else ('"', "'")


def clashes(spelt: str, taken_quotes: tuple[str, ...]) -> bool:
    """Whether a text cannot stand within f-strings that are delimited by `taken`."""
    return "\\" in spelt or any(quote in spelt for quote in taken_quotes)


def escaped(value: str, quote: str) -> str:
    r"""The inside of a string literal that is delimited by `quote`.

    >>> print(escaped("say \"hi\"\n", '"'))
    say \"hi\"\n
    """
    if value.isprintable() and "\\" not in value and quote not in value:
        return value
    return "".join(_escaped_character(c, quote) for c in value)


def _escaped_character(character: str, quote: str) -> str:
    if character == quote:
        return "\\" + quote
    if character in _ESCAPES:
        return _ESCAPES[character]
    return character if character.isprintable() else repr(character)[1:-1]


def _escaped_bytes(text: str, quote: str) -> str:
    return "".join(
        _escaped_character(c, quote) if c.isascii() else f"\\x{ord(c):02x}"
        for c in text
    )


def _float_text(value: float) -> str:
    if math.isnan(value):
        return _NOT_A_NUMBER
    return _without_plus(repr(value))


def _without_plus(text: str) -> str:
    return text.replace("e+", "e").replace("inf", _INFINITY)


def _complex_text(value: complex) -> str:
    """The shortest spelling that evaluates to this value, signs of zeros included.

    >>> [_complex_text(z) for z in (2j, complex(0, -2), complex(1.5, -2), -2j)]
    ['2j', '0 - 2j', '1.5 - 2j', '-2j']
    """
    size = complex(0, abs(value.imag))
    imaginary = _without_plus(repr(size))
    real = _float_text(value.real)
    spellings = {
        imaginary: size,
        f"-{imaginary}": -size,
        f"0 + {imaginary}": 0 + size,
        f"0 - {imaginary}": 0 - size,
        f"{real} + {imaginary}": value.real + size,
        f"{real} - {imaginary}": value.real - size,
    }
    for text, meaning in spellings.items():
        if repr(meaning) == repr(value) and not math.isnan(value.imag):
            return text
    raise Unprintable(f"the complex constant {value!r}, which no literal can spell")


def _tuple_text(values: tuple[Any, ...]) -> str:
    inside = ", ".join(map(constant_text, values))
    return f"({inside},)" if len(values) == 1 else f"({inside})"


_SPELLINGS: dict[type, Callable[[Any], str]] = {
    tuple: _tuple_text,
    str: quoted_text,
    bytes: quoted_text,
    bool: repr,
    type(None): repr,
    int: repr,
    float: _float_text,
    complex: _complex_text,
    type(...): lambda _: "...",
}
