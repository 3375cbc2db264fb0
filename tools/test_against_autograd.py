"""The comparison with autograd runs, and says what the page says."""

import pytest

from tools.against_autograd import lines, original, ours, theirs

pytest.importorskip("autograd", reason="autograd is in the bench extra")
pytest.importorskip("scipy")


def test_what_autograd_has_is_covered_but_for_what_is_named() -> None:
    reverse, forward = theirs()
    assert forward < reverse
    functions = {original(p) for p in reverse} - {None}
    *_, told = lines()
    missing = told.partition("Without: ")[2].split(", ")
    assert len(missing) <= 5, told
    assert len(functions) > 180
    assert ours(lambda rule: rule.kind != "passive") > 3 * len(reverse)
