"""Kinds of random numbers, which are drawn in no derivative's way."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.analysis.creation import FLOAT, NONE, Handler, Keywords, bind, dims_of
from sourcediff.analysis.dims import INT, is_integer
from sourcediff.kinds import Array, Kind, Record, Scalar, scalar_of

#: The classes of what draws; their instances have no attributes to differentiate.
DRAWERS = (np.random.Generator, np.random.RandomState)

#: The parameters of each distribution before `size`.
_FLOATS = {
    "beta": "a b",
    "chisquare": "df",
    "exponential": "scale",
    "f": "dfnum dfden",
    "gamma": "shape scale",
    "gumbel": "loc scale",
    "laplace": "loc scale",
    "logistic": "loc scale",
    "lognormal": "mean sigma",
    "normal": "loc scale",
    "pareto": "a",
    "power": "a",
    "random": "",
    "random_sample": "",
    "rayleigh": "scale",
    "standard_cauchy": "",
    "standard_exponential": "",
    "standard_gamma": "shape",
    "standard_normal": "",
    "standard_t": "df",
    "triangular": "left mode right",
    "uniform": "low high",
    "vonmises": "mu kappa",
    "wald": "mean scale",
    "weibull": "a",
}
_INTEGERS = {
    "binomial": "n p",
    "geometric": "p",
    "integers": "low high",
    "negative_binomial": "n p",
    "poisson": "lam",
    "randint": "low high",
}


def _draw(parameters: str, dtype: np.dtype[Any], is_method: bool) -> Handler:
    """What a function of these parameters and `size` draws, if those are numbers."""
    names = (*parameters.split(), "size")
    own = ("self",) if is_method else ()

    def handle(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
        given = bind((*own, *names), arguments, keywords)
        if given is None:
            return None
        size = given.pop("size", NONE)
        given.pop("self", None)
        if not all(isinstance(scalar_of(kind), Scalar) for kind in given.values()):
            return None if size == NONE else _sized(dtype, size)
        return Scalar(dtype, dtype == FLOAT) if size == NONE else _sized(dtype, size)

    return handle


def _sized(dtype: np.dtype[Any], size: Kind) -> Kind | None:
    dims = dims_of(size)
    return None if dims is None else Array(dtype, dims, contiguous=True)


def _by_dims(is_method: bool) -> Handler:
    """What `rand(d0, d1, …)` and `randn(…)` draw."""

    def handle(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
        dims = arguments[is_method:]
        if keywords or not all(map(is_integer, dims)):
            return None
        if not dims:
            return Scalar(FLOAT)
        shapes = [dims_of(dim) for dim in dims]
        found = tuple(shape[0] for shape in shapes if shape)
        return Array(FLOAT, found, contiguous=True)

    return handle


def _indices(is_method: bool) -> tuple[Handler, Handler]:
    """What `choice(n, size)` and `permutation(n)` draw: some of range(n), or all."""

    def chosen(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
        names = ("a", "size", "replace", "p")
        given = bind(names, arguments[is_method:], keywords) or {}
        if not is_integer(given.get("a", NONE)):
            return None
        size = given.get("size", NONE)
        return Scalar(INT, python=False) if size == NONE else _sized(INT, size)

    def permuted(arguments: tuple[Kind, ...], keywords: Keywords) -> Kind | None:
        given = arguments[is_method:]
        plain = len(given) == 1 and is_integer(given[0]) and not keywords
        return _sized(INT, given[0]) if plain else None

    return chosen, permuted


def _handlers(home: Any, is_method: bool) -> dict[Any, Handler]:
    """The handlers of the functions of the module, or the methods of a class."""
    found: dict[Any, Handler] = {}
    for table, dtype in ((_FLOATS, FLOAT), (_INTEGERS, INT)):
        for name, parameters in table.items():
            if hasattr(home, name):
                found[getattr(home, name)] = _draw(parameters, dtype, is_method)
    for name in ("rand", "randn"):
        if hasattr(home, name):
            found[getattr(home, name)] = _by_dims(is_method)
    found[home.choice], found[home.permutation] = _indices(is_method)
    return found


def _maker(cls: type) -> Handler:
    return lambda arguments, keywords: Record(cls, ())


DRAWS: dict[Any, Handler] = {
    np.random.default_rng: _maker(np.random.Generator),
    np.random.RandomState: _maker(np.random.RandomState),
    **_handlers(np.random, False),
    **_handlers(np.random.Generator, True),
    **_handlers(np.random.RandomState, True),
}
