"""A small tensor library with a tape: PyTorch's autograd, over NumPy."""

from __future__ import annotations

from sourcediff.tensor import traced as _traced  # the face that rules compute with
from sourcediff.tensor.backward import grad as _grad
from sourcediff.tensor.creation import *  # noqa: F403
from sourcediff.tensor.tensor import Tensor
