"""What a tensor says of its shape, elements and memory."""

from __future__ import annotations

from typing import Any

from sourcediff.tensor import memory
from sourcediff.tensor.methods import Methods
from sourcediff.tensor.sizes import Size, device

_TYPES = {"float32": "Float", "float64": "Double", "int64": "Long", "int32": "Int"}


class Description(Methods):
    """A tensor that describes itself with PyTorch's words."""

    _inference = False

    @property
    def shape(self) -> Size:
        """The lengths of the axes."""
        return Size(self._array.shape)

    def size(self, dim: int | None = None) -> Any:
        """The lengths of the axes, or of one."""
        return Size(self._array.shape) if dim is None else self._array.shape[dim]

    def dim(self) -> int:
        """The number of axes."""
        return int(self._array.ndim)

    ndimension = dim

    def numel(self) -> int:
        """The number of elements."""
        return int(self._array.size)

    nelement = numel

    def element_size(self) -> int:
        """The bytes of one element."""
        return int(self._array.itemsize)

    def stride(self) -> tuple[int, ...]:
        """The steps between neighbours along each axis, in elements."""
        size = self._array.itemsize
        return tuple(step // size for step in self._array.strides)

    def data_ptr(self) -> int:
        """The address of the first element."""
        return int(self._array.__array_interface__["data"][0])

    def is_contiguous(self) -> bool:
        """Whether the rows lie one after another in memory."""
        return bool(self._array.flags.c_contiguous)

    def is_floating_point(self) -> bool:
        """Whether the elements are real floats."""
        return bool(self.dtype.kind == "f")

    def is_complex(self) -> bool:
        """Whether the elements are complex."""
        return bool(self.dtype.kind == "c")

    def is_inference(self) -> bool:
        """Whether it was made in inference mode."""
        return self._inference

    @property
    def device(self) -> device:
        """The CPU."""
        return device("cpu")

    is_cuda = False

    def type(self, dtype: Any = None) -> Any:
        """The name of its type, or its elements as another."""
        if dtype is not None:
            return self.to(dtype)
        name = _TYPES.get(self.dtype.name, self.dtype.name.capitalize())
        return f"torch.{name}Tensor"

    @property
    def _version(self) -> int:
        return memory.version(self._array)
