"""Optimizers: they change parameters by their gradients."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from sourcediff.tensor.base import Base
from sourcediff.tensor.memory import registry
from sourcediff.tensor.modes import enable_grad


class Optimizer:
    """What optimizers have in common; `param_groups` hold their options.

    Raises TypeError and ValueError where `params` are no parameters.
    """

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, Base):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of "
                f"Tensors or dicts, but got {type(params).__name__}"
            )
        if callable(getattr(params, "parameters", None)):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of "
                "Tensors or dicts, but got a model: pass model.parameters()"
            )
        self.defaults = defaults
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        given = list(params)
        if not given:
            raise ValueError("optimizer got an empty parameter list")
        groups = given if isinstance(given[0], dict) else [{"params": given}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own."""
        group = {**self.defaults, **param_group}
        params = group["params"]
        group["params"] = [params] if isinstance(params, Base) else list(params)
        for param in group["params"]:
            if isinstance(param, tuple) and len(param) == 2:
                raise TypeError(
                    "optimizer can only optimize Tensors, but one of the params is a "
                    "tuple: pass model.parameters(), not named_parameters()"
                )
            if not isinstance(param, Base):
                raise TypeError(
                    "optimizer can only optimize Tensors, but one of the params is "
                    f"{type(param).__name__}"
                )
            if param._node is not None:
                raise ValueError("can't optimize a non-leaf Tensor")
        known = {id(p) for g in self.param_groups for p in g["params"]}
        if any(id(param) in known for param in group["params"]):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or fill them with zeros."""
        for group in self.param_groups:
            for param in group["params"]:
                if set_to_none or param._grad is None:
                    param._grad = None
                else:
                    param._grad = param._grad.detach().zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change the parameters; `closure` computes the loss and its gradients."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        for group in self.param_groups:
            for param in group["params"]:
                if param._grad is None:
                    continue
                array, gradient = param._array, param._grad._array
                self._update(array, gradient, self.state[param], group)
                registry.note(param._array)
        return loss

    def _update(
        self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        """Change one parameter's array in place."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """Options and state, with numbers in the place of parameters."""
        order = [param for group in self.param_groups for param in group["params"]]
        place = {id(param): k for k, param in enumerate(order)}
        return {
            "state": {
                place[id(param)]: {key: _copied(value) for key, value in kept.items()}
                for param, kept in self.state.items()
            },
            "param_groups": [
                {**group, "params": [place[id(param)] for param in group["params"]]}
                for group in self.param_groups
            ],
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over options and state from `state_dict()`."""
        given = state_dict["param_groups"]
        sizes = [len(group["params"]) for group in self.param_groups]
        if sizes != [len(group["params"]) for group in given]:
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the "
                "size of optimizer's group"
            )
        order = [param for group in self.param_groups for param in group["params"]]
        self.state.clear()
        for k, kept in state_dict["state"].items():
            self.state[order[k]] = {key: _copied(v) for key, v in kept.items()}
        for group, other in zip(self.param_groups, given, strict=True):
            group.update({key: v for key, v in other.items() if key != "params"})

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for k, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {k}")
            lines += [
                f"    {key}: {group[key]}" for key in sorted(group) if key != "params"
            ]
        return "\n".join([*lines, ")"])


def _copied(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _refuse_negative(**options: float) -> None:
    words = {"lr": "learning rate", "momentum": "momentum value"}
    for name, value in options.items():
        if value < 0:
            word = words.get(name, f"{name} value")
            raise ValueError(f"Invalid {word}: {value}")


class SGD(Optimizer):
    """Steps along the gradient, with momentum if asked.

    >>> import sourcediff.tensor as st
    >>> w = st.tensor([1.0], requires_grad=True)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).sum().backward(); optimizer.step(); w
    tensor([0.8000], requires_grad=True)
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        _refuse_negative(lr=lr, momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        options = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def _update(
        self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        if group["maximize"]:
            g = -g
        if group["weight_decay"]:
            g = g + group["weight_decay"] * x
        momentum = group["momentum"]
        if momentum:
            velocity = state.get("momentum_buffer")
            if velocity is None:
                velocity = state["momentum_buffer"] = np.array(g)
            else:
                velocity *= momentum
                velocity += (1 - group["dampening"]) * g
            g = g + momentum * velocity if group["nesterov"] else velocity
        x -= group["lr"] * g


class Adam(Optimizer):
    """Steps scaled by running means of the gradient (Kingma and Ba, 2015)."""

    _decoupled = False

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        _refuse_negative(lr=lr, weight_decay=weight_decay)
        if eps < 0:
            raise ValueError(f"Invalid epsilon value: {eps}")
        for k, beta in enumerate(betas):
            if not 0 <= beta < 1:
                raise ValueError(f"Invalid beta parameter at index {k}: {beta}")
        options = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
        }
        super().__init__(params, options)

    def _update(
        self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        if group["maximize"]:
            g = -g
        if group["weight_decay"] and self._decoupled:
            x *= 1 - group["lr"] * group["weight_decay"]
        elif group["weight_decay"]:
            g = g + group["weight_decay"] * x
        if not state:
            state["step"] = 0
            state["exp_avg"] = np.zeros_like(x)
            state["exp_avg_sq"] = np.zeros(x.shape, np.abs(x).dtype)
        first, second = group["betas"]
        state["step"] += 1
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        mean += (1 - first) * (g - mean)
        square *= second
        square += (1 - second) * np.real(g * np.conj(g))
        if group["amsgrad"]:
            square = np.maximum(square, state.get("max_exp_avg_sq", 0))
            state["max_exp_avg_sq"] = square
        scale = math.sqrt(1 - second ** state["step"])
        size = group["lr"] / (1 - first ** state["step"])
        x -= size * mean / (np.sqrt(square) / scale + group["eps"])


class AdamW(Adam):
    """Adam with weight decay apart from the gradient (Loshchilov and Hutter, 2019)."""

    _decoupled = True

    def __init__(
        self, params: Iterable[Any], lr: float = 1e-3, *args: Any, **kwargs: Any
    ) -> None:
        if len(args) < 3:
            kwargs.setdefault("weight_decay", 1e-2)
        super().__init__(params, lr, *args, **kwargs)


class RMSprop(Optimizer):
    """Steps scaled by a running mean of the squared gradient (Hinton, 2012)."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ) -> None:
        _refuse_negative(
            lr=lr, momentum=momentum, weight_decay=weight_decay, alpha=alpha
        )
        options = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
        }
        super().__init__(params, options)

    def _update(
        self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        if group["weight_decay"]:
            g = g + group["weight_decay"] * x
        if not state:
            state["square_avg"] = np.zeros_like(x)
            state["momentum_buffer"] = np.zeros_like(x)
        square, velocity = state["square_avg"], state["momentum_buffer"]
        square *= group["alpha"]
        square += (1 - group["alpha"]) * g * g
        velocity *= group["momentum"]
        velocity += g / (np.sqrt(square) + group["eps"])
        x -= group["lr"] * velocity


class Adagrad(Optimizer):
    """Steps over the root of the sum of squared gradients (Duchi et al., 2011)."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        _refuse_negative(lr=lr, lr_decay=lr_decay, weight_decay=weight_decay)
        options = {
            "lr": lr,
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "eps": eps,
        }
        super().__init__(params, options)

    def _update(
        self, x: Any, g: Any, state: dict[str, Any], group: dict[str, Any]
    ) -> None:
        if group["weight_decay"]:
            g = g + group["weight_decay"] * x
        if not state:
            state.update(step=0, sum=np.zeros_like(x))
        state["step"] += 1
        state["sum"] += g * g
        rate = group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"])
        x -= rate * g / (np.sqrt(state["sum"]) + group["eps"])
