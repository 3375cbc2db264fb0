"""Calls that write into an argument become stores."""

import ast
import textwrap

import numpy as np
import pytest

from sourcediff.front import expand_mutations
from sourcediff.kinds import UNKNOWN, Array, Scalar
from tests.front.support import compiled, define, normal_form, run, same, text_of

FLOATS = Array(np.dtype(float))
A = np.arange(9.0).reshape(3, 3)[::-1] * 1.1
V = np.array([2.3, -0.4, 1.7])
MASK = np.array([True, False, True])


def expanded(line, kinds=lambda node: FLOATS):
    function = define(f"def f(a, b, m):\n    {line}\n    return a")
    program = normal_form(function)
    return expand_mutations(program, kinds), program


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a.fill(2 * b.sum())", "a[...] = 2 * b.sum()"),
        ("a[0].fill(1.0)", "a[0][...] = 1.0"),
        ("np.copyto(a, b)", "a[...] = b"),
        ("np.copyto(a, b * 2, where=m)", "a[...] = np.where(m, b * 2, a)"),
        ("b.sort()", "b[...] = np.sort(b)"),
        ("a.sort(axis=0)", "a[...] = np.sort(a, 0)"),
        ("a[::-1].sort(0)", "a2 = a[::-1]; a2[...] = np.sort(a2, 0)"),
        ("np.add.at(b, [0, 0], 1.0)", "np.add.at(b, [0, 0], 1.0)"),
        ("np.subtract.at(b, [0, 0], b[:2])",
         "np.add.at(b, [0, 0], np.negative(b[:2]))"),
        ("b.partition(1)", "b[...] = np.partition(b, 1)"),
    ],
)  # fmt: skip
def test_calls_become_stores(line, expected):
    program, original = expanded(line)
    got = text_of(program).splitlines()[1:-1]
    assert textwrap.dedent("\n".join(got)) == ast.unparse(ast.parse(expected))
    calls = (A, V, MASK)
    assert same(run(compiled(program), calls), run(compiled(original), calls))


@pytest.mark.parametrize(
    "line",
    [
        "np.put(a, [0, 4], b[:1])",
        "np.place(b, m, a[0])",
        "np.putmask(b, m, 2.5)",
        "np.fill_diagonal(a, b)",
        "np.put_along_axis(a, np.array([[1]]), 2.5, axis=1)",
    ],
)
def test_rules_with_helpers_do_the_same(line):
    program, original = expanded(line)
    assert text_of(program) != text_of(original)
    calls = (A, V, MASK)
    assert same(run(compiled(program), calls), run(compiled(original), calls))


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("a.fill(2.0)", UNKNOWN),
        ("a.fill(2.0)", Array(np.dtype(int))),
        ("np.copyto(a, 2)", Array(np.dtype(bool))),
        ("a.append(2.0)", FLOATS),
        ("np.copyto(*[a, b])", FLOATS),
        ("note(a)", Scalar(np.dtype(float))),
    ],
)
def test_what_is_passive_or_unknown_stays(line, kind):
    program, original = expanded(line, lambda node: kind)
    assert text_of(program) == text_of(original)


def test_a_program_without_mutations_comes_back_itself():
    program, original = expanded("b = a * 2")
    assert program is original


def test_the_original_program_is_left_alone():
    program, original = expanded("a.fill(2.0)")
    assert "a.fill(2.0)" in text_of(original)
    assert program.node is not original.node


def test_helpers_of_rules_do_not_hide_the_users_names():
    function = define(
        "def f(a, key, cycle):\n    np.fill_diagonal(a, key)\n    return a"
    )
    program = expand_mutations(normal_form(function), lambda node: FLOATS)
    assert same(run(compiled(program), (A, V, 1)), run(function, (A, V, 1)))
