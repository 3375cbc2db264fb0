"""Data in batches: what is iterated over in training."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base
from sourcediff.tensor.creation import random, tensor
from sourcediff.tensor.shaping import stack


class Dataset:
    """Samples by index; subclasses define `__getitem__` and `__len__`."""

    def __getitem__(self, index: Any) -> Any:
        """One sample; to be overridden."""
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")


class TensorDataset(Dataset):
    """The rows of tensors of one length, together.

    >>> data = TensorDataset(tensor([[1.0], [2.0]]), tensor([0, 1]))
    >>> len(data), data[1]
    (2, (tensor([2.]), tensor(1)))
    """

    def __init__(self, *tensors: Any) -> None:
        if any(len(given) != len(tensors[0]) for given in tensors):
            raise AssertionError("Size mismatch between tensors")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> Any:
        return tuple(given[index] for given in self.tensors)

    def __len__(self) -> int:
        return len(self.tensors[0])


class Subset(Dataset):
    """The samples of a dataset at some indices."""

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: Any) -> Any:
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(
    dataset: Any, lengths: Sequence[float], generator: Any = None
) -> list[Subset]:
    """A dataset in random parts, of these lengths or fractions of its own.

    >>> [len(part) for part in random_split(range(10), [0.75, 0.25])]
    [8, 2]
    """
    count = len(dataset)
    if sum(lengths) <= 1.0 and math.isclose(sum(lengths), 1.0):
        sizes = [int(count * fraction) for fraction in lengths]
        for k in range(count - sum(sizes)):
            sizes[k % len(sizes)] += 1
    else:
        sizes = [int(length) for length in lengths]
    if sum(sizes) != count:
        raise ValueError(
            "Sum of input lengths does not equal the length of the input dataset!"
        )
    order = (generator or random.generator).permutation(count).tolist()
    ends = np.cumsum(sizes)
    return [
        Subset(dataset, order[end - size : end])
        for size, end in zip(sizes, ends, strict=True)
    ]


def default_collate(samples: Sequence[Any]) -> Any:
    """Samples of one structure as that structure of stacked tensors.

    >>> default_collate([(1.5, {"k": 2}), (2.5, {"k": 3})])
    [tensor([1.5000, 2.5000], dtype=torch.float64), {'k': tensor([2, 3])}]
    """
    first = samples[0]
    if isinstance(first, Base):
        return stack(list(samples))
    if isinstance(first, np.ndarray | np.generic | bool | int):
        return tensor(np.stack(samples))
    if isinstance(first, float):
        return tensor(np.array(samples))
    if isinstance(first, dict):
        return {key: default_collate([s[key] for s in samples]) for key in first}
    if isinstance(first, tuple | list):
        return [default_collate(column) for column in zip(*samples, strict=True)]
    return list(samples)


class DataLoader:
    """The samples of a dataset in batches, in order or shuffled.

    >>> list(DataLoader(range(5), batch_size=2))
    [tensor([0, 1]), tensor([2, 3]), tensor([4])]
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool = False,
        sampler: Any = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        generator: Any = None,
    ) -> None:
        if batch_size is not None and batch_size < 1:
            raise ValueError(
                f"batch_size should be a positive integer value, but got {batch_size=}"
            )
        if shuffle and sampler is not None:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        self.dataset, self.batch_size, self.drop_last = dataset, batch_size, drop_last
        self.num_workers, self.pin_memory = num_workers, pin_memory  # nothing to do
        self.collate_fn = collate_fn or default_collate
        self._shuffle, self._sampler, self._generator = shuffle, sampler, generator

    def __iter__(self) -> Iterator[Any]:
        if self.batch_size is None:
            yield from (self.dataset[index] for index in self._order())
            return
        batch: list[Any] = []
        for index in self._order():
            batch.append(self.dataset[index])
            if len(batch) == self.batch_size:
                yield self.collate_fn(batch)
                batch = []
        if batch and not self.drop_last:
            yield self.collate_fn(batch)

    def _order(self) -> Any:
        if self._sampler is not None:
            return self._sampler
        if self._shuffle:
            generator = self._generator or random.generator
            return generator.permutation(len(self.dataset)).tolist()
        return range(len(self.dataset))

    def __len__(self) -> int:
        sampled = self.dataset if self._sampler is None else self._sampler
        if self.batch_size is None:
            return len(sampled)
        whole, rest = divmod(len(sampled), self.batch_size)
        return whole + bool(rest and not self.drop_last)
