"""Kinds of parameters as far as annotations and defaults tell, before any call."""

from __future__ import annotations

import inspect
import types
import typing
from typing import Any

import numpy as np

from sourcediff.ir import Program
from sourcediff.kinds import (
    UNKNOWN,
    Array,
    Kind,
    List,
    Scalar,
    Sequence,
    Size,
)

#: Less than any size: an int of which nothing is known may be negative.
_ANY_INT = -(2**62)


def kinds_from_annotations(program: Program) -> dict[str, Kind]:
    """The kinds of a program's parameters: annotated, or of their default, or Unknown.

    `float`, `int`, `complex`, `bool`, NumPy's scalar types, `np.ndarray` (taken for an
    array of float64), `NDArray[...]`, and tuples and lists of these are understood.
    """
    function = program.function
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return dict.fromkeys(program.parameters, UNKNOWN)
    hints = _annotations(function)
    kinds = {}
    for name in program.parameters:
        parameter = signature.parameters.get(name)
        kind: Kind = UNKNOWN
        if parameter is not None and parameter.kind not in (
            parameter.VAR_POSITIONAL,
            parameter.VAR_KEYWORD,
        ):
            kind = kind_of_annotation(hints.get(name))
            if kind == UNKNOWN:
                kind = _of_default(parameter.default)
        kinds[name] = _with_symbol(kind, name)
    return kinds


def _annotations(function: Any) -> dict[str, Any]:
    try:
        return dict(inspect.get_annotations(inspect.unwrap(function), eval_str=True))
    except Exception:  # noqa: BLE001  # an annotation may be any expression
        return {}


def kind_of_annotation(annotation: Any) -> Kind:
    """The kind of values that an annotation admits.

    >>> kind_of_annotation(float).dtype, kind_of_annotation(list[int]).item.dtype
    (dtype('float64'), dtype('int64'))
    """
    alias = getattr(typing.get_origin(annotation) or annotation, "__value__", None)
    if alias is not None:  # a `type` statement's; NDArray is one since NumPy 2.5
        given = typing.get_args(annotation)
        return kind_of_annotation(alias[given] if given else alias)
    if annotation in (bool, int, float, complex):
        return Scalar(np.dtype(annotation))
    if annotation is np.ndarray:
        return Array(np.dtype(float))
    if isinstance(annotation, type) and issubclass(annotation, np.generic):
        dtype = _dtype(annotation)
        return UNKNOWN if dtype is None else Scalar(dtype, False)
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is np.ndarray:
        of = typing.get_args(parts[-1]) if parts else ()
        return Array((_dtype(of[0]) if of else None) or np.dtype(float))
    if origin is tuple and parts and Ellipsis not in parts:
        return Sequence(tuple, tuple(map(kind_of_annotation, parts)))
    if origin is list and parts:
        return List(kind_of_annotation(parts[0]))
    return UNKNOWN


def _dtype(annotation: Any) -> np.dtype[Any] | None:
    if isinstance(annotation, types.GenericAlias) or not isinstance(annotation, type):
        general: Any = typing.get_origin(annotation) or annotation
        annotation = {np.floating: np.float64, np.integer: np.int64}.get(general)
    try:
        dtype = np.dtype(annotation)
    except TypeError:
        return None
    return dtype if dtype.kind in "biufc" else None


def _of_default(value: Any) -> Kind:
    if type(value) in (bool, int, float, complex):
        return Scalar(np.dtype(type(value)))
    return Array(value.dtype) if type(value) is np.ndarray else UNKNOWN


def _with_symbol(kind: Kind, name: str) -> Kind:
    if isinstance(kind, Scalar) and kind.dtype.kind in "iu":
        return Scalar(kind.dtype, kind.python, Size(name, 0, _ANY_INT))
    return kind
