"""Layers: modules with weights, and activations as modules."""

from __future__ import annotations

import math
from typing import Any

from sourcediff.tensor.creation import empty
from sourcediff.tensor.nn import functional, init
from sourcediff.tensor.nn.module import Module, Parameter


class Linear(Module):
    """`x @ weight.T + bias`, with PyTorch's initial values.

    >>> layer = Linear(3, 2)
    >>> layer, layer.weight.shape
    (Linear(in_features=3, out_features=2, bias=True), torch.Size([2, 3]))
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        self.weight = Parameter(empty(out_features, in_features, dtype=dtype))
        if bias:
            self.bias = Parameter(empty(out_features, dtype=dtype))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias uniformly within 1 / sqrt(in_features)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5.0))
        if self.bias is not None:
            bound = 1.0 / math.sqrt(self.in_features) if self.in_features else 0.0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Any) -> Any:
        """Apply the layer along the last axis."""
        try:
            return functional.linear(input, self.weight, self.bias)
        except RuntimeError as error:
            raise RuntimeError(f"{error} in {self}") from None

    def extra_repr(self) -> str:
        """The sizes."""
        return (
            f"in_features={self.in_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Conv2d(Module):
    """A convolution over the last two axes of (batch, channels, height, width)."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Any,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.in_channels, self.out_channels = in_channels, out_channels
        self.kernel_size = functional.pair(kernel_size)
        self.stride, self.padding = functional.pair(stride), functional.pair(padding)
        self.dilation, self.groups = functional.pair(dilation), groups
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight = Parameter(empty(*shape))
        if bias:
            self.bias = Parameter(empty(out_channels))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weight and bias uniformly within 1 / sqrt(inputs per output)."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5.0))
        if self.bias is not None:
            bound = 1.0 / math.sqrt(init.fans(self.weight)[0])
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Any) -> Any:
        """Convolve."""
        return functional.conv2d(
            input,
            self.weight,
            self.bias,
            self.stride,
            self.padding,
            self.dilation,
            self.groups,
        )

    def extra_repr(self) -> str:
        """The sizes."""
        padding = f", padding={self.padding}" if any(self.padding) else ""
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}{padding}"
        )


class MaxPool2d(Module):
    """The greatest element of each window."""

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        self.kernel_size, self.stride, self.padding = kernel_size, stride, padding

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return functional.max_pool2d(input, self.kernel_size, self.stride, self.padding)


class AvgPool2d(MaxPool2d):
    """The mean of each window."""

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return functional.avg_pool2d(input, self.kernel_size, self.stride, self.padding)


class ReLU(Module):
    """The positive part."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return input.relu_() if self.inplace else functional.relu(input)


class LeakyReLU(Module):
    """The positive part, and a fraction of the negative part."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self.negative_slope = negative_slope

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return functional.leaky_relu(input, self.negative_slope)


class Sigmoid(Module):
    """The logistic function."""

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return functional.sigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return functional.tanh(input)


class ELU(Module):
    """The identity where positive, else an exponential that ends at `-alpha`."""

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self.alpha = alpha

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return functional.elu(input, self.alpha)

    def extra_repr(self) -> str:
        """The parameter."""
        return f"alpha={self.alpha}"


class SiLU(Module):
    """The argument times its logistic function."""

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return functional.silu(input)


class Softplus(Module):
    """The logarithm of one plus the exponential."""

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return functional.softplus(input)

    def extra_repr(self) -> str:
        """The parameters, of which there is no choice."""
        return "beta=1.0, threshold=20.0"


class AdaptiveAvgPool2d(Module):
    """Means of as many windows as are asked for."""

    def __init__(self, output_size: Any) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return functional.adaptive_avg_pool2d(input, self.output_size)

    def extra_repr(self) -> str:
        """How many."""
        return f"output_size={self.output_size}"


class Softmax(Module):
    """Exponentials along an axis, scaled to the sum 1."""

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return functional.softmax(input, self.dim)


class LogSoftmax(Softmax):
    """The logarithm of Softmax."""

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return functional.log_softmax(input, self.dim)


class Flatten(Module):
    """The axes from `start_dim` to `end_dim` as one."""

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return input.flatten(self.start_dim, self.end_dim)


class Dropout(Module):
    """In training mode: a random part of the elements set to zero, the rest scaled."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, input: Any) -> Any:
        """Apply it."""
        return functional.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        """The probability."""
        return f"p={self.p}, inplace=False"


class Identity(Module):
    """The argument itself."""

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__()

    def forward(self, input: Any) -> Any:
        """Return the argument."""
        return input


class Embedding(Module):
    """A table of vectors, read by integers.

    >>> from sourcediff.tensor import tensor
    >>> layer = Embedding(10, 3)
    >>> layer, layer(tensor([[1, 2]])).shape
    (Embedding(10, 3), torch.Size([1, 2, 3]))
    """

    def __init__(
        self, num_embeddings: int, embedding_dim: int, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.weight = Parameter(empty(num_embeddings, embedding_dim, dtype=dtype))
        init.normal_(self.weight)

    def forward(self, input: Any) -> Any:
        """The rows of the table at these places."""
        return functional.embedding(input, self.weight)

    def extra_repr(self) -> str:
        """The sizes."""
        return f"{self.num_embeddings}, {self.embedding_dim}"
