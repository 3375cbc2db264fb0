"""F-strings as text that Python 3.11 reads too, wherever there is such a text."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import gast

from sourcediff.emit.literals import QuoteClash, clashes, escaped, quotes_for
from sourcediff.emit.unprintable import Unprintable

Quotes = tuple[str, ...]
SpellExpression = Callable[[Any, Quotes], str]

_QUOTES_NEST: bool = sys.version_info >= (3, 12)


def fstring_text(node: Any, taken: Quotes, spell: SpellExpression) -> str:
    """The text of a JoinedStr within f-strings that are delimited by `taken`.

    Until Python 3.12 the expressions inside could hold neither backslashes nor the
    quotes around them, so all quotes are tried in turn; `spell` gives the text of an
    expression.
    """
    for quote in _candidates(node):
        try:
            text = f"f{quote}{_inside(node, quote, (*taken, quote), spell)}{quote}"
        except QuoteClash:
            continue
        if not (taken and clashes(text, taken)):
            return text
    if taken:
        raise QuoteClash("an f-string within an f-string")
    if not _QUOTES_NEST:
        raise Unprintable("an f-string that needs the grammar of Python 3.12")
    inside = _inside(node, '"', (), spell)
    return f'f"{inside}"'


def _candidates(node: Any) -> Quotes:
    literal = (part.value for part in node.values if isinstance(part, gast.Constant))
    return (*quotes_for("".join(literal)), '"""', "'''")


def _inside(node: Any, quote: str, taken: Quotes, spell: SpellExpression) -> str:
    return "".join(_part(part, quote, taken, spell) for part in node.values)


def _part(part: Any, quote: str, taken: Quotes, spell: SpellExpression) -> str:
    if isinstance(part, gast.Constant) and type(part.value) is str:
        text = part.value.replace("{", "{{").replace("}", "}}")
        return escaped(text, quote[0])
    if isinstance(part, gast.FormattedValue):
        return _replacement(part, quote, taken, spell)
    raise Unprintable(f"a {type(part).__name__} as part of an f-string")


def _replacement(part: Any, quote: str, taken: Quotes, spell: SpellExpression) -> str:
    text = spell(part.value, taken)
    if "lambda" in text and not text.startswith("("):
        text = f"({text})"
    if text.startswith("{"):
        text = f" {text} "
    conversion = "" if part.conversion in (-1, None) else f"!{chr(part.conversion)}"
    return f"{{{text}{conversion}{_format(part.format_spec, quote, taken, spell)}}}"


def _format(spec: Any, quote: str, taken: Quotes, spell: SpellExpression) -> str:
    if spec is None:
        return ""
    for part in spec.values:
        if isinstance(part, gast.Constant) and set("{}") & set(part.value):
            raise Unprintable("a format specification with a brace in it")
    return ":" + _inside(spec, quote, taken, spell)
