"""Where NumPy's functions take an array for their result: `out` by position."""

from __future__ import annotations

from typing import Any

import numpy as np

_FOLDED = "a axis dtype out"
_SPREAD = "a axis dtype out ddof keepdims"
_FOURIER, _FOURIER_ND = "a n axis norm out", "a s axes norm out"
_SUMMED = "a axis dtype out keepdims initial where"
_CHOSEN = "a axis out keepdims initial where"
_SHARE = "a q axis out overwrite_input method keepdims"
#: The parameters of NumPy's functions that have `out` among them, but for ufuncs.
_PARAMETERS = {
    **dict.fromkeys(("sum", "prod", "nansum", "nanprod"), _SUMMED),
    **dict.fromkeys(("max", "min", "amax", "amin", "nanmax", "nanmin"), _CHOSEN),
    **dict.fromkeys(("mean", "nanmean"), "a axis dtype out keepdims"),
    **dict.fromkeys(("std", "var", "nanstd", "nanvar"), _SPREAD),
    **dict.fromkeys(("cumsum", "cumprod", "nancumsum", "nancumprod"), _FOLDED),
    **dict.fromkeys(("any", "all", "argmax", "argmin", "ptp"), "a axis out keepdims"),
    **dict.fromkeys(("nanargmax", "nanargmin"), "a axis out keepdims"),
    **dict.fromkeys(("median", "nanmedian"), "a axis out overwrite_input keepdims"),
    **dict.fromkeys(("quantile", "percentile", "nanquantile", "nanpercentile"), _SHARE),
    **dict.fromkeys(("round", "around"), "a decimals out"),
    **dict.fromkeys(("dot", "outer"), "a b out"),
    **dict.fromkeys(("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"), _FOURIER),
    **dict.fromkeys(("fft2", "ifft2", "rfft2", "irfft2"), _FOURIER_ND),
    **dict.fromkeys(("fftn", "ifftn", "rfftn", "irfftn"), _FOURIER_ND),
    **dict.fromkeys(("concatenate", "stack"), "arrays axis out"),
    **dict.fromkeys(("fix", "isneginf", "isposinf"), "x out"),
    "clip": "a a_min a_max out",
    "take": "a indices axis out mode",
    "compress": "condition a axis out",
    "choose": "a choices out mode",
    "trace": "a offset axis1 axis2 dtype out",
}
_OF_UFUNCS = {
    "reduce": "array axis dtype out keepdims initial where",
    "accumulate": "array axis dtype out",
    "reduceat": "array indices axis dtype out",
}
#: Methods of arrays, whose first argument is the array.
_METHODS = {
    name: names.split()[1:]
    for name, names in (_PARAMETERS | {"compress": "a condition axis out"}).items()
    if hasattr(np.ndarray, name)
}


def parameters_with_output(function: Any) -> list[str]:
    """The parameters of a function of NumPy's, or a method of arrays, that has `out`.

    Those of a method do not begin with the array. Empty for others, and for ufuncs.

    >>> parameters_with_output(np.cumsum), parameters_with_output(np.ndarray.cumsum)
    (['a', 'axis', 'dtype', 'out'], ['axis', 'dtype', 'out'])
    """
    name = getattr(function, "__name__", None) or ""
    if name in _METHODS and getattr(np.ndarray, name) is function:
        return _METHODS[name]
    if isinstance(getattr(function, "__self__", None), np.ufunc):
        return _OF_UFUNCS.get(name, "").split()
    module = getattr(function, "__module__", None) or ""
    is_numpy = module.startswith("numpy") and not isinstance(function, np.ufunc)
    return _PARAMETERS.get(name, "").split() if is_numpy else []


def with_named_output(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call, of which those from `out` on are given by keyword.

    >>> c = np.zeros(2)
    >>> args, kwargs = with_named_output(np.clip, (np.ones(2), 0.0, 0.5, c), {})
    >>> len(args), kwargs["out"] is c
    (3, True)
    """
    names = parameters_with_output(function)
    at = names.index("out") if "out" in names else len(args)
    late = dict(zip(names[at:], args[at:], strict=False))
    return args[:at], kwargs | late
