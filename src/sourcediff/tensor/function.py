"""Operations with a derivative that the user writes: `autograd.Function`."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base, Like
from sourcediff.tensor.function_node import Context, FunctionNode
from sourcediff.tensor.location import user_location
from sourcediff.tensor.memory import registry
from sourcediff.tensor.modes import change, is_grad_enabled, no_grad, state
from sourcediff.tensor.node import GeneralNode, Output, clock, kind
from sourcediff.tensor.saving import pack
from sourcediff.tensor.tensor import Tensor


class Function:
    """An operation with its own forward and backward.

    Subclasses have two static methods: `forward(ctx, *args)` (or `forward(*args)` and
    `setup_context(ctx, inputs, output)`) and `backward(ctx, *gradients)`, which returns
    one gradient per argument, None where there is none. Call `apply`.

    >>> import sourcediff.tensor as st
    >>> class Cube(Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x**3
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return 3 * x**2 * g
    >>> x = st.tensor([2.0], requires_grad=True)
    >>> y = Cube.apply(x); y
    tensor([8.], grad_fn=<CubeBackward>)
    >>> y.backward(); x.grad
    tensor([12.])
    """

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the result; to be overridden."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Save what backward needs, where forward has no ctx; to be overridden."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Compute the gradients; to be overridden."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD."
        )

    vjp = backward

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "vjp" in vars(cls) and "backward" not in vars(cls):
            cls.backward = cls.vjp  # type: ignore[method-assign]

    def __init__(self) -> None:
        raise RuntimeError(
            f"{type(self).__name__} should not be instantiated. Methods on autograd "
            "functions are all static, so you should invoke them on the class itself: "
            f"{type(self).__name__}.apply(...)"
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run forward, and record the node that runs backward."""
        tensors = [arg for arg in args if isinstance(arg, Base)]
        face: Any = tensors[0].face if tensors else None
        recorded = is_grad_enabled() and any(t.edge is not None for t in tensors)
        context = Context()
        context.needs_input_grad = tuple(
            recorded and isinstance(arg, Base) and arg.edge is not None for arg in args
        )
        shown = [_torch_face(arg) for arg in args]
        with no_grad():
            output = _run_forward(cls, context, shown, kwargs)
        if not recorded:
            return _in_face(output, face)
        if cls.backward is Function.backward:
            return cls.backward(context)  # complains
        several = isinstance(output, tuple | list)
        results = list(output) if several else [output]
        node = _node_of(cls, context, args, shown, results)
        made = [
            _made(node, context, k, result, args, shown, face)
            for k, result in enumerate(results)
        ]
        return tuple(made) if several else made[0]


def _run_forward(cls: type[Function], context: Context, args: Any, kwargs: Any) -> Any:
    if cls.setup_context is Function.setup_context:
        return cls.forward(context, *args, **kwargs)
    output = cls.forward(*args, **kwargs)
    cls.setup_context(context, tuple(args), output)
    return output


def _torch_face(value: Any) -> Any:
    """An argument as forward sees it: always with PyTorch's methods."""
    if isinstance(value, Base) and not isinstance(value, Tensor):
        return Tensor.made(value._array, value._node)
    return value


def _in_face(output: Any, face: Any) -> Any:
    if isinstance(output, tuple | list):
        return tuple(_in_face(item, face) for item in output)
    if isinstance(output, Base) and face is not None and output.face is not face:
        return face.made(output._array)
    return output


def _node_of(
    cls: type[Function], context: Context, args: Any, shown: Any, results: list[Any]
) -> FunctionNode:
    node: FunctionNode = kind(FunctionNode, f"{cls.__name__}Backward")()
    node.owner, node.context = cls, context
    node.positions = tuple(
        k for k, needed in enumerate(context.needs_input_grad) if needed
    )
    node.edges = tuple(args[k].edge for k in node.positions)
    node.input_likes = tuple(_like(arg) for arg in args)
    node.output_likes = tuple(_like(result) or Like((), float) for result in results)
    node.outputs = len(results)
    node.unusual = len(results) > 1
    kept = context._to_save
    node.origins = tuple(_origin(tensor, shown, results, context) for tensor in kept)
    node.saved = tuple(t._array if isinstance(t, Base) else t for t in kept)
    context._to_save = ()
    pack(node)
    node.number = clock()
    if state.anomaly:
        node.trace = user_location()
    context._node = weakref.ref(node)
    return node


def _origin(tensor: Any, shown: Any, results: list[Any], context: Context) -> Any:
    """Where a saved tensor belongs: an output's number, an input, or nowhere."""
    given = any(tensor is arg for arg in shown)
    written = any(tensor is dirty for dirty in context._dirty)
    for k, result in enumerate(results):
        if tensor is result and (written or not given):
            return k
    return tensor if isinstance(tensor, Base) and tensor.edge is not None else None


def _like(value: Any) -> Like | None:
    if isinstance(value, Base | np.ndarray):
        return Like(tuple(value.shape), value.dtype)
    return None


def _made(
    node: FunctionNode,
    context: Context,
    k: int,
    result: Any,
    args: Any,
    shown: Any,
    face: Any,
) -> Any:
    """One of forward's results, with the node behind it."""
    if isinstance(result, np.ndarray | np.generic):
        result = Tensor.made(result)
    if not isinstance(result, Base):
        return result
    if result.dtype.kind not in "fc" or any(result is t for t in context._constant):
        return face.made(result._array)
    edge = node if node.outputs == 1 else Output(node, k)
    for given, seen in zip(args, shown, strict=True):
        if result is seen and any(result is t for t in context._dirty):
            if given._leaf and given._node is None:
                raise RuntimeError(
                    "a leaf Variable that requires grad is being used in an in-place "
                    "operation."
                )
            given._node = edge
            registry.note(given._array)
            return given
    return face.made(result._array, edge)


def once_differentiable(function: Callable[..., Any]) -> Callable[..., Any]:
    """Say that a backward must not be differentiated itself.

    Put it between `@staticmethod` and `def backward`.
    """

    @functools.wraps(function)
    def backward(ctx: Any, *gradients: Any) -> Any:
        before = change(grad=False)
        try:
            given = function(ctx, *gradients)
        finally:
            change(**before)
        edges = [
            g.edge for g in gradients if isinstance(g, Base) and g.edge is not None
        ]
        if not is_grad_enabled() or not edges:
            return given
        results = given if isinstance(given, tuple) else (given,)
        return tuple(
            Tensor.made(g._array, _Refusal(tuple(edges))) if isinstance(g, Base) else g
            for g in results
        )

    return backward


class _Refusal(GeneralNode):
    """The node behind gradients that cannot be differentiated."""

    label = "Error"

    def __init__(self, edges: tuple[Any, ...]) -> None:
        self.edges = edges
        self.number = clock()

    def pull(self, seed: Any) -> tuple[Any, ...]:
        """Raise RuntimeError."""
        raise RuntimeError(
            "trying to differentiate twice a function that was marked with "
            "@once_differentiable"
        )

    pull_tracked = pull
