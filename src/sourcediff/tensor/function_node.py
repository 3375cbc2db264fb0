"""The node of a user's Function, and the context that its two halves share."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from sourcediff.runtime import unbroadcast
from sourcediff.tensor.base import Base, Like
from sourcediff.tensor.node import FREED, GeneralNode, Output
from sourcediff.tensor.saving import unpacked
from sourcediff.tensor.sweep import as_tensor, tracked
from sourcediff.tensor.tensor import Tensor


class Context:
    """What a Function's forward leaves for its backward; takes any attribute."""

    needs_input_grad: tuple[bool, ...] = ()

    def __init__(self) -> None:
        self._to_save: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._constant: tuple[Any, ...] = ()
        self._materialize = True
        self._node: weakref.ref[FunctionNode] | None = None

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep inputs and outputs (or None) for `saved_tensors`.

        Raises TypeError for anything else; that goes into an attribute of ctx.
        """
        for k, tensor in enumerate(tensors):
            if tensor is not None and not isinstance(tensor, Base | np.ndarray):
                raise TypeError(
                    "save_for_backward can only save variables, but argument "
                    f"{k} is of type {type(tensor).__name__}"
                )
        self._to_save = tensors

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What `save_for_backward` was given."""
        node = None if self._node is None else self._node()
        return self._to_save if node is None else node.saved_tensors

    def mark_dirty(self, *tensors: Any) -> None:
        """Say that forward wrote into these inputs, which it also returns."""
        self._dirty = tensors

    def mark_non_differentiable(self, *tensors: Any) -> None:
        """Say that these outputs carry no gradient."""
        self._constant = tensors

    def set_materialize_grads(self, value: bool) -> None:
        """Let backward receive None, not zeros, for outputs without a gradient."""
        self._materialize = value


class FunctionNode(GeneralNode):
    """The node of a user's Function."""

    keeps = True
    owner: Any  # the Function
    context: Context
    outputs = 1
    output_likes: tuple[Like, ...] = ()
    input_likes: tuple[Like | None, ...] = ()
    positions: tuple[int, ...] = ()
    origins: tuple[Any, ...] = ()

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """What forward saved, as tensors that lead to where they came from."""
        if self.saved is None:
            raise RuntimeError(FREED)
        arrays = unpacked(self)
        return tuple(
            array
            if not isinstance(array, np.ndarray)
            else self._restored(array, origin)
            for array, origin in zip(arrays, self.origins, strict=True)
        )

    def _restored(self, array: Any, origin: Any) -> Any:
        if isinstance(origin, Base):
            same = not self.packed and origin._array is array
            return origin if same else Tensor.made(array, origin._node)
        if isinstance(origin, int):  # an output, which must not be held
            node = self if self.outputs == 1 else Output(self, origin)
            return Tensor.made(array, node)
        return Tensor.made(array)

    def saved_arrays(self) -> list[Any]:
        """The arrays that forward saved."""
        kept = () if self.packed or self.saved is None else self.saved
        return [array for array in kept if isinstance(array, np.ndarray)]

    def inputs(self) -> tuple[Any, ...]:
        """The edges of the tensors among the arguments."""
        edges = dict(zip(self.positions, self.edges, strict=True))
        return tuple(
            edges.get(k) for k, like in enumerate(self.input_likes) if like is not None
        )

    def pull(self, seed: Any) -> tuple[Any, ...]:
        """The user's gradients, checked and cast."""
        given = self._called(seed)
        return tuple(
            None
            if g is None
            else np.array(unbroadcast(g._array, self.input_likes[position]))
            for position, g in given
        )

    def pull_tracked(self, seed: Any) -> tuple[Any, ...]:
        """The same, recorded."""
        given = self._called(seed)
        return tuple(
            None if g is None else unbroadcast(tracked(g), self.input_likes[position])
            for position, g in given
        )

    def _called(self, seed: Any) -> list[tuple[int, Any]]:
        seeds = seed if isinstance(seed, list) else [seed]
        shown = [
            self._shown(given, like)
            for given, like in zip(seeds, self.output_likes, strict=True)
        ]
        grads = self.owner.backward(self.context, *shown)
        grads = grads if isinstance(grads, tuple | list) else (grads,)
        expected = len(self.input_likes)
        surplus = grads[expected:]
        if len(grads) < expected or any(g is not None for g in surplus):
            raise RuntimeError(
                f"function {self.name()} returned an incorrect number of gradients "
                f"(expected {expected}, got {len(grads)})"
            )
        return [(k, self._checked(grads[k], k)) for k in self.positions]

    def _shown(self, seed: Any, like: Like) -> Any:
        if seed is not None:
            return as_tensor(seed)
        if not self.context._materialize:
            return None
        return Tensor.made(np.zeros(like.shape, like.dtype))

    def _checked(self, gradient: Any, k: int) -> Any:
        like = self.input_likes[k]
        if gradient is None or like is None:
            return None
        if not isinstance(gradient, Base):
            if not isinstance(gradient, np.ndarray | np.generic | float | int):
                raise TypeError(
                    f"expected a tensor or None as gradient {k} of {self.name()}, got "
                    f"{type(gradient).__name__}"
                )
            gradient = Tensor.made(np.asarray(gradient))
        if not _reduces(gradient._array.shape, like.shape):
            raise RuntimeError(
                f"Function {self.name()} returned an invalid gradient at index {k} - "
                f"got {list(gradient._array.shape)} but expected shape compatible with "
                f"{list(like.shape)}"
            )
        return gradient


def _reduces(given: tuple[int, ...], wanted: tuple[int, ...]) -> bool:
    """Whether a value of shape `wanted` broadcasts to `given`."""
    try:
        return np.broadcast_shapes(given, wanted) == given
    except ValueError:
        return False
