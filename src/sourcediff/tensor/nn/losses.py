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


class HuberLoss(_Loss):
    """Half the squared differences up to `delta`, beyond that a straight line."""

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction)
        self.delta = delta

    def forward(self, input: Any, target: Any) -> Any:
        """Compute it."""
        return functional.huber_loss(input, target, self.reduction, self.delta)


class SmoothL1Loss(_Loss):
    """The Huber loss divided by `beta`."""

    def __init__(self, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction)
        self.beta = beta

    def forward(self, input: Any, target: Any) -> Any:
        """Compute it."""
        return functional.smooth_l1_loss(input, target, self.reduction, self.beta)


class _OfClasses(_Loss):
    """A loss of classes that may count differently, or not at all."""

    def __init__(
        self, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index

    def options(self) -> dict[str, Any]:
        """The keywords of the function."""
        return {"ignore_index": self.ignore_index, "reduction": self.reduction}


class CrossEntropyLoss(_OfClasses):
    """The cross entropy of logits with classes, or with probabilities."""

    def __init__(
        self,
        weight: Any = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, ignore_index=ignore_index, reduction=reduction)
        self.label_smoothing = label_smoothing

    def forward(self, input: Any, target: Any) -> Any:
        """Compute it."""
        smoothing = self.label_smoothing
        return functional.cross_entropy(
            input, target, self.weight, label_smoothing=smoothing, **self.options()
        )


class NLLLoss(_OfClasses):
    """The negative log likelihood of classes, of given logarithms."""

    def forward(self, input: Any, target: Any) -> Any:
        """Compute it."""
        return functional.nll_loss(input, target, self.weight, **self.options())


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
