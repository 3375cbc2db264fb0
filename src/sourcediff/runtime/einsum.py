"""The cotangents of `np.einsum`, which are sums of that form themselves."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase, ascii_uppercase
from typing import Any

import numpy as np

from sourcediff.runtime.shape import unbroadcast

# In the order in which NumPy sorts the letters of an implicit result.
LETTERS = ascii_uppercase + ascii_lowercase


def einsum_places(arguments: Sequence[Any]) -> list[int]:
    """Which arguments of an einsum are operands, not subscripts.

    >>> einsum_places(("ij,jk", np.ones((2, 3)), np.ones((3, 4))))
    [1, 2]
    >>> einsum_places((np.ones((2, 3)), [0, 1], np.ones(3), [1], [0]))
    [0, 2]
    """
    return parse_einsum(arguments)[0]


def einsum_bar(z_bar: Any, k: int, *arguments: Any) -> Any:
    """The cotangent of the k-th argument of `np.einsum(*arguments)`.

    None where that argument is not an array: the subscripts; as many as there are in a
    list. Both forms of the call are understood, `("ij,jk", a, b)` and
    `(a, [0, 1], b, [1, 2])`.

    >>> a, b = np.ones((2, 3)), np.ones((3, 4))
    >>> einsum_bar(np.ones((2, 4)), 1, "ij,jk->ik", a, b).shape
    (2, 3)
    >>> einsum_bar(2.0, 1, "ii", np.ones((2, 2)))
    array([[2., 0.],
           [0., 2.]])
    """
    places, inputs, output, operands = parse_einsum(arguments)
    if k not in places:
        subscripts = arguments[k]
        return [None] * len(subscripts) if isinstance(subscripts, list) else None
    at = places.index(k)
    operand, letters = operands.pop(at), inputs.pop(at)
    if np.size(operand) == 0:
        return np.zeros_like(operand)
    operands = [z_bar, *[np.conj(other) for other in operands]]
    inputs = [output, *inputs]
    dtype, result = np.result_type(operand), ""
    for letter, n in zip(letters, np.shape(operand), strict=True):
        if letter in result:  # only the diagonal was read
            place = _unused("".join(inputs) + letters + result)
            first = np.shape(operand)[letters.index(letter)]
            operands.append(np.eye(first, n, dtype=dtype))
            inputs.append(letter + place)
        else:
            place = letter
            if n not in _sizes(letter, inputs, operands):  # summed alone, or stretched
                operands.append(np.ones(n, dtype=dtype))
                inputs.append(letter)
        result += place
    subscripts = ",".join(inputs) + "->" + result
    x_bar = np.einsum(subscripts, *operands, optimize=len(operands) > 2)
    return unbroadcast(x_bar, operand)


def parse_einsum(
    arguments: Sequence[Any],
) -> tuple[list[int], list[str], str, list[Any]]:
    """The operands of an einsum: places, letters, letters of the result, arrays.

    Ellipses are spelled out with letters of their own.

    >>> parse_einsum(("...j,j", np.ones((2, 3)), np.ones(3)))[:3]
    ([1, 2], ['Aj', 'j'], 'A')
    """
    if isinstance(arguments[0], str):
        places = list(range(1, len(arguments)))
        inputs, _, given = arguments[0].replace(" ", "").partition("->")
        names = inputs.split(",")
        output = given if "->" in arguments[0] else None
    else:
        places = list(range(0, len(arguments) - 1, 2))
        names = [_spell(arguments[place + 1]) for place in places]
        output = _spell(arguments[-1]) if len(arguments) % 2 else None
    operands = [arguments[place] for place in places]
    return places, *_spell_ellipses(names, output, operands), operands


def _spell(sublist: Any) -> str:
    """Letters for the numbers of a sublist."""
    return "".join("..." if n is Ellipsis else LETTERS[n] for n in sublist)


def _sizes(letter: str, inputs: list[str], operands: list[Any]) -> set[int]:
    """The sizes of the axes that a letter stands for."""
    return {
        size
        for letters, operand in zip(inputs, operands, strict=True)
        for name, size in zip(letters, np.shape(operand), strict=True)
        if name == letter
    }


def _unused(used: str) -> str:
    return next(letter for letter in LETTERS if letter not in used)


def _spell_ellipses(
    names: list[str], output: str | None, operands: list[Any]
) -> tuple[list[str], str]:
    used = "".join(names) + (output or "")
    free = [letter for letter in LETTERS if letter not in used]
    extras = [
        np.ndim(operand) - len(letters) + 3 if "..." in letters else 0
        for letters, operand in zip(names, operands, strict=True)
    ]
    most = max(extras, default=0)
    spelled = "".join(free[:most])
    if output is None:
        joined = "".join(names).replace("...", "")
        once = sorted(letter for letter in set(joined) if joined.count(letter) == 1)
        output = "..." + "".join(once)
    inputs = [
        letters.replace("...", spelled[most - extra :])
        for letters, extra in zip(names, extras, strict=True)
    ]
    return inputs, output.replace("...", spelled)
