"""Learning rates that change from epoch to epoch, as a factor of where they began."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any


class LRScheduler:
    """What schedulers have in common; `step()` begins the next epoch."""

    def __init__(self, optimizer: Any, last_epoch: int = -1) -> None:
        self.optimizer = optimizer
        self.last_epoch = last_epoch
        for group in optimizer.param_groups:
            group.setdefault("initial_lr", group["lr"])
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.step()

    def factor(self, epoch: int) -> float:
        """The learning rate in an epoch, as a multiple of the first one."""
        raise NotImplementedError

    def get_last_lr(self) -> list[float]:
        """The learning rates of the parameter groups."""
        return [group["lr"] for group in self.optimizer.param_groups]

    def step(self) -> None:
        """Set the learning rates of the next epoch."""
        self.last_epoch += 1
        groups = self.optimizer.param_groups
        for group, base in zip(groups, self.base_lrs, strict=True):
            group["lr"] = base * self.factor(self.last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """The epoch, and where the learning rates began."""
        return {"last_epoch": self.last_epoch, "base_lrs": list(self.base_lrs)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from `state_dict()`."""
        self.last_epoch = state_dict["last_epoch"]
        self.base_lrs = list(state_dict["base_lrs"])


class LambdaLR(LRScheduler):
    """The factor is a function of the epoch.

    >>> from sourcediff.tensor import optim, zeros
    >>> optimizer = optim.SGD([zeros(1, requires_grad=True)], lr=0.5)
    >>> scheduler = LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    >>> optimizer.step(); scheduler.step(); scheduler.get_last_lr()
    [0.25]
    """

    def __init__(
        self, optimizer: Any, lr_lambda: Callable[[int], float], last_epoch: int = -1
    ) -> None:
        self.lr_lambda = lr_lambda
        super().__init__(optimizer, last_epoch)

    def factor(self, epoch: int) -> float:
        """What the user's function says."""
        return self.lr_lambda(epoch)


class StepLR(LRScheduler):
    """The factor is multiplied by `gamma` every `step_size` epochs."""

    def __init__(
        self, optimizer: Any, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def factor(self, epoch: int) -> float:
        """One power of gamma for each period that is over."""
        return float(self.gamma ** (epoch // self.step_size))


class MultiStepLR(LRScheduler):
    """The factor is multiplied by `gamma` at each of the milestones."""

    def __init__(
        self,
        optimizer: Any,
        milestones: Sequence[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones, self.gamma = list(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def factor(self, epoch: int) -> float:
        """One power of gamma for each milestone that is passed."""
        return float(self.gamma ** sum(m <= epoch for m in self.milestones))


class ExponentialLR(LRScheduler):
    """The factor is multiplied by `gamma` every epoch."""

    def __init__(self, optimizer: Any, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def factor(self, epoch: int) -> float:
        """A power of gamma."""
        return float(self.gamma**epoch)


class CosineAnnealingLR(LRScheduler):
    """From the first learning rate to `eta_min` along half a period of a cosine."""

    def __init__(
        self, optimizer: Any, T_max: int, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def step(self) -> None:
        """Set the learning rates of the next epoch."""
        super().step()
        for group in self.optimizer.param_groups:
            group["lr"] += self.eta_min * (1 - self.factor(self.last_epoch))

    def factor(self, epoch: int) -> float:
        """The cosine, between one and zero."""
        return (1 + math.cos(math.pi * epoch / self.T_max)) / 2
