"""Write docs/functions.md: every function with a derivative, and what is refused."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from sourcediff.listing import table
from sourcediff.rules import scope
from sourcediff.rules.scipy import scope as scipy_scope

PAGE = Path(__file__).parents[1] / "docs" / "functions.md"

HEAD = """\
# Functions

Written by `python -m tools.functions`; a test holds it against the rules.

Every function below has a derivative, declared once ([rules](rules.md)). *By* names the
arguments that it is taken by; another argument that carries a derivative is refused by
name. *Order* is `any` where all that the derivative computes with has a derivative in
its turn. *Mathematics* is the literature that the rule or its file names.

## With a derivative"""

REFUSED = """
## Refused

A call of these on values that carry a derivative is an error that names the function
and its place."""


def page() -> str:
    """The text of the page."""
    return "\n".join([HEAD, *table(), REFUSED, *_refused(), *_parameters(), ""])


def _refused() -> Iterator[str]:
    for title, names in (
        ("NumPy", scope.OUT_OF_SCOPE),
        ("SciPy", scipy_scope.OUT_OF_SCOPE),
    ):
        yield f"\n### {title}\n"
        by_reason = sorted(names.items(), key=lambda item: (item[1], item[0]))
        for reason, group in groupby(by_reason, key=lambda item: item[1]):
            listed = ", ".join(f"`{name}`" for name, _ in group)
            yield f"- {reason}: {listed}"


def _parameters() -> Iterator[str]:
    yield "\n### Arguments\n"
    for names, reason in scipy_scope.PARAMETERS.items():
        yield f"- {names}: {reason}"


def main() -> int:
    """Write the page; with --check only say whether it is up to date."""
    made = page()
    if "--check" in sys.argv[1:]:
        return int(not PAGE.exists() or PAGE.read_text() != made)
    PAGE.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
