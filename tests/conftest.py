"""Hypothesis profiles and the --update-golden option.

SOURCEDIFF_HYPOTHESIS_PROFILE chooses how many random programs a property test tries:
`fast`, `ci` (the default; the same programs at every run) or `thorough`.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from sourcediff.errors import SourcediffError

common = {
    "deadline": None,  # the first call of a gradient compiles it
    "suppress_health_check": [HealthCheck.too_slow],
    "print_blob": True,
}
settings.register_profile("fast", max_examples=30, derandomize=True, **common)
settings.register_profile("ci", max_examples=200, derandomize=True, **common)
settings.register_profile("thorough", max_examples=2000, **common)
settings.load_profile(os.environ.get("SOURCEDIFF_HYPOTHESIS_PROFILE", "ci"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite expected adjoints and outputs with what is generated now",
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether to rewrite what is expected instead of comparing with it."""
    return bool(request.config.getoption("--update-golden"))


OPEN_CASES = Path(__file__).parent / "open_cases.txt"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect what `open_cases.txt` lists: a refusal, or a bug that is still open.

    Both are strict: a case that has come to work must be taken off the list.
    """
    lines = OPEN_CASES.read_text().splitlines()
    listed = dict(line.split()[::-1] for line in lines if not line.startswith("#"))
    for item in items:
        state = listed.get(item.nodeid)
        if state == "refused":
            reason = "outside the language today, and refused with a reason"
            item.add_marker(
                pytest.mark.xfail(raises=SourcediffError, strict=True, reason=reason)
            )
        elif state == "open":
            reason = "a known bug: wrong, or fails"
            item.add_marker(pytest.mark.xfail(strict=True, reason=reason))
