"""Hooks on the gradients that go into a module, and those that come out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sourcediff.tensor.function import Function
from sourcediff.tensor.tensor import Tensor


class Passage:
    """One call of a module whose hooks see the gradients of results and arguments."""

    def __init__(self, module: Any, hooks: list[Callable[..., Any]]) -> None:
        self._module, self._hooks = module, hooks
        self._of_results: tuple[Any, ...] = ()
        self._count, self._enters = 0, False

    def entered(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, of which the gradients are seen."""
        places = [k for k, arg in enumerate(args) if isinstance(arg, Tensor)]
        self._count = len(args)
        self._enters = any(args[k].requires_grad for k in places)
        if not self._enters:
            return args
        found = _Entrance.apply(self, places, *(args[k] for k in places))
        new = dict(zip(places, found, strict=True))
        return tuple(new.get(k, arg) for k, arg in enumerate(args))

    def left(self, result: Any) -> Any:
        """The results, of which the gradients are seen."""
        several = isinstance(result, tuple)
        results = result if several else (result,)
        if not any(isinstance(r, Tensor) and r.requires_grad for r in results):
            return result
        found = BackwardHookFunction.apply(self, *results)
        return found if several else found[0]

    def seen_results(self, gradients: tuple[Any, ...]) -> None:
        """Note the gradients of the results; without others, the hooks run now."""
        self._of_results = gradients
        if not self._enters:
            self.seen_arguments((None,) * self._count)

    def seen_arguments(self, gradients: tuple[Any, ...]) -> tuple[Any, ...]:
        """The gradients of the arguments, as the hooks leave them."""
        for hook in self._hooks:
            given = hook(self._module, gradients, self._of_results)
            if given is not None:
                gradients = given if isinstance(given, tuple) else (given,)
        return gradients


class _Entrance(Function):
    """The arguments themselves."""

    @staticmethod
    def forward(ctx: Any, passage: Passage, places: list[int], *args: Any) -> Any:
        ctx.passage, ctx.places = passage, places
        return tuple(arg.clone() for arg in args)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        known = dict(zip(ctx.places, gradients, strict=True))
        count = ctx.passage._count
        found = ctx.passage.seen_arguments(tuple(map(known.get, range(count))))
        return (None, None, *(found[k] for k in ctx.places))


class BackwardHookFunction(Function):
    """The results themselves."""

    @staticmethod
    def forward(ctx: Any, passage: Passage, *results: Any) -> Any:
        """What was given."""
        ctx.passage = passage
        return tuple(r.clone() if isinstance(r, Tensor) else r for r in results)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """What was given, and is noted."""
        ctx.passage.seen_results(gradients)
        return (None, *gradients)
