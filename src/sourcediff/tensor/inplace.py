"""Writing into tensors: the graph is rewritten so that it tells what memory holds."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from sourcediff.runtime import unbroadcast
from sourcediff.tensor.base import Base, Like, rebuilt, strip
from sourcediff.tensor.location import user_location
from sourcediff.tensor.memory import registry
from sourcediff.tensor.modes import is_grad_enabled, state
from sourcediff.tensor.node import GeneralNode, clock
from sourcediff.tensor.record import call, require_numbers
from sourcediff.tensor.saving import mapped
from sourcediff.tensor.torn import require_whole, torn
from sourcediff.tensor.views import key_of, live_views


class Store(GeneralNode):
    """`x[key] = value`: what was written takes the cotangent of those elements.

    This is the meaning of a store, as the compiler has it too; it holds for every
    key, and no function's derivative is in it.
    """

    label = "CopySlices"
    unusual = True

    def __init__(self, old: Any, value: Any, key: Any, like: Any, array: Any) -> None:
        self.edges = tuple(edge for edge in (old, value) if edge is not None)
        self.saved = (old is not None, value is not None, key, like)
        self.shape = array.shape
        self.number = clock()

    def pull(self, seed: Any) -> tuple[Any, ...]:
        """On arrays; the seed is left as it is."""
        return self._pull(seed, np.array(seed) if self.saved[0] else None)

    def pull_owned(self, seed: Any) -> tuple[Any, ...]:
        """On arrays; the seed is used up."""
        return self._pull(np.asarray(seed), np.asarray(seed))

    def pull_tracked(self, seed: Any) -> tuple[Any, ...]:
        """On recorded values."""
        return self._pull(seed, np.copy(seed) if self.saved[0] else None)

    def _pull(self, seed: Any, rest: Any) -> tuple[Any, ...]:
        has_old, has_value, key, like = self.saved
        cotangents = []
        if has_value:
            value_bar = seed[key]
            last = _last_writers(key, self.shape)
            if last is not None:
                value_bar = np.where(last, value_bar, 0)
            # A store drops axes of length 1 in front that the value has too many.
            surplus = max(0, like.ndim - np.ndim(value_bar))
            value_bar = unbroadcast(value_bar, Like(like.shape[surplus:], like.dtype))
            if surplus:
                value_bar = np.reshape(value_bar, like.shape)
            cotangents.append(value_bar)
            if rest is not None and isinstance(rest, np.ndarray):
                cotangents[-1] = np.array(value_bar)
        if has_old:
            rest[key] = 0
            cotangents.insert(0, rest)
        return tuple(cotangents)


def _last_writers(key: Any, shape: tuple[int, ...]) -> Any:
    """Which of the elements at `key` were written last, None if no two are one."""
    items = key if isinstance(key, tuple) else (key,)
    lists = [
        item
        for item in items
        if isinstance(item, list | np.ndarray) and np.asarray(item).dtype != bool
    ]
    if not any(np.size(item) > 1 for item in lists):
        return None
    marks = np.zeros(shape, np.intp)
    order = np.arange(marks[key].size).reshape(marks[key].shape)
    marks[key] = order
    last = marks[key] == order
    return None if last.all() else last


def refuse_leaf(tensor: Base) -> None:
    """Raise RuntimeError where a write into a leaf would lose its gradient."""
    base = tensor if tensor._base is None else tensor._base
    if base._leaf and is_grad_enabled():
        what = "a leaf Variable" if base is tensor else "a view of a leaf Variable"
        raise RuntimeError(
            f"{what} that requires grad is being used in an in-place operation. Write "
            "under no_grad(), as an optimizer does, or write into a clone of it."
        )


def setitem(tensor: Base, key: Any, value: Any) -> None:
    """`tensor[key] = value`, recorded where either is tracked."""
    refuse_leaf(tensor)
    key = strip(key, [])
    tensor.before_write()
    array, plain = tensor._array, strip(value, [])
    if tensor._flat:
        require_whole(lambda a, v: operator.setitem(a.flat, key, v), array, plain)
    try:
        _write(array, key, plain)
    except ValueError as error:
        raise tensor.face.explained(error, operator.setitem, (array, key, plain)) from (
            None
        )
    _note(array, key)
    if not is_grad_enabled():
        return
    if not isinstance(value, Base) and isinstance(value, list | tuple):
        value = _stacked(value)
    source = value.edge if isinstance(value, Base) else None
    if source is None and tensor._node is None:
        return
    if array.dtype.kind not in "fc":
        require_numbers(array.dtype)
        return
    _store(tensor, _frozen(key), source, value)


def _write(array: Any, key: Any, value: Any) -> None:
    """`array[key] = value`.

    NumPy reads some values through memory that it has written already, such as that of
    `u[::2] = u[:3]`: what is there afterwards is no longer what the value was. Raises
    RuntimeError then.
    """
    array_like = isinstance(value, np.ndarray) and value.ndim and not _is_fancy(key)
    if not array_like or not np.may_share_memory(value, array):
        array[key] = value
        return
    wanted = value.astype(array.dtype)
    array[key] = value
    found = array[key]
    wanted = wanted.reshape(wanted.shape[max(0, wanted.ndim - found.ndim) :])
    if not np.array_equal(found, np.broadcast_to(wanted, found.shape), equal_nan=True):
        raise torn()


def _is_fancy(key: Any) -> bool:
    """Whether a key holds arrays of places; NumPy copies values that overlap then."""
    items = key if isinstance(key, tuple) else (key,)
    return any(
        isinstance(item, list | np.ndarray) and np.asarray(item).dtype != bool
        for item in items
    )


def _stacked(value: Any) -> Any:
    """A nested sequence of tensors as one tensor."""
    found: list[Base] = []
    strip(value, found)
    if not any(tensor.edge is not None for tensor in found):
        return value
    items = [
        _stacked(item) if isinstance(item, list | tuple) else item for item in value
    ]
    return call(np.stack, (items,), {})


def _frozen(key: Any) -> Any:
    """A key that later writes into the user's index arrays cannot change."""
    if isinstance(key, np.ndarray):
        return key.copy()
    if isinstance(key, list | tuple):
        return rebuilt(key, [_frozen(item) for item in key])
    return key


def _store(tensor: Base, key: Any, source: Any, value: Any) -> None:
    base: Any = tensor if tensor._base is None else tensor._base
    if not tensor._array[key].size:
        return  # nothing was written
    if base is not tensor:
        places = key_of(tensor._array, base._array)
        key = tuple(place[key] for place in places)
    shape = value.shape if isinstance(value, Base) else ()
    dtype = value.dtype if isinstance(value, Base) else base.dtype
    node = Store(base.edge, source, key, Like(shape, dtype), base._array)
    if state.anomaly:
        node.trace = user_location()
    base._node = node
    _refresh_views(base)


def update(tensor: Base, function: Callable[[Any], Any], name: str) -> Any:
    """Give `tensor` the elements of `function(tensor)`, in its own memory.

    Raises RuntimeError for a leaf that requires a gradient, a result of another shape,
    and a result that its dtype cannot hold.
    """
    refuse_leaf(tensor)
    made = function(tensor)
    result = made._array if isinstance(made, Base) else np.asarray(made)
    _refuse_misfit(tensor, result, name)
    tensor.before_write()
    edge = made.edge if isinstance(made, Base) else None
    if edge is not None and edge.number:
        _protect(edge, tensor._array)
    if result.dtype != tensor.dtype and edge is not None:
        edge = call(np.ndarray.astype, (made, tensor.dtype), {}).edge
    tensor._array[...] = result
    registry.note(tensor._array)
    if not is_grad_enabled() or (edge is None and tensor._node is None):
        return tensor
    if tensor._base is not None:
        _store(tensor, ..., edge, made)
    else:
        tensor._node = edge
        _refresh_views(tensor)
    return tensor


def _refuse_misfit(tensor: Base, result: Any, name: str) -> None:
    if result.shape != tensor.shape:
        raise RuntimeError(
            f"output with shape {list(tensor.shape)} doesn't match the broadcast "
            f"shape {list(result.shape)}: {name} cannot change the shape of a tensor"
        )
    if not np.can_cast(result.dtype, tensor.dtype, "same_kind"):
        raise RuntimeError(
            f"result type {result.dtype} can't be cast to the desired output type "
            f"{tensor.dtype}"
        )


def _protect(node: Any, array: Any) -> None:
    """Copy what the node saved of memory that is about to be written."""
    if node.saved is not None:
        node.saved = mapped(
            node.saved,
            lambda kept: (
                kept.copy()
                if isinstance(kept, np.ndarray) and np.may_share_memory(kept, array)
                else kept
            ),
        )


_READ_ANEW = "AsStridedBackward0"


def _refresh_views(base: Any) -> None:
    """Give every view of a tensor that was written a node that reads it anew."""
    for view in live_views(base):
        if base._node is None or not view._array.size:
            view._node = None
            continue
        if base.ndim == 0:
            read = call(np.reshape, (base, view._array.shape), {}, _READ_ANEW)
        else:
            key = key_of(view._array, base._array)
            read = call(operator.getitem, (base, key), {}, _READ_ANEW)
        view._node = read._node


def _note(array: Any, key: Any) -> None:
    items = key if isinstance(key, tuple) else (key,)
    basic = all(
        item is None or item is ... or isinstance(item, int | np.integer | slice)
        for item in items
    )
    if basic and array.ndim:
        full = key if isinstance(key, tuple) else (key,)
        registry.note(array[(*full, ...)] if ... not in full else array[key])
    else:
        registry.note(array)
