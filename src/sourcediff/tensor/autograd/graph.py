"""The recorded graph, where PyTorch has it."""

from __future__ import annotations

from sourcediff.tensor.node import Node
from sourcediff.tensor.saving import saved_tensors_hooks

__all__ = ["Node", "saved_tensors_hooks"]
