"""Where in the user's program an operation stands."""

from __future__ import annotations

import os
import sys
import types
from pathlib import Path

import numpy as np

from sourcediff.errors import Location

_NOT_THE_USERS = (
    "<string>",
    str(Path(__file__).parent.parent),
    str(Path(np.__file__).parent),
    str(Path(np.__file__).parent.with_name("scipy") / "_")[:-1],
)
_STANDARD = str(Path(os.__file__).parent)


def user_frame() -> types.FrameType | None:
    """The innermost frame that belongs to no library: this, NumPy, SciPy, Python's.

    Nor is it text that `exec` and `eval` were given, which has no place of its own.
    """
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and _is_librarys(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def _is_librarys(file: str) -> bool:
    if file.startswith(_STANDARD):
        return "site-packages" not in file or file.startswith(_NOT_THE_USERS)
    return file.startswith(_NOT_THE_USERS)


def user_location() -> Location | None:
    """The file and line of the innermost frame of the user's program.

    >>> user_location() is None
    False
    """
    frame = user_frame()
    return None if frame is None else Location(frame.f_code.co_filename, frame.f_lineno)
