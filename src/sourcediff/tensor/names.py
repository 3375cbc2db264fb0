"""The names of nodes and of functions, as they are shown."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from sourcediff.rules import Rule, name_in_scipy

# Where PyTorch's word is another one than that of the rule.
_WORDS: dict[Any, str] = {
    np.multiply: "Mul",
    np.subtract: "Sub",
    np.divide: "Div",
    np.negative: "Neg",
    np.power: "Pow",
    np.absolute: "Abs",
    np.arctan2: "Atan2",
    np.arctan: "Atan",
    np.arcsin: "Asin",
    np.arccos: "Acos",
    np.arcsinh: "Asinh",
    np.arccosh: "Acosh",
    np.arctanh: "Atanh",
    np.max: "Max",
    np.min: "Min",
    np.ndarray.max: "Max",
    np.ndarray.min: "Min",
    np.concatenate: "Cat",
    np.copy: "Clone",
    np.ndarray.copy: "Clone",
    np.ndarray.astype: "ToCopy",
    np.reshape: "View",
    np.ndarray.reshape: "View",
    np.ravel: "View",
    np.ndarray.T: "Permute",
    np.transpose: "Permute",
    np.expand_dims: "Unsqueeze",
    np.broadcast_to: "Expand",
    np.clip: "Clamp",
    operator.getitem: "Index",
}


def label_of(function: Any, rule: Rule) -> str:
    """The name of the nodes that a function makes.

    >>> from sourcediff.rules import lookup
    >>> label_of(np.multiply, lookup(np.multiply)), label_of(np.sin, lookup(np.sin))
    ('MulBackward0', 'SinBackward0')
    """
    word = _WORDS.get(function)
    if word is None:
        word = "".join(part.capitalize() for part in rule.name.split("_"))
    return f"{word}Backward0"


def shown_name(function: Any) -> str:
    """How a user would write the function.

    >>> shown_name(np.sinc), shown_name(np.linalg.cond)
    ('np.sinc', 'np.linalg.cond')
    """
    public = name_in_scipy(function)
    if public is not None:
        return public
    name = getattr(function, "__qualname__", None) or getattr(
        function, "__name__", repr(function)
    )
    module = getattr(function, "__module__", None) or (
        "numpy" if isinstance(function, np.ufunc) else ""
    )
    module = "np" if module == "numpy" else module.replace("numpy.", "np.")
    return f"{module}.{name}" if module and module != "builtins" else str(name)
