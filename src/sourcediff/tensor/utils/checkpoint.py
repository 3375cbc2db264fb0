"""Memory for time: a part of the graph is computed again in the backward pass."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from sourcediff.tensor.creation import random
from sourcediff.tensor.modes import enable_grad
from sourcediff.tensor.saving import saved_tensors_hooks


class _Frame:
    """One checkpointed call: what it saved is counted now, and computed when asked."""

    def __init__(self, function: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self.run: Callable[[], Any] = lambda: function(*args, **kwargs)
        self.generator = copy.deepcopy(random.generator)
        self.number = 0
        self.values: list[Any] | None = None

    def pack(self, tensor: Any) -> int:
        """Keep the number of a saved tensor in the place of its value."""
        self.number += 1
        return self.number - 1

    def unpack(self, number: int) -> Any:
        """The value of that number, from a second run."""
        if self.values is None:
            self.values = self._recomputed()
        if len(self.values) != self.number:
            raise RuntimeError(
                "torch.utils.checkpoint: A different number of tensors was saved "
                "during the original forward and recomputation.\n"
                f"Number of tensors saved during forward: {self.number}\n"
                f"Number of tensors saved during recomputation: {len(self.values)}"
            )
        return self.values[number]

    def _recomputed(self) -> list[Any]:
        values: list[Any] = []
        now, random.generator = random.generator, copy.deepcopy(self.generator)
        try:
            with enable_grad(), saved_tensors_hooks(values.append, _itself):
                self.run()
        finally:
            random.generator = now
        return values


def _itself(kept: Any) -> Any:
    return kept


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Call a function of tensors without keeping what its backward pass needs.

    That is computed again, once, when the backward pass comes by. Random numbers are
    drawn the same. `use_reentrant` is taken for PyTorch's sake and changes nothing.

    >>> import sourcediff.tensor as st
    >>> x = st.tensor([2.0], requires_grad=True)
    >>> y = checkpoint(lambda x: (x.sin() * x).exp(), x)
    >>> y.backward(); x.grad
    tensor([0.4746])
    """
    frame = _Frame(function, args, kwargs)
    with saved_tensors_hooks(frame.pack, frame.unpack):
        return function(*args, **kwargs)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, **kwargs: Any
) -> Any:
    """Call functions one after the other, checkpointed in that many parts."""
    steps = list(functions)
    size = max(1, len(steps) // segments)
    for start in range(0, len(steps), size):
        part = steps[start : start + size]
        input = checkpoint(_chained(part), input, **kwargs)
    return input


def _chained(functions: list[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def run(value: Any) -> Any:
        for function in functions:
            value = function(value)
        return value

    return run
