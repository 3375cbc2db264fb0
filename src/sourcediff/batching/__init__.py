"""One pass of generated code for many seeds."""

from __future__ import annotations

from sourcediff.batching import functions, sums
from sourcediff.batching.seeds import in_one_pass

__all__ = ["functions", "in_one_pass", "sums"]
