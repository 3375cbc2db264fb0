"""The tensor with PyTorch's face."""

from __future__ import annotations

import operator
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from sourcediff.tensor import complaints, memory, shaping
from sourcediff.tensor.backward import backward
from sourcediff.tensor.base import Base
from sourcediff.tensor.handles import RemovableHandle
from sourcediff.tensor.hooks import after_accumulation, on_gradient
from sourcediff.tensor.inplace import setitem
from sourcediff.tensor.modes import state
from sourcediff.tensor.node import GeneralNode
from sourcediff.tensor.promotion import promoted
from sourcediff.tensor.record import call
from sourcediff.tensor.sizes import as_dtype, defaults
from sourcediff.tensor.values import Values

__all__ = ["AccumulateGrad", "Tensor", "as_dtype", "defaults"]


class AccumulateGrad(GeneralNode):
    """The end of an edge: adds its cotangent to the `.grad` of a leaf."""

    label = "AccumulateGrad"

    def __init__(self, variable: Any) -> None:
        self.number = 0
        self.variable = variable

    def name(self) -> str:
        """The name under which PyTorch knows it."""
        return "torch::autograd::AccumulateGrad"


class Tensor(Values):
    """An array that remembers how it was computed.

    Made by `tensor`, `zeros`, `from_numpy` and the other functions of this package.

    >>> import sourcediff.tensor as st
    >>> w = st.tensor([1.0, 2.0], requires_grad=True)
    >>> loss = (w * w).sum()
    >>> loss.backward()
    >>> w.grad
    tensor([2., 4.])
    """

    _retains = False
    _accumulator: weakref.ref[AccumulateGrad] | None = None

    # ---- what it is

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are computed for it."""
        return self._leaf or self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Ask for gradients (or no longer), in place.

        Raises RuntimeError for integers, and when turned off on a result.
        """
        if self._node is not None:
            if not requires_grad:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you "
                    "want to use a computed variable in a subgraph that doesn't "
                    "require differentiation use var_no_grad = var.detach()."
                )
            return self
        if requires_grad and self.dtype.kind not in "fc":
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require "
                f"gradients; this one is {self.dtype}"
            )
        if requires_grad and self._inference and not state.inference:
            raise RuntimeError(
                "Setting requires_grad=True on inference tensor outside InferenceMode "
                "is not allowed."
            )
        self._leaf = bool(requires_grad)
        return self

    @property
    def grad_fn(self) -> Any:
        """The node that made it, None for a leaf."""
        return None if self._node is None else self._node.as_function()[0]

    @property
    def output_nr(self) -> int:
        """Which output of its node it is."""
        return 0 if self._node is None else int(self._node.as_function()[1])

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user, not computed from tracked tensors."""
        return self._node is None

    def as_function(self) -> tuple[Any, int]:
        """How a leaf shows in `next_functions`."""
        node = None if self._accumulator is None else self._accumulator()
        if node is None:
            node = AccumulateGrad(self)
            self._accumulator = weakref.ref(node)
        return node, 0

    # ---- gradients

    @property
    def grad(self) -> Any:
        """The accumulated gradient, None before the first `backward`."""
        if self._node is not None and not self._retains and self._grad is None:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being "
                "accessed. Its .grad attribute won't be populated during "
                "autograd.backward(). If you indeed want the .grad field to be "
                "populated for a non-leaf Tensor, use .retain_grad() on the non-leaf "
                "Tensor.",
                UserWarning,
                stacklevel=2,
            )
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(
                    "assigned grad expected to be a Tensor or None but got grad of "
                    f"type {type(value).__name__}"
                )
            if value._array.shape != self._array.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size "
                    f"'{list(value.shape)}' to a tensor of size '{list(self.shape)}'. "
                    "Please ensure that the gradient and the tensor are the same size"
                )
            if value.dtype != self.dtype:
                raise RuntimeError(
                    f"attempting to assign a gradient with dtype '{value.dtype}' to a "
                    f"tensor with dtype '{self.dtype}'"
                )
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add the gradients of this tensor to the `.grad` of the leaves.

        See `autograd.backward`. `gradient` may be a tensor, an array, a list or a
        number; 1 if left out, for a tensor of one element.
        """
        given = None if gradient is None else [gradient]
        backward([self], given, retain_graph, create_graph, inputs=inputs)

    def retain_grad(self) -> None:
        """Keep the gradient of this tensor too, which is not a leaf, in `.grad`."""
        if not self.requires_grad:
            raise RuntimeError(
                "can't retain_grad on Tensor that has requires_grad=False"
            )
        if self._node is None or self._retains:
            return
        self._retains = True
        reference = weakref.ref(self)

        def retain(gradient: Any) -> None:
            tensor = reference()
            if tensor is not None:
                before = tensor._grad
                tensor._grad = gradient.clone() if before is None else before + gradient

        self._node.own_hooks().retain = retain

    @property
    def retains_grad(self) -> bool:
        """Whether `.grad` is kept although this is not a leaf."""
        return self._retains and self._node is not None

    def register_hook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Call `hook(gradient)` in every backward pass; see `on_gradient`."""
        return on_gradient(self, hook)

    def register_post_accumulate_grad_hook(
        self, hook: Callable[[Any], Any]
    ) -> RemovableHandle:
        """Call `hook(leaf)` whenever its `.grad` has been added to."""
        return after_accumulation(self, hook)

    def detach(self) -> Any:
        """The same memory without a graph; writes into either show in both."""
        return self.made(self._array)

    def detach_(self) -> Any:
        """Forget the graph, in place."""
        self._node, self._leaf = None, False
        return self

    @property
    def data(self) -> Any:
        """The same memory without a graph, and writes into it are not noticed."""
        return self.made(memory.apart(self._array))

    @data.setter
    def data(self, value: Any) -> None:
        self._array = value._array if isinstance(value, Base) else np.asarray(value)
        self._like = None

    # ---- parts

    def __len__(self) -> int:
        if self._array.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return len(self._array)

    def __iter__(self) -> Iterator[Any]:
        if self._array.ndim == 0:
            raise TypeError("iteration over a 0-d tensor")
        return iter(shaping.unbind(self))

    def __getitem__(self, key: Any) -> Any:
        items = key if type(key) is tuple else (key,)
        label = "IndexBackward0"
        last = items[-1] if items else ...
        if type(last) is int:
            label = "SelectBackward0"
        elif type(last) is slice:
            label = "SliceBackward0"
        elif last is None:
            label = "UnsqueezeBackward0"
        return call(operator.getitem, (self, self._extended(items)), {}, label)

    def __setitem__(self, key: Any, value: Any) -> None:
        items = key if type(key) is tuple else (key,)
        setitem(self, self._extended(items), value)

    def _extended(self, items: tuple[Any, ...]) -> tuple[Any, ...]:
        """The key with which a single element is a 0-d array, too."""
        if len(items) == self._array.ndim and all(type(item) is int for item in items):
            return (*items, ...)
        return items

    # ---- copies

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        if id(self) in memo:
            return memo[id(self)]
        if self._node is not None:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support "
                "the deepcopy protocol at the moment"
            )
        made = _rebuilt(type(self), self._array.copy(), self._leaf, None)
        memo[id(self)] = made
        if self._grad is not None:
            made._grad = self._grad.detach().clone()
        return made

    def __reduce__(self) -> Any:
        gradient = None if self._grad is None else self._grad._array
        return _rebuilt, (type(self), self._array, self.requires_grad, gradient)

    # ---- what operations return in this face

    @classmethod
    def passive(cls, result: Any) -> Any:
        """Arrays become tensors; anything else is returned as it is."""
        if isinstance(result, np.ndarray | np.bool_ | np.number):
            return cls.made(result)
        if isinstance(result, tuple):
            return tuple(cls.passive(item) for item in result)
        return result

    @classmethod
    def untracked(cls, result: Any, args: Any) -> Any:
        """A result that is not recorded; floats of integers have the default dtype."""
        made = super().untracked(result, args)
        if isinstance(result, np.ndarray | np.generic):
            if result.dtype.kind in "fc" and not _holds_floats(args):
                made._array = made._array.astype(defaults.matching(made.dtype))
            if state.inference:
                made._inference = True
        return made

    @classmethod
    def explained(cls, error: Exception, function: Any, args: Any) -> Exception:
        """NumPy's complaint about shapes and indices, in PyTorch's words."""
        return complaints.explained(error, function, args)

    @classmethod
    def promoted(cls, args: Any) -> Any:
        """Integers take the type of floats, and numbers that of arrays of their kind.

        Where an array of NumPy takes part, its rules hold.
        """
        return promoted(args)


def _holds_floats(args: Any) -> bool:
    """Whether some array among the arguments has floats."""
    for arg in args:
        if isinstance(arg, np.ndarray | np.generic):
            if arg.dtype.kind in "fc":
                return True
        elif isinstance(arg, tuple | list) and _holds_floats(arg):
            return True
    return False


def _rebuilt(kind: type[Any], array: Any, requires_grad: bool, gradient: Any) -> Any:
    made = kind()
    made._array = array
    made._leaf = requires_grad
    if gradient is not None:
        made._grad = Tensor.made(gradient)
    return made


Base.face = Tensor
