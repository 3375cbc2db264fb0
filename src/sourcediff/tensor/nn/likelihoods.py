"""Losses that are negative logarithms of probabilities: of classes, of two of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sourcediff.tensor.composite import composite
from sourcediff.tensor.nn.distances import reduced
from sourcediff.tensor.reductions import log_softmax, log_sum_exp


def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Any:
    """The mean of `-input` at the classes of `target`, along the second axis.

    `weight` has one number for each class, and the mean is weighted. Samples of the
    class `ignore_index` do not count. Raises IndexError for a class that there is not,
    ValueError for targets that are not one for each sample.
    """
    number = input.shape[0 if input.ndim == 1 else 1]
    batch = (*input.shape[:1], *input.shape[2:]) if input.ndim > 1 else ()
    if tuple(target.shape) != batch:
        wrong_size = input.ndim > 1 and target.ndim and target.shape[0] != batch[0]
        raise ValueError(
            f"Expected input batch_size ({batch[0]}) to match target batch_size "
            f"({target.shape[0]})."
            if wrong_size
            else f"Expected target size {list(batch)}, got {list(target.shape)}"
        )
    classes, shares = _samples(target, number, input.dtype, weight, ignore_index)

    def loss(x: Any) -> Any:
        return _averaged(-_at_classes(x, classes), shares, reduction)

    return composite(loss, (input,), "NllLossBackward0")


def _samples(
    target: Any, number: int, dtype: Any, weight: Any, ignore_index: int
) -> tuple[Any, Any]:
    """The classes of samples, and what each of them counts (None: all the same)."""
    classes = target._array
    counted = classes != ignore_index
    outside = classes[counted & ((classes < 0) | (classes >= number))]
    if outside.size:
        raise IndexError(
            f"Target {outside.flat[0]} is out of bounds: there are {number} classes"
        )
    if weight is None and counted.all():
        return classes, None
    classes = np.where(counted, classes, 0)
    weights = np.ones(number) if weight is None else weight._array
    return classes, (weights[classes] * counted).astype(dtype)


def _averaged(losses: Any, shares: Any, reduction: str) -> Any:
    """The losses of samples that count differently, or their sum, or their mean."""
    reduce = reduced(reduction)
    if shares is None:
        return reduce(losses)
    if reduction == "mean":
        return np.sum(losses * shares) / np.sum(shares)
    return reduce(losses * shares)


def _at_classes(x: Any, classes: Any) -> Any:
    """The elements of the given classes; along the only axis of a single sample."""
    if np.ndim(x) == 1:
        return x[classes]
    others = np.ogrid[tuple(slice(n) for n in classes.shape)]
    return x[(others[0], classes, *others[1:])]


def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """The cross entropy of logits with classes (integers) or with probabilities.

    `weight` and `ignore_index` are those of `nll_loss`; `label_smoothing` is the part
    of each sample that is spread evenly over all classes.

    >>> import sourcediff.tensor as st
    >>> cross_entropy(st.tensor([[0.0, 0.0]]), st.tensor([1]))
    tensor(0.6931)
    """
    axis = 0 if input.ndim == 1 else 1
    number = input.shape[axis]
    weights = None if weight is None else _along(weight._array, axis, input.ndim)
    if target.dtype.kind not in "iu":
        if label_smoothing:
            target = target * (1 - label_smoothing) + label_smoothing / number
        return _of_probabilities(input, target, axis, weights, reduction)
    logarithms = log_softmax(input, axis)
    options: Any = {"ignore_index": ignore_index, "reduction": reduction}
    chosen = nll_loss(logarithms, target, weight, **options)
    if not label_smoothing:
        return chosen
    _, shares = _samples(target, number, input.dtype, weight, ignore_index)
    counted = (target._array != ignore_index).astype(input.dtype)

    def spread(x: Any) -> Any:
        losses = -np.sum(x if weights is None else x * weights, axis=axis) * counted
        if reduction == "mean" and shares is not None:
            return np.sum(losses) / np.sum(shares)
        return reduced(reduction)(losses)

    evenly = composite(spread, (logarithms,), "MeanBackward0")
    return chosen * (1 - label_smoothing) + evenly * (label_smoothing / number)


def _along(weights: Any, axis: int, ndim: int) -> Any:
    """Weights of classes as an array that broadcasts along other axes."""
    return weights.reshape([-1 if k == axis else 1 for k in range(ndim)])


def _of_probabilities(
    input: Any, target: Any, axis: int, weights: Any, reduction: str
) -> Any:
    """The cross entropy of logits with probabilities, averaged over the samples."""
    reduced(reduction)
    samples = input._array.size // input.shape[axis] if reduction == "mean" else 1

    def loss(x: Any, y: Any) -> Any:
        terms = -(y * (x - log_sum_exp(x, axis, True)))
        terms = terms if weights is None else terms * weights
        if reduction == "none":
            return np.sum(terms, axis=axis)
        return np.sum(terms) / samples

    return composite(loss, (input, target), "DivBackward1")


def binary_cross_entropy(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The cross entropy of probabilities; logarithms are held above -100."""
    reduce = reduced(reduction)

    def loss(x: Any, y: Any) -> Any:
        tiny = math.exp(-100.0)
        yes, no = np.log(np.maximum(x, tiny)), np.log(np.maximum(1 - x, tiny))
        return -reduce(y * yes + (1 - y) * no)

    return composite(loss, (input, target), "BinaryCrossEntropyBackward0")


def binary_cross_entropy_with_logits(
    input: Any, target: Any, reduction: str = "mean"
) -> Any:
    """The cross entropy of logits of two classes, without overflow."""
    reduce = reduced(reduction)
    return composite(
        lambda x, y: reduce(np.logaddexp(0, x) - x * y),
        (input, target),
        "BinaryCrossEntropyWithLogitsBackward0",
    )
