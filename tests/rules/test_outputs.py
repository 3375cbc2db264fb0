"""Where functions take arrays for their results is told as NumPy tells it."""

import inspect

import numpy as np
import pytest

from sourcediff.rules import parameters_with_output

HOMES = (np, np.linalg, np.fft)
#: They count days: there are no dates among what is differentiated.
OF_DATES = (np.busday_count, np.busday_offset, np.is_busday)


def with_output():
    for home in HOMES:
        for name in dir(home):
            function = getattr(home, name)
            if isinstance(function, np.ufunc | type) or not callable(function):
                continue
            if function in OF_DATES:
                continue
            try:
                parameters = inspect.signature(function).parameters
            except (TypeError, ValueError):  # in C, before NumPy 2.4
                continue
            out = parameters.get("out")
            if out is not None and out.kind is not out.KEYWORD_ONLY:
                yield pytest.param(function, list(parameters), id=name)


@pytest.mark.parametrize(("function", "parameters"), [*with_output()])
def test_parameters_up_to_the_output_are_those_of_numpy(function, parameters):
    told = parameters_with_output(function)
    at = parameters.index("out")
    assert len(told[:at]) == at
    assert told[at:] == parameters[at : len(told)]


@pytest.mark.parametrize("name", ["clip", "cumsum", "max", "std", "take", "trace"])
def test_methods_take_it_one_place_earlier(name):
    of_function = parameters_with_output(getattr(np, name))
    assert parameters_with_output(getattr(np.ndarray, name)) == of_function[1:]
