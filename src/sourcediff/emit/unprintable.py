"""The error for a tree that has no text."""

from __future__ import annotations


class Unprintable(TypeError):
    """A tree holds something that cannot be printed as Python source.

    Such a tree was made by a program, not by a user: it is a defect of the pass that
    made it.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"cannot print {what}")
