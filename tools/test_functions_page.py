"""The page of functions is what the rules say; SciPy's names are accounted for."""

import importlib

import pytest

from sourcediff.rules import lookup, read_all_rules
from sourcediff.rules.scipy.scope import OUT_OF_SCOPE
from tools.functions import PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run: python -m tools.functions"


@pytest.mark.parametrize("name", ["scipy.special", "scipy.linalg"])
def test_a_public_function_of_scipy_has_a_rule_or_a_reason(name: str) -> None:
    read_all_rules()
    module = importlib.import_module(name)
    public = {n: getattr(module, n) for n in module.__all__ if hasattr(module, n)}
    functions = {
        n: f for n, f in public.items() if callable(f) and not isinstance(f, type)
    }
    missing = [
        f"{name}.{n}"
        for n, function in functions.items()
        if lookup(function) is None and f"{name}.{n}" not in OUT_OF_SCOPE
    ]
    stale = [
        f"{name}.{n}"
        for n, function in functions.items()
        if lookup(function) is not None and f"{name}.{n}" in OUT_OF_SCOPE
    ]
    assert len(functions) > 50
    assert not missing
    assert not stale
