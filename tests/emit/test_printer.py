"""What is printed is the tree, and is what `ruff format` would print."""

import ast
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from random import Random
from typing import Any

import gast
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sourcediff.emit import Unprintable, expression_text, print_program
from sourcediff.ir import Comment
from tests.emit import trees

RUFF = shutil.which("ruff", path=sysconfig.get_path("scripts")) or shutil.which("ruff")
needs_ruff = pytest.mark.skipif(RUFF is None, reason="ruff is not installed")
RANDOMS = st.randoms(use_true_random=False)
LIBRARY = Path(sysconfig.get_path("stdlib"))
SAMPLE = [
    "argparse",
    "asyncio/base_events",
    "ast",
    "dataclasses",
    "enum",
    "fractions",
    "inspect",
    "json/decoder",
    "statistics",
    "test/test_grammar",
    "test/test_patma",
    "typing",
]


def in_function(*statements: Any) -> Any:
    """A module in which every statement is allowed."""
    module = gast.parse("def f():\n    while True:\n        pass")
    module.body[0].body[0].body = list(statements)
    return module


def comment(text: str, **attributes: int) -> Any:
    statement = gast.Expr(gast.Constant(Comment(text), None))
    vars(statement).update(attributes)
    return statement


def ruff_diff(text: str) -> str:
    assert RUFF is not None
    command = [RUFF, "format", "--isolated", "--target-version=py311", "--diff", "-"]
    result = subprocess.run(
        command, input=text, capture_output=True, text=True, check=False
    )
    assert result.returncode in (0, 1), result.stderr
    return result.stdout


# Against the parser


@given(RANDOMS)
def test_an_expression_is_what_its_text_means(random: Random) -> None:
    tree = trees.AllExpressions(random)(4)
    text = expression_text(tree)
    assert "\n" not in text
    assert gast.dump(gast.parse(f"({text})").body[0].value) == gast.dump(tree)


@given(RANDOMS)
def test_statements_are_what_their_text_means(random: Random) -> None:
    statement = trees.Statements(random, trees.AllExpressions(random))
    module = in_function(*statement.block(2))
    printed = print_program(module)
    assert gast.dump(gast.parse(printed.text)) == gast.dump(module)
    assert print_program(module) == printed


def without_docstring_layout(tree: ast.Module) -> str:
    """A dump in which docstrings are as `inspect.getdoc` shows them."""
    for node in ast.walk(tree):
        for part in ast.iter_child_nodes(node):
            if isinstance(part, ast.Delete):  # del (a, b) is del a, b
                elements = getattr(part.targets[0], "elts", [])
                part.targets = elements or part.targets
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef):
            text = ast.get_docstring(node)
            if text is not None:
                lines = [line.rstrip() for line in text.split("\n")]
                node.body[0] = ast.Expr(ast.Constant("\n".join(lines).strip()))
    return ast.dump(tree)


@pytest.mark.parametrize("name", SAMPLE)
def test_the_standard_library_survives_printing(name: str) -> None:
    path = LIBRARY / f"{name}.py"
    if not path.exists():
        pytest.skip(f"this Python comes without {name}")
    source = path.read_text(encoding="utf-8")
    text = print_program(gast.parse(source)).text
    meant = without_docstring_layout(ast.parse(source))
    assert without_docstring_layout(ast.parse(text)) == meant


# Against ruff


@needs_ruff
@pytest.mark.parametrize("seed", range(20))
def test_ruff_would_print_random_programs_the_same(seed: int) -> None:
    random = Random(seed)
    statement = trees.Statements(random, trees.Expressions(random))
    module = in_function(*(statement() for _ in range(60)))
    assert ruff_diff(print_program(module).text) == ""


@needs_ruff
@pytest.mark.parametrize("name", ["ast", "dataclasses", "enum", "fractions", "turtle"])
def test_ruff_would_print_the_standard_library_the_same(name: str) -> None:
    path = LIBRARY / f"{name}.py"
    if not path.exists() or sys.version_info[:2] != (3, 11):
        pytest.skip("the sample was chosen in the library of Python 3.11")
    module = gast.parse(path.read_text(encoding="utf-8"))
    assert ruff_diff(print_program(module).text) == ""


# Expressions


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x ** 2 + y[0] ** 2", "x**2 + y[0] ** 2"),
        ("-x ** 2", "-(x**2)"),
        ("(-x) ** 2 ** -n", "(-x) ** 2**-n"),
        ("a - (b - c) - d", "a - (b - c) - d"),
        ("(a * b) @ c", "a * b @ c"),
        ("a[i+1:, ::2, n]", "a[i + 1 :, ::2, n]"),
        ("a[1:-1]", "a[1:-1]"),
        ("a[(i, j)]", "a[i, j]"),
        ("a[i,]", "a[i,]"),
        ("a[()]", "a[()]"),
        ("not (a and (b or c))", "not (a and (b or c))"),
        ("(a < b) < c", "(a < b) < c"),
        ("a < b < c", "a < b < c"),
        ("(a if b else c) if d else e", "(a if b else c) if d else e"),
        ("f(x for x in y)", "f(x for x in y)"),
        ("f((x for x in y), 1)", "f((x for x in y), 1)"),
        ("f(a, *b, c=1, **d)", "f(a, *b, c=1, **d)"),
        ("lambda x, /, *, y=1: (x, y)", "lambda x, /, *, y=1: (x, y)"),
        ("(await x).y", "(await x).y"),
        ("1 .real + 1.0.real + 1j.real", "(1).real + (1.0).real + 1j.real"),
        ("'a' 'b'", '"ab"'),
        ("'say \"hi\"'", "'say \"hi\"'"),
        ("0XFF + 1E5 + 1e-7 + 0.10", "255 + 100000.0 + 1e-07 + 0.1"),
        (
            "f'{x!r:>{w}} {d[\"k\"]} { {1: 2}[1]}'",
            "f\"{x!r:>{w}} {d['k']} { {1: 2}[1] }\"",
        ),
        ("[(y := 1), y]", "[(y := 1), y]"),
    ],
)
def test_expressions_are_spelt_as_a_person_would(source: str, expected: str) -> None:
    assert expression_text(gast.parse(source).body[0].value) == expected


@pytest.mark.parametrize(
    "value",
    [
        -3,
        -0.5,
        -0.0,
        float("inf"),
        -float("inf"),
        float("nan"),
        1.5 - 2j,
        complex(0, -2),
        -2j,
        complex(float("inf"), 1),
        complex(0, float("inf")),
        1e16,
        2**70,
    ],
)
def test_constants_that_have_no_literal_keep_their_value(value: complex) -> None:
    node = gast.Constant(value, None)
    power = gast.BinOp(node, gast.Pow(), gast.Constant(1, None))
    attribute = gast.Attribute(node, "real", gast.Load())
    assert repr(eval(expression_text(node))) == repr(value)
    assert repr(eval(expression_text(attribute))) == repr(value.real)
    assert gast.parse(expression_text(power)).body[0].value.right.value == 1


def test_a_chain_of_any_length_is_printed() -> None:
    chain = trees.name("x")
    for _ in range(20_000):
        chain = gast.BinOp(chain, gast.Add(), trees.name("y"))
    assert expression_text(chain) == " + ".join(["x"] + ["y"] * 20_000)
    program = print_program(gast.Assign([trees.name("z")], chain, None))
    assert program.text == "z = (\n    x\n" + "    + y\n" * 20_000 + ")\n"


# Statements


def printed(source: str) -> str:
    return print_program(gast.parse(source)).text


def test_what_is_too_long_is_broken_as_ruff_does() -> None:
    name = "temperature_field_bar"
    assert printed(
        f"{name}[1:-1, 1:-1] += diffusivity[1:-1, None] * ({name}[2:, 1:-1] + u)"
    ) == (
        f"{name}[1:-1, 1:-1] += diffusivity[1:-1, None] * (\n"
        f"    {name}[2:, 1:-1] + u\n"
        ")\n"
    )
    assert printed(f"x = unbroadcast({name} * {name}, {name}) + {name}") == (
        f"x = (\n    unbroadcast({name} * {name}, {name})\n    + {name}\n)\n"
    )
    others = "velocity_field_bar, density_bar=None"
    assert printed(f"def energy({name}, {others}, *, result_bar=1.0): 1") == (
        f"def energy(\n    {name}, {others}, *, result_bar=1.0\n):\n    1\n"
    )


def test_a_comment_is_printed_line_by_line() -> None:
    function = gast.parse("def f(x):\n    return x").body[0]
    function.body.insert(0, comment("y = g(\n    x,\n)"))
    assert print_program(function).text == (
        "def f(x):\n    # y = g(\n    #     x,\n    # )\n    return x\n"
    )


def test_an_empty_comment_is_a_blank_line_where_one_may_stand() -> None:
    blank = comment("")
    function = gast.parse("def f(x):\n    y = x\n    return y").body[0]
    function.body = [blank, *function.body[:1], blank, blank, *function.body[1:], blank]
    assert print_program(function).text == "def f(x):\n    y = x\n\n    return y\n"


def test_a_block_of_comments_is_a_block() -> None:
    branch = gast.parse("if x:\n    pass").body[0]
    branch.body = [comment("nothing is active here")]
    text = print_program(branch).text
    assert text == "if x:\n    # nothing is active here\n    pass\n"


@needs_ruff
def test_comments_and_definitions_are_spaced_as_ruff_does() -> None:
    module = gast.parse(
        "import numpy as np\n"
        "def f(x):\n"
        "    '''Sum.\n\n      Slowly. '''\n"
        "    def g(): pass\n"
        "    if x:\n"
        "        def h(): ...\n"
        "    return x\n"
        "class A(B):\n"
        "    '''Doc.'''\n"
        "    y: int = 1\n"
        "x = f(1)\n"
    )
    function = module.body[1]
    function.body[1:1] = [comment("forward"), comment(""), comment("about g")]
    function.body.append(comment("end"))
    module.body.insert(1, comment("about f"))
    module.body.insert(4, comment("about x"))
    text = print_program(module).text
    assert text.count("# ") == 5
    assert ruff_diff(text) == ""


@needs_ruff
def test_every_statement_is_printed_as_ruff_does() -> None:
    text = printed(
        "from a.b import (c as d, e)\n"
        "from . import *\n"
        "async def f(a, /, b: int = 1, *c, d, **e) -> 'int':\n"
        "    async with a as b, c: pass\n"
        "    async for (x, y) in z: await x\n"
        "    else: return [i async for i in x]\n"
        "def g():\n"
        "    global h; nonlocal_ = 1\n"
        "    del a[0], b\n"
        "    x = yield\n"
        "    yield from (y, z)\n"
        "    (a): int\n"
        "    if (n := 10) > 5 and (m := 2): pass\n"
        "    elif n: pass\n"
        "    else: raise ValueError('no') from None\n"
        "    while not n: break\n"
        "    else: n = a, = b\n"
        "    try: pass\n"
        "    except* (A, B) as c: pass\n"
        "    else: assert x, 'because'\n"
        "    finally: pass\n"
        "    match a, b:\n"
        "        case [1, -2.5, *rest] | {'k': None, **more}: pass\n"
        "        case A(x, y=(B() | C()) as z) if z: pass\n"
        "        case np.pi | 1 - 2j | 'a' | []: pass\n"
        "        case _: pass\n"
    )
    assert ruff_diff(text) == ""


@pytest.mark.skipif(sys.version_info < (3, 12), reason="the grammar of Python 3.12")
def test_type_parameters_are_printed() -> None:
    source = (
        "type Pair[T: int, *Ts, **P] = tuple[T, T]\n\n\n"
        "def f[T](x: T) -> T:\n    return x\n"
    )
    assert printed(source) == source


def test_lines_lead_back_to_the_users_source() -> None:
    tree = gast.parse("def f(x):\n\n  y = g(x)\n\n\n  return y").body[0]
    tree.body.insert(0, comment("forward", lineno=3))
    tree.body.append(gast.Return(trees.name("y" * 90)))
    program = print_program(tree)
    assert program.lines == {1: 1, 2: 3, 3: 3, 4: 6, 5: 1}
    long = gast.parse(f"\n\nx = [{'a' * 50}, {'b' * 50}]\nfor i in x:\n  y\nelse:\n  z")
    assert print_program(long).lines == {1: 3, 2: 3, 3: 3, 4: 3, 5: 4, 6: 5, 7: 4, 8: 7}


@pytest.mark.parametrize(
    "tree",
    [
        gast.Constant(np.float64(1.5), None),
        gast.Constant(np.ones(2), None),
        gast.Constant(Comment("no value"), None),
        gast.Set([]),
        gast.Slice(None, None, None),
        gast.BinOp(trees.name("x"), gast.Not(), trees.name("y")),
        gast.Repr(trees.name("x")),
        gast.FormattedValue(trees.name("x"), -1, None),
        gast.Pass(),
    ],
    ids=lambda tree: type(tree).__name__,
)
def test_what_has_no_text_is_refused(tree: Any) -> None:
    with pytest.raises(Unprintable, match="cannot print"):
        expression_text(tree)


def test_statements_without_text_are_refused() -> None:
    for tree in (
        gast.If(trees.name("x"), [], []),
        gast.Print(None, [], True),
        gast.Exec(trees.name("x"), None, None),
        gast.Expression(trees.name("x")),
    ):
        with pytest.raises(Unprintable, match="cannot print"):
            print_program(tree)
