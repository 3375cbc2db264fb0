"""Where in the user's program an operation stands."""

from __future__ import annotations

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


def user_frame() -> types.FrameType | None:
    """The innermost frame that belongs to no library: this one, NumPy or SciPy.

    Nor is it text that `exec` and `eval` were given, which has no place of its own.
    """
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith(_NOT_THE_USERS):
        frame = frame.f_back
    return frame


def user_location() -> Location | None:
    """The file and line of the innermost frame of the user's program.

    >>> user_location() is None
    False
    """
    frame = user_frame()
    return None if frame is None else Location(frame.f_code.co_filename, frame.f_lineno)
