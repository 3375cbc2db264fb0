"""Tools around training."""

from __future__ import annotations

from sourcediff.tensor.utils import checkpoint, data

__all__ = ["checkpoint", "data"]
