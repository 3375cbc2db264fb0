"""Optimizers, and how their steps grow smaller."""

from __future__ import annotations

from sourcediff.tensor.optim import lr_scheduler
from sourcediff.tensor.optim.algorithms import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Optimizer,
    RMSprop,
)

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler"]
