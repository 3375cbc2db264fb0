"""The names that a text reads from outside."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType

_READS = {"LOAD_GLOBAL", "LOAD_NAME"}
_WRITES = {"STORE_GLOBAL", "STORE_NAME"}


def free_names(text: str) -> set[str]:
    r"""The names that a module of this text reads and does not bind at its top.

    Names in annotations count: the text says itself whether they are read.

    >>> sorted(free_names("import math\ndef f(x, n=N):\n    return math.exp(x) * a"))
    ['N', 'a']
    """
    code = compile(text, "<text>", "exec", dont_inherit=True)
    instructions = list(_instructions(code))
    written = {i.argval for i in instructions if i.opname in _WRITES}
    return {i.argval for i in instructions if i.opname in _READS} - written


def _instructions(code: CodeType) -> Iterator[dis.Instruction]:
    yield from dis.get_instructions(code)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _instructions(constant)
