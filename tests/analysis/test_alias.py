"""Which names may share memory, and which certainly do not."""

from typing import Any

import gast
import numpy as np

from sourcediff.analysis.alias import Aliases
from sourcediff.analysis.effects import walk_statements
from sourcediff.analysis.sharing import Sharing, sharing
from sourcediff.analysis.signature import kinds_of
from sourcediff.compile.session import Session
from sourcediff.kinds import UNKNOWN, Array, Kind

ARRAY = Array(np.dtype(float), None)
A = np.linspace(0.3, 1.7, 12).reshape(3, 4)


def aliases(text: str, kind: Kind = UNKNOWN) -> tuple[Aliases, list[Any]]:
    """The relation of a program whose values are all of one kind, or not known."""
    body = gast.parse(text).body
    return Aliases(body, lambda _: kind, lambda _: None, lambda _: None), body


def at_end(text: str, name: str) -> set[str]:
    """The partners of a name after the last statement, without pseudo-names."""
    found, body = aliases(text)
    last = list(walk_statements(body))[-1]
    return {p for p in found.partners_after(last, name) if "@" not in p}


def test_slices_and_names_share() -> None:
    assert at_end("u = a[1:]\nw = u\nb = -c", "w") == {"a", "u"}
    assert at_end("u = a[1:]\nw = u\nb = -c", "b") == set()


def test_two_views_of_one_array_share() -> None:
    assert at_end("u = a[1:]\nw = a[:2]", "w") == {"a", "u"}


def test_sharing_with_a_third_is_not_sharing() -> None:
    text = "if c:\n    u = a\nelse:\n    u = b\nz = 1.0"
    assert at_end(text, "a") == {"u"}
    assert at_end(text, "u") == {"a", "b"}


def test_swapped_names_stay_apart() -> None:
    found, body = aliases(
        "for i in n:\n    a, b = b, a\n    u = a[1:]\n    b[0] = u[0]", ARRAY
    )
    store = body[0].body[-1]
    assert "b" not in found.partners(store, "a")
    assert found.partners(store, "u") >= {"a"}
    assert "b" not in found.partners(store, "u")


def test_swapped_through_a_temporary() -> None:
    found, body = aliases(
        "for i in n:\n    b[0] = a[0]\n    t = a\n    a = b\n    b = t", ARRAY
    )
    assert "b" not in found.partners(body[0].body[0], "a")


def test_a_store_into_what_may_be_a_list_shares() -> None:
    found, body = aliases("b[0] = a[0]\nz = 1.0")
    assert "b" in found.partners(body[-1], "a")


def test_rebinding_leaves_the_memory_to_its_views() -> None:
    found, body = aliases("u = a[1:]\na = a * 2.0\nz = 1.0")
    # a * 2.0 has no known kind, so that it may be a list that shares its elements.
    (pseudo,) = (p for p in found.partners_after(body[-1], "u") if "@" in p)
    assert pseudo.startswith("a@")


def test_memory_of_a_parameter_is_told_from_the_name() -> None:
    body = gast.parse("a, b = b, a").body
    found = Aliases(body, lambda _: UNKNOWN, lambda _: None, lambda _: None, ("a", "b"))
    assert found.partners_after(body[0], "a") == {"b@"}


def memory_made(function: Any, argument: Any) -> Sharing:
    """How what a function returns shares its argument's memory, as the compiler has it."""  # noqa: E501
    kinds = kinds_of({"a": argument})
    facts = Session().analysed(function, kinds, frozenset({"a"}))
    value = facts.program.node.body[-1].value
    return sharing(value, facts.kind_of, facts.callee)


def raveled(a: Any) -> Any:
    return a.ravel()


def reshaped(a: Any) -> Any:
    return np.reshape(a, (2, -1))


def raveled_transpose(a: Any) -> Any:
    return a.T.ravel()


def transposed(a: Any) -> Any:
    return np.swapaxes(a, 0, 1)


def flattened(a: Any) -> Any:
    return a.flatten()


def made_an_array(a: Any) -> Any:
    return np.asarray(a)


def made_a_float_array(a: Any) -> Any:
    return np.asarray(a, np.float32)


def copied(a: Any) -> Any:
    return np.array(a)


def turned(a: Any) -> Any:
    return np.rot90(a)


def diagonal(a: Any) -> Any:
    return np.diagonal(a)


FUNCTIONS = (
    raveled,
    reshaped,
    raveled_transpose,
    transposed,
    flattened,
    made_an_array,
    made_a_float_array,
    copied,
    turned,
    diagonal,
)


def test_what_is_said_of_functions_is_so() -> None:
    for argument in (A, A.T, A[:, ::2], A[1:], A[0]):
        for function in FUNCTIONS:
            if argument.ndim == 1 and function in (transposed, turned, diagonal):
                continue
            said = memory_made(function, argument)
            shares = np.shares_memory(function(argument), argument)
            if said is Sharing.COPY:
                assert not shares, function
            elif said is not Sharing.UNSURE:
                assert shares, function


def test_contiguous_arrays_are_certain() -> None:
    assert memory_made(raveled, A) is Sharing.VIEW
    assert memory_made(reshaped, A[1:]) is Sharing.VIEW
    assert memory_made(raveled, A[:, ::2]) is Sharing.COPY
    assert memory_made(reshaped, A[:, ::2]) is Sharing.UNSURE
    assert memory_made(raveled_transpose, A) is Sharing.COPY
