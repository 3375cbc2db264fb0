"""Free names are statics or data, and mean the same all over the tree."""

import math
import types

import gast
import numpy as np
import numpy.linalg as la
from numpy import exp as e

from sourcediff.front import MISSING, read_source, resolve, static_value
from tests.front.support import define

SCALE = 2.5
SETTINGS = types.SimpleNamespace(rate=0.5)
settings_module = types.ModuleType("settings_module")
settings_module.rate = 0.5
settings_module.rule = math.sin


def helper(x):
    return x


def resolved(function):
    return resolve(function, *read_source(function))


def value(text, program):
    return static_value(gast.parse(text, mode="eval").body, program)


def uses_all(x, count):
    y = helper(x) * SCALE + SETTINGS.rate + len([count])
    z = [np.sin(v) for v in (y, x)]
    return la.norm(z) + e(x) + undefined_yet(x)  # noqa: F821


def test_modules_and_functions_are_static_and_values_are_data():
    program = resolved(uses_all)
    assert program.statics == {
        "helper": helper,
        "la": la,
        "e": np.exp,
        "len": len,
        "np": np,
    }
    assert program.data == {"SCALE", "SETTINGS", "undefined_yet"}
    assert program.parameters == ("x", "count")


def test_closures_hide_globals_and_are_read_now():
    def make(np, factor):
        def inner(x):
            return np(x) * factor * inner.scale

        return inner

    program = resolved(make(math.sin, 2.0))
    assert program.statics["np"] is math.sin
    assert set(program.statics) == {"np", "inner"}
    assert program.data == {"factor"}


def test_static_values_follow_attributes_of_modules_classes_and_ufuncs():
    def function(x):
        return np, la, settings_module, x, float

    program = resolved(function)
    assert value("np.linalg.norm", program) is np.linalg.norm
    assert value("la.norm", program) is np.linalg.norm
    assert value("np.pi", program) == np.pi
    assert value("np.newaxis", program) is None
    assert value("np.add.at", program) == np.add.at
    assert value("np.ndarray.fill", program) is np.ndarray.fill
    assert value("float.hex", program) is float.hex
    assert value("settings_module.rule", program) is math.sin
    for unknown in ("settings_module.rate", "np.nothing", "x.T", "np.ones(3)", "y"):
        assert value(unknown, program) is MISSING


def test_own_imports_become_statics():
    function = define(
        """
        def f(x):
            import numpy.linalg
            import math as m
            from numpy import cos, linalg as algebra
            if x > 0:
                from math import tanh
            import not_there_at_all
            return tanh(m.sin(x)) + numpy.linalg.norm(cos(x)) + algebra.det(x)
        """
    )
    program = resolved(function)
    assert program.statics == {
        "tanh": math.tanh,
        "m": math,
        "numpy": np,
        "cos": np.cos,
        "algebra": np.linalg,
    }
    left = [n for n in gast.walk(program.node) if isinstance(n, gast.Import)]
    assert [n.names[0].name for n in left] == ["not_there_at_all"]


def test_an_import_whose_name_is_bound_again_stays():
    function = define(
        """
        def f(x):
            from math import sin
            sin = abs
            return sin(x)
        """
    )
    program = resolved(function)
    assert program.statics == {"abs": abs}


def test_names_that_inner_scopes_hide_are_data():
    def function(x, values):
        total = sum(values)
        return total + max([sum * 2 for sum in values]) + abs(x)

    program = resolved(function)
    assert "sum" in program.data
    assert "sum" not in program.statics
    assert {"max", "abs"} <= set(program.statics)


def test_names_of_inner_functions_are_resolved_too():
    def function(x):
        def inner(y, helper=helper):
            return np.sin(y) + helper(y)

        return inner(x) + SCALE

    program = resolved(function)
    assert program.statics == {"np": np}
    assert program.data == {"SCALE", "helper"}
