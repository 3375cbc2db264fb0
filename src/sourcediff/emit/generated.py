"""What is known of every generated text that was loaded, by its pseudo-filename."""

from __future__ import annotations

import linecache
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Generated:
    """A generated text: what it is, and which line of which file each line is from."""

    text: str
    title: str
    source_file: str
    lines: Mapping[int, int]


_known: dict[str, Generated] = {}
_lock = threading.Lock()


def find(filename: str) -> Generated | None:
    """The generated text that was registered under a pseudo-filename."""
    return _known.get(filename)


def pseudo_filename(name: str, source_file: str, line: int) -> str:
    """What tracebacks call the file of a generated function.

    >>> pseudo_filename("loss_grad", "/home/ada/model.py", 12)
    '<sourcediff loss_grad model.py:12>'
    """
    return f"<sourcediff {name} {Path(source_file).name}:{line}>"


def register(filename: str, generated: Generated) -> str:
    """Make a text known to tracebacks, pdb and inspect; the filename it got.

    That is the one asked for, or a numbered one if another text has it already.
    """
    with _lock:
        unique, number = filename, 1
        while (other := _known.get(unique)) is not None and other != generated:
            number += 1
            unique = f"{filename.removesuffix('>')} #{number}>"
        _known[unique] = generated
        _show(unique, generated.text)
    return unique


def _show(filename: str, text: str) -> None:
    # Without a modification time, linecache.checkcache lets the entry be.
    lines = text.splitlines(keepends=True)
    linecache.cache[filename] = (len(text), None, lines, filename)
