"""The model of the demo: a mixture of Gaussians, written as anyone would."""

from __future__ import annotations

from typing import Any

import numpy as np


def misfit(model: dict[str, Any], data: Any) -> Any:
    """Minus the mean log likelihood of points under a mixture of Gaussians."""
    shares = np.exp(model["shares"])
    shares /= np.sum(shares)
    density = np.zeros(len(data))
    for k in range(len(shares)):
        root = model["roots"][k]
        z = (data - model["centres"][k]) @ root.T
        height = shares[k] * abs(np.linalg.det(root)) / (2 * np.pi)
        density += height * np.exp(-0.5 * np.sum(z**2, axis=1))
    return -np.mean(np.log(density))
