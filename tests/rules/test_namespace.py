"""Every public name of NumPy has a rule, or a reason why it has none."""

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from sourcediff.rules import lookup, program_for
from sourcediff.rules.scope import OUT_OF_SCOPE, why_no_rule

NAMESPACES = {
    "np": np,
    "np.linalg": np.linalg,
    "np.fft": np.fft,
    "np.random": np.random,
    "np.ndarray": np.ndarray,
    "np.random.Generator": np.random.Generator,
    "np.random.RandomState": np.random.RandomState,
}


def public(owner: Any) -> Iterator[tuple[str, Any]]:
    """The public functions, types, methods and attributes of a module or a class."""
    for name in sorted(getattr(owner, "__all__", None) or dir(owner)):
        # A deprecated name that a module gives on request only is not looked at.
        if name.startswith("_") or name not in {*dir(owner), *vars(owner)}:
            continue
        value = getattr(owner, name)
        if isinstance(value, ModuleType):
            continue
        if isinstance(owner, type) or callable(value):
            yield name, value


@pytest.mark.parametrize("prefix", NAMESPACES)
def test_a_public_name_has_a_rule_or_a_reason(prefix: str) -> None:
    names = list(public(NAMESPACES[prefix]))
    missing = [
        f"{prefix}.{name}"
        for name, value in names
        if lookup(value) is None
        and program_for(value) is None
        and why_no_rule(f"{prefix}.{name}") is None
    ]
    assert len(names) > 10
    assert not missing


@pytest.mark.parametrize("prefix", NAMESPACES)
def test_no_reason_is_given_for_what_has_a_rule(prefix: str) -> None:
    stale = [
        f"{prefix}.{name}"
        for name, value in public(NAMESPACES[prefix])
        if (lookup(value) or program_for(value))
        and why_no_rule(f"{prefix}.{name}") is not None
    ]
    assert not stale


def test_reasons_are_sentences_that_follow_the_name() -> None:
    for name, reason in OUT_OF_SCOPE.items():
        assert name.startswith("np.")
        assert reason[0].islower()
        assert not reason.endswith(".")
