"""What pytest collects: the examples of a rule are inputs of the rule's tests."""

import re
from pathlib import Path

RULES = Path(__file__).parent / "src" / "sourcediff" / "rules"
DECLARATION = re.compile(
    r"^(@(elementwise|linear|multilinear|rule|mutation|program)|nondifferentiable)\("
    r"|^from sourcediff.rules.declare import .*with_meanings",
    re.M,
)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave out files that declare rules: their `>>>` lines call primals on A, v."""
    if collection_path.suffix == ".py" and RULES in collection_path.parents:
        return DECLARATION.search(collection_path.read_text()) is not None
    return None
