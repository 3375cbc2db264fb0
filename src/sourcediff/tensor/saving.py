"""What a node keeps for the backward pass, and hooks that keep it elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base, rebuilt
from sourcediff.tensor.modes import Mode, state
from sourcediff.tensor.node import FREED, GeneralNode


class ShapeOnly(np.ndarray):
    """Stands for an array of which only shape and dtype are read; it is all NaN."""


def saved(value: Any, read: bool) -> Any:
    """An argument as it is kept: its value if that is read, else its shape."""
    if isinstance(value, Base):
        return value._array if read else shape_of(value._array)
    if isinstance(value, np.ndarray):
        # The user may write into an array of their own, and we would not see it.
        return value.copy() if read else shape_of(value)
    if isinstance(value, list | tuple):
        return rebuilt(value, [saved(item, read) for item in value])
    return value


def shape_of(array: Any) -> Any:
    """An array of the same shape and dtype that takes no memory."""
    if array.dtype.kind not in "fc":
        return array
    filler = np.full((), np.nan, array.dtype)
    return ShapeOnly(array.shape, array.dtype, filler, 0, (0,) * array.ndim)


def arrays_in(value: Any) -> list[Any]:
    """Every array in nested sequences and dictionaries, but stand-ins.

    >>> len(arrays_in((np.zeros(2), [np.zeros(3), 1.5], {"a": np.zeros(1)})))
    3
    """
    if isinstance(value, np.ndarray):
        return [] if isinstance(value, ShapeOnly) else [value]
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [array for item in value for array in arrays_in(item)]
    return []


def mapped(value: Any, function: Callable[[Any], Any]) -> Any:
    """The value with `function` applied to every array in it, but stand-ins."""
    if isinstance(value, ShapeOnly):
        return value
    if isinstance(value, np.ndarray | _Packed):
        return function(value)
    if isinstance(value, list | tuple):
        return rebuilt(value, [mapped(item, function) for item in value])
    if isinstance(value, dict):
        return {key: mapped(item, function) for key, item in value.items()}
    return value


class _Packed:
    """A saved array in the form that the user's hook gave it."""

    def __init__(self, array: Any) -> None:
        pack, self.unpack = state.packers[-1]
        self.value = pack(Base.face.made(array))

    def array(self) -> Any:
        """The array, as the user's other hook gives it back."""
        tensor = self.unpack(self.value)
        return tensor._array if isinstance(tensor, Base) else np.asarray(tensor)


def pack(node: GeneralNode) -> None:
    """Hand what a node saved to the innermost `saved_tensors_hooks`, if any."""
    if state.packers:
        node.saved = mapped(node.saved, _Packed)
        node.packed = True


def unpacked(node: GeneralNode) -> Any:
    """What a node saved, as it was."""
    if not node.packed:
        return node.saved
    return mapped(node.saved, lambda item: item.array() if _is(item) else item)


def _is(item: Any) -> bool:
    return isinstance(item, _Packed)


class saved_tensors_hooks(Mode):
    """Keep what is saved for the backward pass in another form: on disk, compressed.

    `pack_hook` gets each tensor that is saved and returns anything; `unpack_hook` gets
    that back in the backward pass and returns the tensor.

    >>> import sourcediff.tensor as st
    >>> x = st.tensor([2.0], requires_grad=True)
    >>> with saved_tensors_hooks(lambda t: t.tolist(), lambda kept: st.tensor(kept)):
    ...     y = x.exp()
    >>> y.backward(); x.grad
    tensor([7.3891])
    """

    def __init__(
        self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]
    ) -> None:
        super().__init__()
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def settings(self) -> dict[str, Any]:
        """These hooks, on top of those around."""
        return {"packers": (*state.packers, (self.pack_hook, self.unpack_hook))}

    def again(self) -> Mode:
        """Another one, for each call of a decorated function."""
        return saved_tensors_hooks(self.pack_hook, self.unpack_hook)


class Kept:
    """What a node has saved, under the names that PyTorch gives the first three."""

    __slots__ = ()

    saved: Any

    @property
    def _saved_result(self) -> Any:
        return self._kept(0)

    @property
    def _saved_self(self) -> Any:
        return self._kept(1)

    @property
    def _saved_other(self) -> Any:
        return self._kept(2)

    def _kept(self, place: int) -> Any:
        """The result (place 0) or an argument as a tensor, if its value is kept."""
        if self.saved is None:
            raise RuntimeError(FREED)
        result, *rest = self.saved
        args = rest[0] if rest and isinstance(rest[0], tuple) else rest
        values = [result, *args]
        value = values[place] if place < len(values) else None
        if not arrays_in(value):
            names = ("_saved_result", "_saved_self", "_saved_other")
            raise AttributeError(f"this node does not keep {names[place]}")
        return Base.face.made(value)
