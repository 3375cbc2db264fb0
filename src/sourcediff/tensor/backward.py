"""`backward` and `grad`: what is asked of a reverse sweep, and where its results go."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.tensor.base import Base
from sourcediff.tensor.memory import registry
from sourcediff.tensor.modes import change, is_grad_enabled
from sourcediff.tensor.sweep import Sweep, as_seed, as_tensor, with_edge


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Add the gradients of `tensors` to the `.grad` of the leaves they came from.

    `grad_tensors` are the cotangents, 1 for a tensor of one element if left out. The
    graph is freed unless `retain_graph` (by default: unless `create_graph`, which
    records the sweep itself so that the gradients can be differentiated). With
    `inputs`, only these tensors receive gradients.

    Raises RuntimeError for a tensor that is not tracked, for several elements without
    a cotangent, for a cotangent of another shape, and for a graph that was freed.

    >>> import sourcediff.tensor as st
    >>> x = st.tensor([1.0, 2.0], requires_grad=True)
    >>> backward([(x * x).sum()])
    >>> x.grad
    tensor([2., 4.])
    """
    outputs = _sequence(tensors)
    given = _sequence(grad_tensors if grad_variables is None else grad_variables)
    roots = _roots(outputs, given, create_graph)
    retain = create_graph if retain_graph is None else retain_graph
    if inputs is None:
        sweep = Sweep(retain, create_graph)
        leaves = sweep.run(roots)
        for leaf, seed in leaves.items():
            _accumulate(leaf, seed, leaf not in sweep.shared, create_graph)
        return
    wanted = _sequence(inputs)
    if not wanted:
        raise RuntimeError("'inputs' argument to backward() cannot be empty.")
    edges = [_input_edge(tensor, k) for k, tensor in enumerate(wanted)]
    sweep = Sweep(retain, create_graph, edges)
    leaves = sweep.run(roots)
    for tensor, edge in zip(wanted, edges, strict=True):
        seed = leaves.get(edge) if edge is tensor else sweep.found.get(edge)
        if seed is not None:
            _accumulate(tensor, seed, False, create_graph)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of `outputs` with respect to `inputs`, a tuple; `.grad` stays.

    An input that the outputs do not depend on is an error, None with `allow_unused`,
    zeros with `materialize_grads`. The other arguments are those of `backward`.

    >>> import sourcediff.tensor as st
    >>> x = st.tensor(3.0, requires_grad=True)
    >>> (slope,) = grad(x**3, x, create_graph=True)
    >>> slope, grad(slope, x)
    (tensor(27., grad_fn=<MulBackward0>), (tensor(18.),))
    """
    if is_grads_batched:
        raise NotImplementedError(
            "is_grads_batched is not supported; call grad once per cotangent"
        )
    if allow_unused is None:
        allow_unused = materialize_grads
    if materialize_grads and not allow_unused:
        raise ValueError(
            "Expected allow_unused to be True or not passed when "
            "materialize_grads=True, but got: allow_unused=False."
        )
    results, wanted = _sequence(outputs), _sequence(inputs)
    edges = [_input_edge(tensor, k) for k, tensor in enumerate(wanted)]
    roots = _roots(results, _sequence(grad_outputs), create_graph)
    retain = create_graph if retain_graph is None else retain_graph
    sweep = Sweep(retain, create_graph, edges)
    leaves = sweep.run(roots)
    gradients = []
    for k, (tensor, edge) in enumerate(zip(wanted, edges, strict=True)):
        seed = sweep.found.get(edge) if edge.number else leaves.get(edge)
        if seed is not None and not edge.number:
            seed = _hooked(edge, seed)
        if seed is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {k} appears to not have been used "
                "in the graph. Set allow_unused=True if this is the desired behavior."
            )
        gradients.append(_gradient(tensor, seed, materialize_grads))
    return tuple(gradients)


def _gradient(tensor: Any, seed: Any, materialize: bool) -> Any:
    if seed is None:
        return tensor.face.made(np.zeros_like(tensor._array)) if materialize else None
    if isinstance(seed, Base):
        return with_edge(tensor.face, seed._array, seed.edge)
    return tensor.face.made(np.array(seed))


def _sequence(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, tuple | list):
        return list(value)
    if isinstance(value, Base | np.ndarray | float | int | complex):
        return [value]
    return list(value)


def _input_edge(tensor: Any, k: int) -> Any:
    if not isinstance(tensor, Base):
        raise TypeError(
            f"gradients are taken with respect to tensors; element {k} of inputs is "
            f"of type {type(tensor).__name__}"
        )
    edge = tensor.edge
    if edge is None:
        raise RuntimeError(
            "One of the differentiated Tensors does not require grad: the one at "
            f"index {k}, of shape {list(tensor.shape)}"
        )
    return edge


def _roots(outputs: list[Any], given: list[Any], create: bool) -> list[tuple[Any, Any]]:
    if given and len(given) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(given)} gradients")
    roots = []
    for k, output in enumerate(outputs):
        gradient = given[k] if given else None
        edge = output.edge
        seed = None if edge is None else _seed(output, gradient, k, create)
        if edge is None:
            raise RuntimeError(_untracked(output, k))
        roots.append((edge, seed))
    return roots


def _untracked(output: Any, k: int) -> str:
    message = (
        f"element {k} of tensors does not require grad and does not have a grad_fn"
    )
    if output.dtype.kind not in "fc":
        why = (
            f"it holds {output.dtype}: comparisons, argmax, rounding to integers and "
            "the like have no derivative"
        )
    elif not is_grad_enabled():
        why = "recording is off here (no_grad or inference_mode)"
    else:
        why = (
            "none of the tensors it was computed from has requires_grad=True, or it "
            "was detached, or computed under no_grad"
        )
    return f"{message}: {why}"


def _seed(output: Any, gradient: Any, k: int, create: bool) -> Any:
    array = output._array
    if gradient is None:
        if array.size != 1:
            raise RuntimeError(
                "grad can be implicitly created only for scalar outputs; this one has "
                f"shape {list(array.shape)}: give gradient=, a tensor of that shape, "
                "or reduce it first, as .sum() does"
            )
        if array.dtype.kind == "c":
            raise RuntimeError(
                "grad can be implicitly created only for real scalar outputs but got "
                f"{array.dtype}"
            )
        return np.ones(array.shape, array.dtype)
    shape = np.shape(gradient)
    if shape != array.shape:
        if not isinstance(gradient, Base) and np.size(gradient) == array.size == 1:
            gradient = np.reshape(gradient, array.shape)
        else:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{k}] has a shape of "
                f"{_size(shape)} and output[{k}] has a shape of {_size(array.shape)}."
            )
    if isinstance(gradient, Base):
        if create and gradient.edge is not None:
            return gradient
        gradient = gradient._array
    seed = np.asarray(gradient)
    if seed.dtype.kind == "c" and array.dtype.kind != "c":
        raise RuntimeError(
            f"the gradient of a {array.dtype} tensor cannot be {seed.dtype}"
        )
    return seed.astype(array.dtype, copy=False)


def _size(shape: tuple[int, ...]) -> str:
    return f"torch.Size({list(shape)})"


def _hooked(leaf: Any, seed: Any) -> Any:
    for hook in list((leaf._hooks or {}).values()):
        given = hook(as_tensor(seed))
        if given is not None:
            seed = as_seed(given, seed)
    return seed


def _accumulate(leaf: Any, seed: Any, owned: bool, create: bool) -> None:
    """Add a cotangent to the `.grad` of a leaf, in place where that is not recorded."""
    if leaf._hooks is not None and leaf._node is None:
        owned = False
        seed = _hooked(leaf, seed)
    present = leaf._grad
    if create:
        before = change(grad=True)
        made = as_tensor(seed)
        leaf._grad = made if present is None else present + made
        change(**before)
    elif present is None:
        array = seed._array if isinstance(seed, Base) else seed
        fresh = owned and type(array) is np.ndarray and array.flags.writeable
        leaf._grad = leaf.face.made(array if fresh else np.array(array))
    elif present.edge is not None:
        leaf._grad = leaf.face.made(present._array + seed)
    else:
        present._array[...] += seed._array if isinstance(seed, Base) else seed
        registry.note(present._array)
    for hook in list((leaf._after_hooks or {}).values()):
        hook(leaf)
