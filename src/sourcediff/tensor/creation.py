"""New tensors: from data, of constants, of random numbers."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from sourcediff.tensor.base import strip
from sourcediff.tensor.modes import state
from sourcediff.tensor.tensor import Tensor, as_dtype, defaults


def tensor(
    data: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """A new leaf with a copy of the data.

    Python floats become float32 (see `set_default_dtype`), integers int64; arrays and
    NumPy scalars keep their dtype. Raises RuntimeError if integers are to require a
    gradient.

    >>> tensor([1.0, 2.5], requires_grad=True)
    tensor([1.0000, 2.5000], requires_grad=True)
    >>> tensor(np.arange(3)).dtype
    dtype('int64')
    """
    check_device(device)
    array = np.array(strip(data, []))
    if dtype is not None:
        array = array.astype(as_dtype(dtype))
    elif array.dtype.kind in "fc" and _is_python(data):
        array = array.astype(defaults.matching(array.dtype))
    elif array.dtype.kind not in "fciub":
        raise TypeError(f"a tensor holds numbers or booleans, not {array.dtype}")
    elif array.size == 0 and _is_python(data):
        array = array.astype(defaults.dtype)
    made: Tensor = Tensor.made(array)
    return made.requires_grad_() if requires_grad else made


class _Constructor(type):
    """Makes a class out of which tensors come that are not its instances."""

    def __call__(cls, data: Any = (), *sizes: int) -> Any:
        if sizes or isinstance(data, int):
            return zeros(data, *sizes)
        return tensor(np.asarray(strip(data, []), dtype=defaults.dtype))

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)


class AnyTensor(Tensor, metaclass=_Constructor):
    """The type of all tensors, also a constructor for data in the default dtype.

    It stands before `Tensor` itself because results, which are made in great number,
    must not pass a constructor.

    >>> AnyTensor([1, 2]), isinstance(tensor(1.0), AnyTensor)
    (tensor([1., 2.]), True)
    """


class _Alias(_Constructor):
    """Makes a class that only puts a flag on tensors."""

    def __call__(  # type: ignore[override]
        cls, data: Any = (), requires_grad: bool = False
    ) -> Any:
        return as_tensor(data).detach().requires_grad_(requires_grad)


class Variable(AnyTensor, metaclass=_Alias):
    """What tensors that require a gradient were once wrapped in.

    >>> x = Variable(ones(2), requires_grad=True)
    >>> x, isinstance(x, Variable)
    (tensor([1., 1.], requires_grad=True), True)
    """


def _is_python(data: Any) -> bool:
    """Whether data are Python numbers alone, in any nesting."""
    if isinstance(data, list | tuple):
        return all(_is_python(item) for item in data)
    return isinstance(data, int | float | complex) and not isinstance(data, np.generic)


def check_device(device: Any) -> None:
    """Raise RuntimeError for any device but the CPU."""
    if device is not None and not str(device).startswith("cpu"):
        raise RuntimeError(
            f"device {str(device)!r} is not available: sourcediff.tensor runs on the "
            "CPU"
        )


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """The data as a tensor, without a copy if they are a tensor or array already."""
    check_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray):
        made = from_numpy(data)
        return made if dtype is None else made.to(dtype)
    return tensor(data, dtype)


asarray = as_tensor


def from_numpy(ndarray: Any) -> Tensor:
    """A tensor that shares the memory of an array.

    >>> a = np.zeros(2)
    >>> t = from_numpy(a)
    >>> a[0] = 5
    >>> t
    tensor([5., 0.], dtype=torch.float64)
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(ndarray).__name__})")
    made: Tensor = Tensor.made(ndarray)
    return made


def _sizes(size: tuple[Any, ...]) -> tuple[int, ...]:
    if len(size) == 1 and isinstance(size[0], tuple | list):
        return tuple(size[0])
    return size


def _leaf(array: Any, requires_grad: bool) -> Tensor:
    made: Tensor = Tensor.made(array)
    if state.inference:
        made._inference = True
    return made.requires_grad_() if requires_grad else made


def zeros(
    *size: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """A tensor of zeros."""
    check_device(device)
    return _leaf(np.zeros(_sizes(size), as_dtype(dtype)), requires_grad)


def ones(
    *size: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """A tensor of ones."""
    check_device(device)
    return _leaf(np.ones(_sizes(size), as_dtype(dtype)), requires_grad)


def empty(
    *size: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """A tensor whose elements are to be written."""
    return zeros(*size, dtype=dtype, requires_grad=requires_grad, device=device)


def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
) -> Tensor:
    """A tensor of one value."""
    check_device(device)
    if dtype is None:
        dtype = tensor(fill_value).dtype
    shape = (size,) if isinstance(size, int) else tuple(size)
    return _leaf(np.full(shape, fill_value, as_dtype(dtype)), requires_grad)


def _like(function: Any) -> Any:
    def like(input: Tensor, *args: Any, dtype: Any = None, **options: Any) -> Tensor:
        """A tensor of the shape and dtype of another."""
        wanted = input.dtype if dtype is None else dtype
        made: Tensor = function(tuple(input.shape), *args, dtype=wanted, **options)
        return made

    return like


zeros_like = _like(zeros)
ones_like = _like(ones)
empty_like = _like(empty)
full_like = _like(full)


def arange(
    start: Any,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
) -> Tensor:
    """The numbers from `start` (0 if alone) up to `end`, by `step`."""
    check_device(device)
    if end is None:
        start, end = 0, start
    numbers = [n.item() if isinstance(n, Tensor) else n for n in (start, end, step)]
    array = np.arange(*numbers)
    if dtype is not None or array.dtype.kind == "f":
        array = array.astype(as_dtype(dtype))
    return _leaf(array, requires_grad)


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
) -> Tensor:
    """That many evenly spaced numbers, both ends included."""
    check_device(device)
    return _leaf(np.linspace(start, end, steps, dtype=as_dtype(dtype)), requires_grad)


def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    device: Any = None,
) -> Tensor:
    """Ones on the diagonal, zeros elsewhere."""
    check_device(device)
    return _leaf(np.eye(n, m, dtype=as_dtype(dtype)), requires_grad)


class _Random(threading.local):
    """The generator of this thread."""

    def __init__(self) -> None:
        self.generator = np.random.default_rng()


random = _Random()


def manual_seed(seed: int) -> np.random.Generator:
    """Make the random tensors of this thread reproducible; the generator comes back.

    The numbers are NumPy's, not those that PyTorch draws for the same seed.

    >>> _ = manual_seed(0); first = randn(3)
    >>> _ = manual_seed(0); bool((first == randn(3)).all())
    True
    """
    random.generator = np.random.default_rng(seed)
    return random.generator


def seed() -> int:
    """Draw a new seed, and use it."""
    drawn = int(np.random.SeedSequence().generate_state(1)[0])
    manual_seed(drawn)
    return drawn


def randn(
    *size: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """Normally distributed numbers of mean 0 and variance 1."""
    check_device(device)
    drawn = random.generator.standard_normal(_sizes(size))
    return _leaf(np.asarray(drawn).astype(as_dtype(dtype)), requires_grad)


def rand(
    *size: Any, dtype: Any = None, requires_grad: bool = False, device: Any = None
) -> Tensor:
    """Uniformly distributed numbers between 0 and 1."""
    check_device(device)
    drawn = random.generator.random(_sizes(size))
    return _leaf(np.asarray(drawn).astype(as_dtype(dtype)), requires_grad)


randn_like = _like(randn)
rand_like = _like(rand)


def randint(
    low: int, high: Any, size: Any = None, *, dtype: Any = None, device: Any = None
) -> Tensor:
    """Whole numbers from `low` (0 if left out) to below `high`."""
    check_device(device)
    if size is None:
        low, high, size = 0, low, high
    drawn = random.generator.integers(low, high, tuple(size))
    return _leaf(drawn.astype(np.int64 if dtype is None else as_dtype(dtype)), False)


def randperm(n: int) -> Tensor:
    """The numbers below n in random order."""
    return _leaf(random.generator.permutation(n), False)


def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None) -> Tensor:
    """Normally distributed numbers of that mean and deviation."""
    if size is None:
        size = np.broadcast_shapes(np.shape(mean), np.shape(std))
    made: Tensor = randn(tuple(size)) * std + mean
    return made


def is_tensor(obj: Any) -> bool:
    """Whether an object is a tensor.

    >>> is_tensor(zeros(2)), is_tensor(2.0)
    (True, False)
    """
    return isinstance(obj, Tensor)


def numel(input: Tensor) -> int:
    """The number of elements."""
    return input.numel()
