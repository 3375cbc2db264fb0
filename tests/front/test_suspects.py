"""Which names may carry derivatives."""

import numpy as np
import pytest

from sourcediff.front import read_source, resolve
from sourcediff.front.suspects import Suspicion
from sourcediff.kinds import Array, Dict, Scalar
from tests.front.support import define


def helper(x, *rest):
    return x


def suspects(body, kinds=None, parameters="x, n, v, d"):
    lines = "\n    ".join(body.split("; "))
    function = define(f"def f({parameters}):\n    {lines}\n    return x", helper=helper)
    program = resolve(function, *read_source(function))
    return sorted(Suspicion(program, ["x"], kinds or {}).names - {"x"})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("y = x * 2; z = n * 2", ["y"]),
        ("z = y; y = x", ["y", "z"]),
        ("a, b = x, n", ["a"]),
        ("a, (b, *c) = n, x", ["b", "c"]),
        ("a, b = helper(x)", ["a", "b"]),
        ("a = b = x", ["a", "b"]),
        ("a: float = x", ["a"]),
        ("k = (m := x)", ["k", "m"]),
        ("a = x.shape[0] + x.ndim + len(x); b = x.T", ["b"]),
        ("a = x > 1; b = not x; c = len(x); e = 0 < x < 1", []),
        ("a = np.argmax(x); b = x.argmax(); c = isinstance(x, int)", []),
        ("a = n[x]; b = x[n]; c = {'k': x}['k']", ["b", "c"]),
        ("a = x if n else n; b = n if x else n; c = x and n", ["a", "c"]),
        ("v[0] = x", ["v"]),
        ("a = f'{x}'; b = [str(i) for i in a]; c = f'{n}'", ["a", "b", "i"]),
        ("v[0] = n", []),
        ("v.w = x", ["v"]),
        ("v[0].w[1] += x", ["v"]),
        ("w = v; w[0] = x", ["v", "w"]),
        ("w = v[1:].T; w[0] = x", ["v", "w"]),
        ("w = v * 2; w[0] = x", ["w"]),
        ("w = np.sin(v); w[0] = x", ["w"]),
        ("w = [v]; w[0][0] = x", ["v", "w"]),
        ("v.append(x)", ["v"]),
        ("v.append(n); v.count(x)", []),
        ("np.add(n, x, out=v)", ["v"]),
        ("np.copyto(v, x)", ["v"]),
        ("np.add.at(v, n, x)", ["v"]),
        ("helper(x, v)", ["v"]),
        ("helper(n, v)", []),
        ("np.linalg.norm(x, n)", []),
        ("print(x, v)", []),
        ("y = [i * x for i in range(n)]", ["y"]),
        ("y = [i for i in range(int(x))]", []),
        ("y = [a for a in x]; z = {k: a for k in n}", ["a", "y", "z"]),
        ("y = max(a for a in v)", []),
        ("g = lambda t: t * x; y = g(n)", ["g", "y"]),
        ("g = lambda t: t * 2; y = g(n); z = g(x)", ["t", "z"]),
        ("g = lambda t: t * 2; y = helper(g, x)", ["t", "y"]),
    ],
)
def test_names(body, expected):
    got = suspects(body)
    assert [name for name in got if name not in {"g"} - set(expected)] == expected


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("for a in x", ["a"]),
        ("for a in range(len(x))", []),
        ("for a in range(x)", []),
        ("for i, a in enumerate(x)", ["a"]),
        ("for a, b in zip(x, n)", ["a"]),
        ("for i, (a, b) in enumerate(zip(n, x))", ["b"]),
        ("for a in reversed(x)", ["a"]),
        ("for a in enumerate(x)", ["a"]),
        ("for k, a in x.items()", ["a"]),
        ("for k in x.keys()", []),
        ("with helper(x) as a", ["a"]),
    ],
)
def test_loops(head, expected):
    assert suspects(f"{head}: pass") == expected


def test_kinds_exempt_parameters_that_cannot_carry_a_derivative():
    kinds = {"n": Array(np.dtype(int)), "v": Array(np.dtype(float))}
    assert suspects("helper(x, n, v)", kinds) == ["v"]
    assert suspects("n = x", kinds) == ["n"]
    mapping = {"x": Dict((("a", Scalar(np.dtype(float))),))}
    assert suspects("for k in x: y = x[k]", mapping) == ["y"]


def test_local_functions_are_suspect_by_what_they_capture_or_are_given():
    function = define(
        """
        def f(x, n):
            def captures(t):
                return t * x
            def given(t):
                u = t * 2
                return u
            def passive(t):
                w = t
                return w
            a = captures(n)
            b = given(x)
            c = passive(n)
            return a + b + c
        """
    )
    program = resolve(function, *read_source(function))
    names = Suspicion(program, ["x"], {}).names
    assert names >= {"captures", "t", "u", "a", "b"}
    assert not names & {"given", "passive", "c", "n"}
