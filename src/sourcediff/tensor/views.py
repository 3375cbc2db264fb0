"""Tensors that share memory: which one is the base, and how a view follows it."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from sourcediff.runtime.structure import owner_of
from sourcediff.tensor.base import Base


def link(view: Base, tensor: Base) -> None:
    """Note that `view` shows the memory of `tensor`, or of what that is a view of."""
    base = tensor if tensor._base is None else tensor._base
    if base is view:
        return
    view._base = base
    views = base._views
    if views is None:
        views = base._views = []
    elif len(views) > 16 and len(views) & (len(views) - 1) == 0:
        views[:] = [reference for reference in views if reference() is not None]
    views.append(weakref.ref(view))


def link_to_any(result: Base, tensors: list[Base]) -> None:
    """Note which of the arguments of a call its result shows the memory of, if any."""
    array = result._array
    for tensor in tensors:
        if array is tensor._array or (
            array.base is not None and owner_of(array) is owner_of(tensor._array)
        ):
            link(result, tensor)
            break


def live_views(base: Base) -> list[Base]:
    """The views of a tensor that are still in use."""
    found = [reference() for reference in base._views or ()]
    return [view for view in found if view is not None]


def view_like(view: Any, old: Any, new: Any) -> Any:
    """The view of `new` that `view` is of `old`, an array of the same layout.

    >>> old, new = np.arange(6), np.arange(10, 16)
    >>> view_like(old[4:1:-2], old, new).tolist()
    [14, 12]

    The axes may lie in memory in any order.

    >>> old, new = (np.arange(k, k + 6).reshape(2, 3).T for k in (0, 10))
    >>> view_like(old[1:, 0], old, new).tolist()
    [11, 12]
    """
    if view is old:
        return new
    start = old.__array_interface__["data"][0]
    offset = view.__array_interface__["data"][0] - start
    if new.strides != old.strides:
        raise RuntimeError("an array of this layout cannot be written on the tape")
    memory = new.transpose(np.argsort([-step for step in new.strides], kind="stable"))
    return np.ndarray(view.shape, view.dtype, memory, offset, view.strides)


def key_of(view: Any, base: Any) -> Any:
    """A key with which `base[key]` reads the elements that the array `view` shows.

    Both are arrays over the same memory.

    >>> a = np.arange(12).reshape(3, 4)
    >>> key = key_of(a[1:, ::2].T, a)
    >>> a[key].tolist()
    [[4, 8], [6, 10]]
    """
    if view.dtype != base.dtype:
        raise TypeError(
            "writing through the real or imaginary part of an array is not recorded: "
            "write z[...] = a + 1j * b"
        )
    if base.ndim == 0:
        return ()
    if base.flags.c_contiguous and not any(s % base.itemsize for s in view.strides):
        start = view.__array_interface__["data"][0]
        offset = (start - base.__array_interface__["data"][0]) // base.itemsize
        places = np.full(view.shape, offset, np.intp)
        for axis, stride in enumerate(view.strides):
            steps = np.arange(view.shape[axis]) * (stride // base.itemsize)
            places += steps.reshape([-1] + [1] * (view.ndim - axis - 1))
        return np.unravel_index(places, base.shape)
    return _key_by_address(view, base)


def _key_by_address(view: Any, base: Any) -> Any:
    addresses = _addresses(base).ravel()
    order = np.argsort(addresses)
    found = np.searchsorted(addresses, _addresses(view), sorter=order)
    return np.unravel_index(order[found], base.shape)


def _addresses(array: Any) -> Any:
    places = np.full(array.shape, array.__array_interface__["data"][0], np.int64)
    for axis, stride in enumerate(array.strides):
        steps = np.arange(array.shape[axis]) * stride
        places += steps.reshape([-1] + [1] * (array.ndim - axis - 1))
    return places
