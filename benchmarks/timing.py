"""Contenders take turns, so that what disturbs one round disturbs all of them alike."""

import copy
import gc
import itertools
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

BATCH_SECONDS = 5e-3
BATCH_BYTES = 2e8
SLOW_SECONDS = 1.0
SLOW_ROUNDS = 3
# The processor time of this process: what others do on the machine is not in it.
clock = time.process_time


@dataclass
class Contender:
    """A function, its arguments, and the seconds per call of every round."""

    label: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    consumes_arguments: bool = False
    calls: int = 1
    seconds: list[float] = field(default_factory=list)

    def batch(self) -> Iterable[tuple[Any, ...]]:
        if self.consumes_arguments:
            return [copy.deepcopy(self.arguments) for _ in range(self.calls)]
        return itertools.repeat(self.arguments, self.calls)

    def run(self) -> float:
        """The seconds per call in one batch."""
        function, batch = self.function, self.batch()
        begin = clock()
        for arguments in batch:
            function(*arguments)
        return (clock() - begin) / self.calls

    def calibrate(self, argument_bytes: int) -> None:
        """Choose the calls per batch, after warming up."""
        self.run()
        limit = BATCH_BYTES / max(argument_bytes, 1) if self.consumes_arguments else 1e6
        while (spent := self.run() * self.calls) < BATCH_SECONDS:
            growth = min(10.0, 1.2 * BATCH_SECONDS / max(spent, 1e-7))
            calls = min(int(self.calls * growth) + 1, int(limit) + 1)
            if calls == self.calls:
                break
            self.calls = calls

    def is_due(self, turn: int) -> bool:
        fast = not self.seconds or self.seconds[0] < SLOW_SECONDS
        return fast or turn < SLOW_ROUNDS


def compete(contenders: list[Contender], rounds: int, argument_bytes: int) -> None:
    """Fill every contender's seconds: A B C, C B A, A B C, ..."""
    gc.collect()
    gc.disable()
    try:
        for contender in contenders:
            contender.calibrate(argument_bytes)
        for turn in range(rounds):
            for contender in contenders if turn % 2 == 0 else contenders[::-1]:
                if contender.is_due(turn):
                    contender.seconds.append(contender.run())
    finally:
        gc.enable()


def ratio(contender: Contender, base: Contender) -> float:
    """The median over the rounds of contender's seconds per base's."""
    pairs = zip(contender.seconds, base.seconds, strict=False)
    return statistics.median(one / other for one, other in pairs)
