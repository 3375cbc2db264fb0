"""Gradients checked against differences."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sourcediff.tensor.backward import grad
from sourcediff.tensor.base import Base
from sourcediff.tensor.modes import enable_grad, no_grad
from sourcediff.tensor.tensor import Tensor


class GradcheckError(RuntimeError):
    """The gradient of a function is not that of its values."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
) -> bool:
    """Whether the gradients of `func` agree with central differences of step `eps`.

    Every tensor among `inputs` that requires a gradient is checked against every
    output that carries one; they should be float64. Raises GradcheckError, with both
    matrices, or returns False where `raise_exception` is False.

    >>> import sourcediff.tensor as st
    >>> x = st.tensor([0.5, 2.0], dtype=st.float64, requires_grad=True)
    >>> gradcheck(lambda x: (x.exp() * x).sum(), (x,))
    True
    """
    args = _as_tuple(inputs)
    checked = [
        k
        for k, arg in enumerate(args)
        if isinstance(arg, Base) and arg.edge is not None
    ]
    try:
        if not checked:
            raise ValueError(
                "gradcheck expects at least one input tensor to require gradient, but "
                "none of the them have requires_grad=True."
            )
        _warn_of_precision(args, checked)
        outputs = _outputs(func(*args))
        for i, output in enumerate(outputs):
            if output.edge is None:
                continue
            for j in checked:
                expected = _numerical(func, args, j, i, eps)
                found = _analytical(output, args[j])
                _repeatable(func, args, i, j, found, nondet_tol)
                _compare(expected, found, i, j, atol, rtol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Whether the gradients of the gradients of `func` agree with differences.

    The cotangents of the outputs are varied too; random ones if left out.

    >>> import sourcediff.tensor as st
    >>> x = st.tensor([0.5, 2.0], dtype=st.float64, requires_grad=True)
    >>> gradgradcheck(lambda x: x.sin() * x, (x,))
    True
    """
    args = _as_tuple(inputs)
    outputs = _outputs(func(*args))
    tracked = [output for output in outputs if output.edge is not None]
    if grad_outputs is None:
        draw = np.random.default_rng(0).standard_normal
        seeds = [_leaf(draw(tuple(output.shape)), output.dtype) for output in tracked]
    else:
        seeds = list(_as_tuple(grad_outputs))

    def slopes(*given: Any) -> Any:
        present, cotangents = given[: len(args)], given[len(args) :]
        with enable_grad():
            results = [o for o in _outputs(func(*present)) if o.edge is not None]
            wanted = [x for x in present if isinstance(x, Base) and x.edge is not None]
            return grad(
                results, wanted, cotangents, create_graph=True, allow_unused=True
            )

    return gradcheck(
        slopes,
        (*args, *seeds),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
    )


def _leaf(array: Any, dtype: Any) -> Any:
    made = Tensor.made(np.asarray(array).astype(dtype))
    made._leaf = True
    return made


def _as_tuple(inputs: Any) -> tuple[Any, ...]:
    return tuple(inputs) if isinstance(inputs, Sequence) else (inputs,)


def _outputs(result: Any) -> list[Any]:
    items = result if isinstance(result, tuple | list) else (result,)
    return [item for item in items if isinstance(item, Base)]


def _warn_of_precision(args: tuple[Any, ...], checked: list[int]) -> None:
    for k in checked:
        if args[k].dtype not in (np.float64, np.complex128):
            warnings.warn(
                f"Input #{k} requires gradient and is not a double precision floating "
                "point or complex. This check will likely fail if all the inputs are "
                "not of double precision floating point or complex.",
                UserWarning,
                stacklevel=3,
            )


def _value(func: Any, args: Any, i: int) -> Any:
    with no_grad():
        return _outputs(func(*args))[i]._array.copy()


def _numerical(func: Any, args: Any, j: int, i: int, eps: float) -> Any:
    """One row per element of input j; two, for its parts, where that is complex."""
    array = args[j]._array
    steps = (eps, eps * 1j) if array.dtype.kind == "c" else (eps,)
    rows = []
    for index in np.ndindex(array.shape):
        for step in steps:
            before = array[index].copy()
            values = []
            for sign in (1, -1):
                array[index] = before + sign * step
                values.append(_value(func, args, i))
            array[index] = before
            rows.append(_parts((values[0] - values[1]) / (2 * eps)))
    return np.array(rows).reshape(len(rows), -1)


def _parts(values: Any) -> Any:
    """Real and imaginary parts side by side."""
    flat = np.ravel(values)
    return (
        np.stack([flat.real, flat.imag], 1).ravel() if flat.dtype.kind == "c" else flat
    )


def _analytical(output: Any, tensor: Any) -> Any:
    """The same matrix by one backward pass per column."""
    columns = []
    units = (1.0, 1.0j) if output.dtype.kind == "c" else (1.0,)
    for index in np.ndindex(tuple(output.shape)):
        for unit in units:
            seed = np.zeros(tuple(output.shape), output.dtype)
            seed[index] = unit
            (found,) = grad(
                output, tensor, seed, retain_graph=True, materialize_grads=True
            )
            columns.append(_parts(found._array))
    return np.array(columns).reshape(len(columns), -1).T


def _repeatable(func: Any, args: Any, i: int, j: int, found: Any, tol: float) -> None:
    again = _analytical(_outputs(func(*args))[i], args[j])
    if not np.allclose(again, found, rtol=0.0, atol=tol, equal_nan=True):
        raise GradcheckError(
            "Backward is not reentrant, i.e., running backward with same input and "
            "grad_output multiple times gives different values, although analytical "
            "gradient matches numerical gradient. The tolerance for nondeterminism was "
            f"{tol}."
        )


def _compare(
    expected: Any, found: Any, i: int, j: int, atol: float, rtol: float
) -> None:
    if not np.allclose(expected, found, rtol=rtol, atol=atol, equal_nan=False):
        raise GradcheckError(
            f"Jacobian mismatch for output {i} with respect to input {j},\n"
            f"numerical:{expected}\nanalytical:{found}\n"
        )
