"""Losses as modules."""

from __future__ import annotations

from typing import Any

from sourcediff.tensor.nn import functional
from sourcediff.tensor.nn.module import Module


class _Loss(Module):
    """A loss that is averaged, summed, or left as it is (`reduction`)."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = reduction


class MSELoss(_Loss):
    """The mean of the squared differences."""

    def forward(self, input: Any, target: Any) -> Any:
        """Compute it."""
        return functional.mse_loss(input, target, self.reduction)


class L1Loss(_Loss):
    """The mean of the absolute differences."""

    def forward(self, input: Any, target: Any) -> Any:
        """Compute it."""
        return functional.l1_loss(input, target, self.reduction)


class CrossEntropyLoss(_Loss):
    """The cross entropy of logits with classes, or with probabilities."""

    def forward(self, input: Any, target: Any) -> Any:
        """Compute it."""
        return functional.cross_entropy(input, target, self.reduction)


class NLLLoss(_Loss):
    """The negative log likelihood of classes, of given logarithms."""

    def forward(self, input: Any, target: Any) -> Any:
        """Compute it."""
        return functional.nll_loss(input, target, self.reduction)


class BCELoss(_Loss):
    """The cross entropy of probabilities of two classes."""

    def forward(self, input: Any, target: Any) -> Any:
        """Compute it."""
        return functional.binary_cross_entropy(input, target, self.reduction)


class BCEWithLogitsLoss(_Loss):
    """The cross entropy of logits of two classes."""

    def forward(self, input: Any, target: Any) -> Any:
        """Compute it."""
        return functional.binary_cross_entropy_with_logits(
            input, target, self.reduction
        )
