"""Layers, activations and losses as functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.tensor.composite import composite
from sourcediff.tensor.creation import random
from sourcediff.tensor.elementwise import binary
from sourcediff.tensor.nn.distances import (
    huber_loss,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from sourcediff.tensor.nn.likelihoods import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cross_entropy,
    nll_loss,
)
from sourcediff.tensor.nn.standardizing import (
    adaptive_avg_pool2d,
    batch_norm,
    layer_norm,
)
from sourcediff.tensor.pointwise import relu, sigmoid, tanh
from sourcediff.tensor.record import call
from sourcediff.tensor.reductions import log_softmax, softmax
from sourcediff.tensor.reductions import max as maximum_along

__all__ = [
    "adaptive_avg_pool2d",
    "avg_pool2d",
    "batch_norm",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "conv2d",
    "cross_entropy",
    "dropout",
    "elu",
    "huber_loss",
    "l1_loss",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "max_pool2d",
    "mse_loss",
    "nll_loss",
    "one_hot",
    "relu",
    "sigmoid",
    "silu",
    "smooth_l1_loss",
    "softmax",
    "softplus",
    "tanh",
]

_add_bias = binary(np.add, label="AddmmBackward0")
_add_channel_bias = binary(np.add, label="ConvolutionBackward0")


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """`input @ weight.T + bias`.

    Raises RuntimeError where the sizes do not fit.

    >>> import sourcediff.tensor as st
    >>> linear(st.ones(1, 3), st.ones(2, 3), st.tensor([0.0, 1.0]))
    tensor([[3., 4.]])
    """
    columns = call(np.transpose, (weight,), {}, "TBackward0")
    product = call(np.matmul, (input, columns), {}, "MmBackward0")
    return product if bias is None else _add_bias(product, bias)


def embedding(input: Any, weight: Any) -> Any:
    """The rows of a table at the places that integers give."""
    return weight[input]


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between vectors along an axis.

    >>> from sourcediff.tensor import tensor
    >>> cosine_similarity(tensor([[3.0, 4.0]]), tensor([[4.0, 3.0]]))
    tensor([0.9600])
    """
    sizes = ((x * x).sum(dim).sqrt().clamp(min=eps) for x in (x1, x2))
    return (x1 * x2).sum(dim) / (next(sizes) * next(sizes))


def pair(value: Any) -> tuple[int, int]:
    """A size for both axes, or one for each."""
    return (value, value) if isinstance(value, int) else tuple(value)


def conv2d(
    input: Any,
    weight: Any,
    bias: Any = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Any:
    """The correlation of (batch, channels, h, w) with (outputs, channels, kh, kw).

    >>> import sourcediff.tensor as st
    >>> conv2d(st.ones(1, 1, 3, 3), st.ones(1, 1, 2, 2))
    tensor([[[[4., 4.],
              [4., 4.]]]])
    """
    if input.ndim == 3:
        one = conv2d(input[None], weight, bias, stride, padding, dilation, groups)
        return one[0]
    if groups != 1:
        size, step = input.shape[1] // groups, weight.shape[0] // groups
        parts = [
            conv2d(
                input[:, k * size : (k + 1) * size],
                weight[k * step : (k + 1) * step],
                None if bias is None else bias[k * step : (k + 1) * step],
                stride,
                padding,
                dilation,
            )
            for k in range(groups)
        ]
        return call(np.concatenate, (parts,), {"axis": 1}, "ConvolutionBackward0")
    if input.shape[1] != weight.shape[1]:
        raise RuntimeError(
            f"Given groups=1, weight of size {list(weight.shape)}, expected "
            f"input{list(input.shape)} to have {weight.shape[1]} channels, but got "
            f"{input.shape[1]} channels instead"
        )
    patches = _patches(input, weight.shape[2:], pair(stride), padding, pair(dilation))
    kernel = weight.reshape(*weight.shape[:2], -1)
    product = call(np.tensordot, (patches, kernel, ([1, 4], [1, 2])), {})
    made = call(np.moveaxis, (product, -1, 1), {}, "ConvolutionBackward0")
    if bias is None:
        return made
    return _add_channel_bias(made, bias.reshape(-1, 1, 1))


def max_pool2d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0
) -> Any:
    """The greatest element of each window; the first of equal ones has the gradient.

    >>> import sourcediff.tensor as st
    >>> max_pool2d(st.arange(16.0).reshape(1, 1, 4, 4), 2).flatten()
    tensor([ 5.,  7., 13., 15.])
    """
    windows = _windows(input, kernel_size, stride, padding, -np.inf)
    return maximum_along(windows, -1).values


def avg_pool2d(
    input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0
) -> Any:
    """The mean of each window, zeros around the input included.

    >>> import sourcediff.tensor as st
    >>> avg_pool2d(st.arange(16.0).reshape(1, 1, 4, 4), 2).flatten()
    tensor([ 2.5000,  4.5000, 10.5000, 12.5000])
    """
    windows = _windows(input, kernel_size, stride, padding, 0.0)
    return call(np.mean, (windows,), {"axis": -1}, "AvgPool2DBackward0")


def _windows(
    input: Any, kernel_size: Any, stride: Any, padding: Any, filler: float
) -> Any:
    kernel = pair(kernel_size)
    step = kernel if stride is None else pair(stride)
    if input.ndim == 3:
        return _windows(input[None], kernel, step, padding, filler)[0]
    return _patches(input, kernel, step, padding, (1, 1), filler)


def _patches(
    input: Any,
    kernel: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    filler: float = 0.0,
) -> Any:
    """What each element of the kernel meets: (batch, channels, y, x, element)."""
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    if padding == "same":
        padding = tuple((size - 1) // 2 for size in reach)
    high, wide = pair(0 if padding == "valid" else padding)
    if high or wide:
        widths = ((0, 0), (0, 0), (high, high), (wide, wide))
        input = call(np.pad, (input, widths), {"constant_values": filler})
    rows, columns = (
        [slice(d * k, length - size + d * k + 1, step) for k in range(number)]
        for length, number, size, step, d in zip(
            input.shape[2:], kernel, reach, stride, dilation, strict=True
        )
    )
    return call(
        np.stack, ([input[:, :, y, x] for y in rows for x in columns],), {"axis": -1}
    )


def leaky_relu(input: Any, negative_slope: float = 0.01) -> Any:
    """The positive part, and a fraction of the negative part."""
    slope = input.dtype.type(negative_slope)

    def leaky(x: Any) -> Any:
        return np.where(x > 0, x, slope * x)

    return composite(leaky, (input,), "LeakyReluBackward0")


def softplus(input: Any, beta: float = 1.0) -> Any:
    """A smooth positive part, `log(1 + exp(beta x)) / beta`."""
    return composite(
        lambda x: np.logaddexp(0, beta * x) / beta, (input,), "SoftplusBackward0"
    )


def logsigmoid(input: Any) -> Any:
    """The logarithm of the logistic function."""
    return composite(lambda x: -np.logaddexp(0, -x), (input,), "LogSigmoidBackward0")


def silu(input: Any) -> Any:
    """The argument times its logistic function."""
    return composite(
        lambda x: x * np.exp(-np.logaddexp(0, -x)), (input,), "SiluBackward0"
    )


def elu(input: Any, alpha: float = 1.0) -> Any:
    """The positive part, and `alpha (exp(x) - 1)` of the negative part."""

    def exponential(x: Any) -> Any:
        return np.where(x > 0, x, alpha * np.expm1(np.where(x > 0, 0, x)))

    return composite(exponential, (input,), "EluBackward0")


def dropout(input: Any, p: float = 0.5, training: bool = True) -> Any:
    """A random part `p` of the elements set to zero, the rest scaled up."""
    if not training or p == 0:
        return input
    kept = random.generator.random(input._array.shape) >= p
    scale = input.face.made(kept.astype(input.dtype) / input.dtype.type(1 - p))
    return input * scale


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """A row of zeros with a one at each class."""
    array = tensor._array
    number = int(array.max()) + 1 if num_classes == -1 else num_classes
    return tensor.face.made(np.eye(number, dtype=np.int64)[array])
