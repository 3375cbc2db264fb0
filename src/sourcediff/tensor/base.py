"""What every tensor is: an array, the node that made it, and NumPy's protocols."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from sourcediff.tensor.node import Node


class Base:
    """An array that may belong to a recorded graph.

    There are two faces of it, one that looks like PyTorch's tensor and one that looks
    like NumPy's array; operations return the face of their argument.
    """

    face: ClassVar[type[Any]]
    numpy_face: ClassVar[type[Any]]  # the one that rules are run on
    number: ClassVar[int] = 0  # as an edge: older than every node

    _array: Any
    _node: Any = None  # the node that made it (or the leaf it stands for)
    _leaf: bool = False  # a leaf that requires a gradient
    _python: bool = False  # whether it stands for a number of Python's
    _base: Any = None  # the tensor whose memory it views
    _flat: bool = False  # whether it stands for an array's iterator `flat`
    _views: list[weakref.ref[Any]] | None = None
    _grad: Any = None
    _like: Like | None = None  # its shape and dtype, once `like_of` was asked
    _hooks: dict[int, Any] | None = None  # of a leaf; others have theirs on the node
    _after_hooks: dict[int, Any] | None = None

    __hash__ = object.__hash__

    @classmethod
    def made(cls, array: Any, node: Node | None = None) -> Any:
        """A tensor of this face around an array."""
        self = cls.face()
        self._array = array if type(array) is np.ndarray else np.asarray(array)
        self._node = node
        return self

    @property
    def edge(self) -> Any:
        """Where its gradient goes: a node, itself as a leaf, or None."""
        if self._node is None and self._leaf:
            return self
        return self._node

    @property
    def shape(self) -> Any:
        """The lengths of the axes."""
        return self._array.shape

    @property
    def dtype(self) -> Any:
        """The type of the elements."""
        return self._array.dtype

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return int(self._array.ndim)

    def before_write(self) -> None:
        """What must happen before the memory of this tensor is written."""

    @classmethod
    def passive(cls, result: Any) -> Any:
        """A result without derivative, in this face."""
        return result

    @classmethod
    def untracked(cls, result: Any, args: Any) -> Any:
        """A result that is not recorded, in this face; `args` are plain arrays."""
        if isinstance(result, np.ndarray | np.generic):
            return cls.made(result)
        if isinstance(result, tuple | list) and any(
            isinstance(item, np.ndarray) for item in result
        ):
            items = [cls.untracked(item, args) for item in result]
            return rebuilt(result, items)
        return result

    @classmethod
    def promoted(cls, args: Any) -> Any:
        """The arguments of a function of elements, in the type in which they meet."""
        return args

    @classmethod
    def explained(cls, error: Exception, function: Any, args: Any) -> Exception:
        """The error to raise where NumPy refuses the arguments."""
        return error


class Like:
    """Stands for a value of which only shape and dtype are known."""

    __slots__ = ("dtype", "ndim", "numbers", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape = shape
        self.dtype = dtype
        self.ndim = len(shape)
        self.numbers: dict[float, Any] = {}

    def number(self, value: float) -> Any:
        """A Python number as an array of this dtype: NumPy computes twice as fast."""
        array = np.array(value, self.dtype)
        array.flags.writeable = False
        if len(self.numbers) > 256:
            self.numbers.clear()
        if value:  # 0.0 and -0.0 would be one
            self.numbers[value] = array
        return array


_F64, _F32 = np.dtype(np.float64), np.dtype(np.float32)
_likes: dict[Any, Like] = {}


def like_of(tensor: Base) -> Like | None:
    """The shape and dtype of a tensor of real floats, one object for all equal ones.

    So that operations need one comparison where they would need six. None for others.
    """
    if tensor._like is None:
        array = tensor._array
        dtype = array.dtype
        if dtype is not _F64 and dtype is not _F32:
            return None
        if len(_likes) > 4096:  # two objects for equal ones are merely slower
            _likes.clear()
        key = array.shape, dtype
        tensor._like = _likes.get(key) or _likes.setdefault(key, Like(*key))
    return tensor._like


def rebuilt(like: Any, items: list[Any]) -> Any:
    """A sequence of the type of `like`, named tuples included.

    >>> rebuilt((1, 2), [3, 4])
    (3, 4)
    """
    if hasattr(like, "_fields"):
        return type(like)(*items)
    return type(like)(items) if type(like) in (list, tuple) else tuple(items)


def strip(value: Any, found: list[Base]) -> Any:
    """The value with arrays in the place of tensors, which are collected in `found`."""
    if isinstance(value, Base):
        found.append(value)
        return value._array
    if isinstance(value, list | tuple):
        before = len(found)
        items = [strip(item, found) for item in value]
        return rebuilt(value, items) if len(found) > before else value
    if type(value) is dict:
        return {key: strip(item, found) for key, item in value.items()}
    if type(value) is slice:
        parts = [strip(part, found) for part in (value.start, value.stop, value.step)]
        return slice(*parts)
    return value


def tensors_in(args: Any, kwargs: Mapping[str, Any]) -> list[Base]:
    """The tensors among arguments, also in lists, tuples and dicts."""
    found: list[Base] = []
    strip((args, dict(kwargs)), found)
    return found
