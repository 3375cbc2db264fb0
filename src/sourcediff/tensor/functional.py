"""Jacobians, Hessians and products with them, of functions of tensors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.tensor.backward import grad
from sourcediff.tensor.modes import enable_grad
from sourcediff.tensor.shaping import stack
from sourcediff.tensor.tensor import Tensor


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """All partial derivatives of the outputs of `func`, of shape output + input.

    For a tuple of inputs, a tuple; for a tuple of outputs, a tuple of those. With
    `create_graph` they can be differentiated; with `strict` an output that does not
    depend on an input is an error, not zeros.

    >>> import sourcediff.tensor as st
    >>> jacobian(lambda x: x**2, st.tensor([1.0, 3.0]))
    tensor([[2., 0.],
            [0., 6.]])
    """
    args, single = _leaves(inputs, create_graph)
    with enable_grad():
        outputs, alone = _tuple_of(func(*args), "outputs")
        rows = tuple(
            _jacobian_of(output, args, create_graph, strict, k)
            for k, output in enumerate(outputs)
        )
    shown = tuple(row[0] if single else row for row in rows)
    return shown[0] if alone else shown


def _jacobian_of(
    output: Any, args: tuple[Any, ...], create: bool, strict: bool, k: int
) -> tuple[Any, ...]:
    _refuse_independent(output, strict, k)
    found: list[list[Any]] = [[] for _ in args]
    for index in np.ndindex(tuple(output.shape)):
        element = output[index] if output.ndim else output
        for j, slope in enumerate(_gradients(element, args, create, strict)):
            found[j].append(slope)
    return tuple(
        stack(slopes).reshape(*output.shape, *arg.shape)
        if slopes
        else Tensor.made(np.zeros((*output.shape, *arg.shape), arg.dtype))
        for slopes, arg in zip(found, args, strict=True)
    )


def _gradients(
    output: Any, args: tuple[Any, ...], create: bool, strict: bool, seed: Any = None
) -> tuple[Any, ...]:
    """The gradients with respect to the arguments, zeros where there is none."""
    if output.edge is None:
        return tuple(Tensor.made(np.zeros_like(arg._array)) for arg in args)
    slopes = grad(
        output, args, seed, retain_graph=True, create_graph=create, allow_unused=True
    )
    for j, slope in enumerate(slopes):
        if slope is None and strict:
            raise RuntimeError(
                f"Output 0 of the user-provided function is independent of input {j}. "
                "This is not allowed in strict mode."
            )
    return tuple(
        Tensor.made(np.zeros_like(arg._array)) if slope is None else slope
        for slope, arg in zip(slopes, args, strict=True)
    )


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """All second derivatives of a function of one output.

    >>> import sourcediff.tensor as st
    >>> hessian(lambda x: (x**3).sum(), st.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    several = isinstance(inputs, tuple | list)

    def slopes(*args: Any) -> Any:
        made = _gradients(_scalar(func(*args)), args, True, strict)
        return made if several else made[0]

    return jacobian(slopes, inputs, create_graph, strict)


def vjp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The outputs, and the product of a vector with the Jacobian.

    >>> import sourcediff.tensor as st
    >>> vjp(lambda x: x**2, st.tensor([1.0, 3.0]), st.tensor([10.0, 1.0]))[1]
    tensor([20.,  6.])
    """
    args, single = _leaves(inputs, create_graph)
    with enable_grad():
        outputs, alone = _tuple_of(func(*args), "outputs")
        seeds = _vectors(v, outputs, "v")
        total = _weighted(outputs, seeds)
        slopes = _gradients(total, args, create_graph, strict)
    return _shown(outputs, alone, create_graph), _shown(slopes, single, create_graph)


def jvp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The outputs, and the product of the Jacobian with a vector.

    >>> import sourcediff.tensor as st
    >>> jvp(lambda x: x.sum() * x, st.tensor([1.0, 3.0]), st.tensor([1.0, 0.0]))[1]
    tensor([5., 3.])
    """
    args, _ = _leaves(inputs, create_graph)
    with enable_grad():
        outputs, alone = _tuple_of(func(*args), "outputs")
        vectors = _vectors(v, args, "v")
        # The product is linear in a weight on the outputs: differentiate by that.
        weights = tuple(_zero_leaf(output) for output in outputs)
        slopes = _gradients(_weighted(outputs, weights), args, True, strict)
        products = _gradients(_weighted(slopes, vectors), weights, create_graph, False)
    return _shown(outputs, alone, create_graph), _shown(products, alone, create_graph)


def vhp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The output, and the product of a vector with the Hessian."""
    args, single = _leaves(inputs, create_graph)
    with enable_grad():
        output = _scalar(func(*args))
        vectors = _vectors(v, args, "v")
        slopes = _gradients(output, args, True, strict)
        products = _gradients(_weighted(slopes, vectors), args, create_graph, strict)
    return (
        _shown((output,), True, create_graph),
        _shown(products, single, create_graph),
    )


def hvp(
    func: Callable[..., Any],
    inputs: Any,
    v: Any = None,
    create_graph: bool = False,
    strict: bool = False,
) -> tuple[Any, Any]:
    """The output, and the product of the Hessian with a vector.

    >>> import sourcediff.tensor as st
    >>> hvp(lambda x: (x**3).sum(), st.tensor([1.0, 2.0]), st.tensor([1.0, 1.0]))[1]
    tensor([ 6., 12.])
    """
    return vhp(func, inputs, v, create_graph, strict)  # the Hessian is symmetric


def _leaves(inputs: Any, create: bool) -> tuple[tuple[Any, ...], bool]:
    """The inputs as tensors to differentiate by; they stay in their graph if asked."""
    args, single = _tuple_of(inputs, "inputs")
    made = []
    for arg in args:
        if create and arg.edge is not None:
            made.append(arg.view(arg.shape))
        else:
            made.append(arg.detach().requires_grad_())
    return tuple(made), single


def _tuple_of(value: Any, what: str) -> tuple[tuple[Any, ...], bool]:
    single = not isinstance(value, tuple | list)
    items = (value,) if single else tuple(value)
    for k, item in enumerate(items):
        if not isinstance(item, Tensor):
            raise TypeError(
                f"The {what} given must be a Tensor or a tuple of Tensors, but the "
                f"value at index {k} has type {type(item).__name__}."
            )
    return items, single


def _vectors(v: Any, like: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(
                f"The vector {name} can only be None if the user-provided function "
                "returns a single Tensor with a single element."
            )
        return (Tensor.made(np.ones_like(like[0]._array)),)
    vectors, _ = _tuple_of(v, name)
    if len(vectors) != len(like):
        raise RuntimeError(f"{name} has {len(vectors)} tensors instead of {len(like)}")
    for k, (vector, other) in enumerate(zip(vectors, like, strict=True)):
        if vector._array.shape != other._array.shape:
            raise RuntimeError(
                f"{name} has invalid size: Entry {k} has shape {list(vector.shape)}; "
                f"it should be {list(other.shape)}"
            )
    return vectors


def _weighted(values: tuple[Any, ...], weights: tuple[Any, ...]) -> Any:
    terms = [(x * w).sum() for x, w in zip(values, weights, strict=True)]
    return sum(terms[1:], terms[0])


def _zero_leaf(output: Any) -> Any:
    return Tensor.made(np.zeros_like(output._array)).requires_grad_()


def _scalar(output: Any) -> Any:
    if not isinstance(output, Tensor) or output._array.size != 1:
        raise RuntimeError(
            "The Tensor returned by the function given to hessian should contain a "
            "single element"
        )
    return output.reshape(())


def _refuse_independent(output: Any, strict: bool, k: int) -> None:
    if strict and output.edge is None:
        raise RuntimeError(
            f"Output {k} of the user-provided function does not require gradients. The "
            "outputs must be computed in a differentiable manner from the input when "
            "running in strict mode."
        )


def _shown(values: tuple[Any, ...], single: bool, create: bool) -> Any:
    items = values if create else tuple(value.detach() for value in values)
    return items[0] if single else items
