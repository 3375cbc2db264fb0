"""The demo, told line by line: model, gradient, check, fit, cost."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sourcediff.api import grad
from sourcediff.demo.columns import side_by_side
from sourcediff.demo.data import old_faithful, standardised
from sourcediff.demo.fit import (
    STEPS,
    Data,
    Kind,
    Model,
    all_differences,
    descend,
    first_guess,
    kinds_in_minutes,
    log_likelihood,
)
from sourcediff.demo.mixture import misfit
from sourcediff.demo.plot import draw, new_figure
from sourcediff.testing import check_grads

#: A timing is the best of this many, each of so many calls.
REPEATS, CALLS = 7, 30


def report(plot: Path | None = None, width: int = 160) -> Iterator[str]:
    """Run the demo; yields its lines as they are known.

    `plot` is the file that a picture is written to; `width` is that of the terminal.
    """
    figure = new_figure() if plot else None
    data = old_faithful()
    scaled = standardised(data)
    yield f"Old Faithful, Yellowstone: {len(data)} eruptions, and the wait after each."
    yield "The model is a mixture of two Gaussians, fitted by gradient descent."
    yield from _programs(scaled, width)
    yield from _check(scaled)
    progress: list[tuple[int, float]] = []
    model = first_guess()
    yield _heading("The fit: gradient descent with momentum from a poor guess")
    for step, value, latest in descend(scaled):
        model = latest
        progress.append((step, log_likelihood(value, data)))
        if step in (0, 10, 20, 50, 100, 200, 400, STEPS):
            yield f"  step {step:>4}   log likelihood {progress[-1][1]:12.4f}"
    kinds = kinds_in_minutes(model, data)
    yield from _result(kinds)
    yield from _cost(model, scaled)
    if plot is not None:
        draw(figure, data, kinds, progress, plot)
        yield f"\nThe picture is in {plot}."


def _heading(text: str) -> str:
    return f"\n{text}\n{'-' * len(text)}"


def _programs(data: Data, width: int) -> Iterator[str]:
    start = time.perf_counter()
    text = grad(misfit).source_for(first_guess(), data)
    elapsed = time.perf_counter() - start
    yield _heading("The function, and the gradient that sourcediff wrote")
    yield from side_by_side(inspect.getsource(misfit), text, width)
    yield f"\n(written and compiled in {elapsed * 1e3:.0f} ms)"


def _check(data: Data) -> Iterator[str]:
    model = first_guess()
    check_grads(misfit, (model, data))
    slopes, differences = grad(misfit)(model, data), all_differences(model, data)
    yield _heading("The gradient against central differences, at the first guess")
    for key, slope in slopes.items():
        off = np.max(np.abs(slope - differences[key]))
        yield (
            f"  {key:<8} {slope.size:>2} numbers up to {np.max(np.abs(slope)):.4f}, "
            f"largest difference {off:.1e}"
        )
    yield "  check_grads(misfit, (model, data)) passes."


def _result(kinds: list[Kind]) -> Iterator[str]:
    yield "\n  kind    share   eruption          wait              correlation"
    for name, kind in zip(("short", "long"), kinds, strict=True):
        spread = np.sqrt(np.diag(kind.covariance))
        together = kind.covariance[0, 1] / np.prod(spread)
        yield (
            f"  {name:<6} {kind.share:>5.1%}   "
            f"{kind.mean[0]:.2f} +- {spread[0]:.2f} min   "
            f"{kind.mean[1]:.1f} +- {spread[1]:.1f} min   {together:8.2f}"
        )


def _cost(model: Model, data: Data) -> Iterator[str]:
    gradient = grad(misfit)
    gradient(model, data)
    own = best_time(lambda: misfit(model, data))
    ours = best_time(lambda: gradient(model, data))
    theirs = best_time(lambda: all_differences(model, data), CALLS // 10)
    count = sum(value.size for value in model.values())
    yield _heading("What it costs")
    yield f"  the function                      {own * 1e6:8.0f} us"
    for label, seconds in (
        (f"its gradient, {count} numbers", ours),
        ("the same by central differences", theirs),
    ):
        yield f"  {label:<33} {seconds * 1e6:8.0f} us  {seconds / own:6.1f} x"


def best_time(function: Callable[[], Any], calls: int = CALLS) -> float:
    """The seconds of one call, the best of several rounds."""
    rounds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        for _ in range(calls):
            function()
        rounds.append((time.perf_counter() - start) / calls)
    return min(rounds)
