"""The demo's picture: the eruptions, the fitted mixture, and the way there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sourcediff.demo.fit import Data, Kind
from sourcediff.errors import SourcediffError


class NoMatplotlib(SourcediffError):
    """A picture was asked for, and matplotlib is not installed.

    >>> print(NoMatplotlib())
    --plot needs matplotlib; pip install 'sourcediff[viz]' brings it.
    """

    def __init__(self) -> None:
        super().__init__(
            "--plot needs matplotlib; pip install 'sourcediff[viz]' brings it."
        )


def new_figure() -> Any:
    """An empty figure that needs no display; raises `NoMatplotlib`."""
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415  (an optional extra)
    except ImportError as error:
        raise NoMatplotlib from error
    return Figure(figsize=(10, 4.5), layout="constrained")


def draw(
    figure: Any,
    data: Data,
    kinds: Sequence[Kind],
    progress: Sequence[tuple[int, float]],
    path: Path,
) -> None:
    """Draw the data with the one- and two-sigma ellipses, and the fit's progress."""
    left, right = figure.subplots(1, 2)
    left.plot(data[:, 0], data[:, 1], ".", color="0.5", markersize=4)
    for kind in kinds:
        for radius in (1.0, 2.0):
            left.plot(*ellipse(kind, radius), color="C0")
    left.set(xlabel="eruption, minutes", ylabel="wait until the next, minutes")
    left.set_title("Old Faithful: two kinds of eruption")
    right.plot(*zip(*progress, strict=True), color="C0")
    right.set(xlabel="step of gradient descent", ylabel="log likelihood")
    right.set_title("The fit")
    figure.savefig(path)


def ellipse(kind: Kind, radius: float) -> tuple[Any, Any]:
    """The points at a number of standard deviations from a component's mean."""
    angle = np.linspace(0.0, 2 * np.pi, 100)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    points = kind.mean[:, None] + radius * np.linalg.cholesky(kind.covariance) @ circle
    return points[0], points[1]
