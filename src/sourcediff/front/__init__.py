"""From a function object to a program in normal form."""

from __future__ import annotations

from sourcediff.front.mutations import expand_mutations
from sourcediff.front.normalize import normalize
from sourcediff.front.resolve import MISSING, is_static, resolve, static_value
from sourcediff.front.source import read_source

__all__ = [
    "MISSING",
    "expand_mutations",
    "is_static",
    "normalize",
    "read_source",
    "resolve",
    "static_value",
]
