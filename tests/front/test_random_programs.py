"""Random programs of jumps and choices run the same before and after."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sourcediff.front import normalize
from tests.front.support import check, define, normal_form, text_of

VARIABLES = ("a", "b", "x")
NUMBERS = ("0.5", "1.25", "-0.75", "2")
TESTS = (
    "a > b",
    "note(a) > 1.5",
    "x < a",
    "n > 2",
    "i % 2 == 0",
    "a > 0 and b > 0",
    "not x > b",
    "v[0] > (a := a + 0.25)",
    "0.1 < bump(v) < (b if n > 1 else a)",
    "(a := note(b)) < x or a < (b := b + 0.5)",
)


LOOPS = (
    "for a in (x, b, 0.5)[:n]:",
    "for i, a in enumerate(v[:n]):",
    "for a, b in zip(v, [b, bump(v), x]):",
    "for a in reversed(v):",
    "for (i, a), b in zip(enumerate(v, 1), reversed(v[:n])):",
    "for a in (note(y) * 0.5 for y in v if y < 1):",
)


def bump(v):
    """Writes into its argument."""
    old = float(v[0])
    v[0] = v[0] * 0.5 + 0.25
    return old


def indented(lines):
    return ["    " + line for line in lines]


@st.composite
def expressions(draw, depth=2):
    kind = draw(st.integers(0, 14 if depth else 1))
    if kind == 0:
        return draw(st.sampled_from(NUMBERS))
    if kind == 1:
        return draw(st.sampled_from(VARIABLES))
    left = draw(expressions(depth=depth - 1))
    right = draw(expressions(depth=depth - 1))
    test = draw(st.sampled_from(TESTS))
    variable = draw(st.sampled_from(VARIABLES))
    index = draw(st.sampled_from(("0", "1", "i % 3")))
    return [
        f"({left} + {right})",
        f"({left} - {right})",
        f"note({left})",
        f"({left} if {test} else {right})",
        f"({left} or {right})",
        f"({left} and {right})",
        f"({variable} := {left})",
        f"v[{index}]",
        "bump(v)",
        f"max(note(k) + {left} for k in (a, b))",
        f"np.sum([{left} * y for y in v if y > 0.4])",
        f"scale({left})",
        f"sum({left} * k for k in range(3) if k != 1)",
    ][kind - 2]


@st.composite
def statements(draw, depth, loop):
    kinds = ["assign", "augment", "swap", "call", "pass", "store", "store", "swap2"]
    kinds += ["out"]
    if depth:
        kinds += ["if", "if", "ifelse", "for", "while", "nest", "with"]
    kinds += ["return"]
    if loop:
        kinds += ["break", "continue", "break"]
    kind = draw(st.sampled_from(kinds))
    value = draw(expressions())
    name = draw(st.sampled_from(VARIABLES))
    test = draw(st.sampled_from(TESTS))
    match kind:
        case "assign":
            return [f"{name} = {value}"]
        case "augment":
            return [f"{name} += {value}"]
        case "store":
            return [f"v[i % 3] {draw(st.sampled_from(('=', '+=', '*=')))} {value}"]
        case "swap2":
            return [f"v[0], v[i % 3] = v[1], {value}"]
        case "out":
            return [f"{name} = np.multiply(v, {value}, out=v)[0]"]
        case "swap":
            return [f"a, b = b, {value}"]
        case "call":
            return [f"note({value})"]
        case "pass":
            return ["pass"]
        case "return":
            return [f"return {value}"]
        case "break" | "continue":
            return [kind]
    body = indented(draw(blocks(depth - 1, loop)))
    match kind:
        case "if":
            return [f"if {test}:", *body]
        case "ifelse":
            other = indented(draw(blocks(depth - 1, loop)))
            return [f"if {test}:", *body, "else:", *other]
        case "with":
            return ["with np.errstate(all='ignore'):", *body]
    body = indented(draw(blocks(depth - 1, True)))
    head = {
        "for": "for i in range(n):",
        "nest": draw(st.sampled_from(LOOPS)),
        "while": "while (steps := steps + 1) < 9 and x < 40:",
    }[kind]
    lines = [head, *body]
    if draw(st.booleans()):
        lines += ["else:", *indented(draw(blocks(depth - 1, loop)))]
    return lines


@st.composite
def blocks(draw, depth, loop):
    parts = draw(st.lists(statements(depth, loop), min_size=1, max_size=3))
    return [line for part in parts for line in part]


@st.composite
def programs(draw):
    body = draw(blocks(3, False))
    head = [
        "def f(x, n):",
        "    a, b, i, steps = x * 0.5, 1.5 - x, 0, 0",
        "    v = np.array([x, 0.75, 1.5])",
        "    scale = lambda t: t * a - b",
    ]
    return "\n".join(
        [*head, *indented(body), "    return a + 2 * b + x * steps + v[0] - v[1]"]
    )


@given(programs())
def test_programs_run_as_written(text):
    function = define(text, bump=bump)
    check(function, (0.3, 0), (1.7, 1), (-2.5, 3), (0.9, 4), suspects=["x"])


@given(programs())
@settings(max_examples=50)
def test_a_normal_form_is_its_own(text):
    once = normal_form(define(text, bump=bump), ["x"])
    twice = normalize(once, frozenset("x"), {})
    assert text_of(twice) == text_of(once)
