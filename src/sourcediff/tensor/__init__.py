"""A small tensor library with a tape: PyTorch's autograd, over NumPy.

`import sourcediff.tensor as torch` runs programs written for PyTorch's autograd on the
CPU.

>>> import sourcediff.tensor as torch
>>> x = torch.ones(2, 2, requires_grad=True)
>>> out = (3 * (x + 2) ** 2).mean()
>>> out.backward()
>>> x.grad
tensor([[4.5000, 4.5000],
        [4.5000, 4.5000]])
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sourcediff.tensor import autograd, cuda, nn, optim, traced, utils
from sourcediff.tensor.creation import AnyTensor as Tensor
from sourcediff.tensor.creation import (
    arange,
    as_tensor,
    asarray,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    manual_seed,
    normal,
    ones,
    ones_like,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
    randperm,
    seed,
    tensor,
    zeros,
    zeros_like,
)
from sourcediff.tensor.drawing import Graph, graph
from sourcediff.tensor.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from sourcediff.tensor.pointwise import *  # noqa: F403
from sourcediff.tensor.products import (
    bmm,
    dot,
    einsum,
    matmul,
    mm,
    mv,
    outer,
    tensordot,
    trace,
)
from sourcediff.tensor.reductions import *  # noqa: F403
from sourcediff.tensor.shaping import *  # noqa: F403
from sourcediff.tensor.sizes import Size, device, get_default_dtype, set_default_dtype

float16 = half = np.dtype(np.float16)
float32 = np.dtype(np.float32)
float64 = double = np.dtype(np.float64)
complex64 = cfloat = np.dtype(np.complex64)
complex128 = cdouble = np.dtype(np.complex128)
uint8 = np.dtype(np.uint8)
int8 = np.dtype(np.int8)
int16 = short = np.dtype(np.int16)
int32 = np.dtype(np.int32)
int64 = long = np.dtype(np.int64)
dtype = np.dtype

FloatTensor = Tensor
inf, nan, pi, e = np.inf, np.nan, np.pi, np.e


def is_tensor(obj: Any) -> bool:
    """Whether an object is a tensor.

    >>> is_tensor(zeros(2)), is_tensor(2.0)
    (True, False)
    """
    return isinstance(obj, Tensor)


def numel(input: Any) -> int:
    """The number of elements."""
    return int(input.numel())
