"""The error for a tree that has no text."""

from __future__ import annotations

from sourcediff.errors import SourcediffError


class Unprintable(SourcediffError, TypeError):
    """A tree holds something that cannot be printed as Python source.

    Such a tree was made by a program, not by a user: it is a defect of the pass that
    made it.

    >>> print(Unprintable("an empty block"))
    cannot print an empty block
    """

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(f"cannot print {what}")

    def __reduce__(self) -> tuple[type[Unprintable], tuple[str]]:
        return type(self), (self.what,)
