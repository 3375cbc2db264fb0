"""Functions that a backward pass calls with the gradient of a tensor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sourcediff.tensor.base import Base
from sourcediff.tensor.handles import RemovableHandle


def on_gradient(tensor: Base, hook: Callable[[Any], Any]) -> RemovableHandle:
    """Call `hook` with the gradient of a tensor; what it returns takes its place.

    >>> import sourcediff.tensor as st
    >>> x = st.tensor([1.0, 2.0], requires_grad=True)
    >>> handle = on_gradient(x, lambda g: g * 10)
    >>> (x * x).sum().backward(); handle.remove()
    >>> x.grad
    tensor([20., 40.])
    """
    node = tensor._node
    if node is not None:
        return RemovableHandle(node.own_hooks().gradient, hook)
    if not tensor._leaf:
        raise RuntimeError(
            "cannot register a hook on a tensor that doesn't require gradient"
        )
    if tensor._hooks is None:
        tensor._hooks = {}
    return RemovableHandle(tensor._hooks, hook)


def after_accumulation(tensor: Base, hook: Callable[[Any], Any]) -> RemovableHandle:
    """Call `hook` with a leaf whenever its `.grad` has been added to."""
    if tensor._node is not None:
        raise RuntimeError(
            "post accumulate grad hooks cannot be registered on non-leaf tensors"
        )
    if not tensor._leaf:
        raise RuntimeError(
            "cannot register a hook on a tensor that doesn't require gradient"
        )
    if tensor._after_hooks is None:
        tensor._after_hooks = {}
    return RemovableHandle(tensor._after_hooks, hook)
