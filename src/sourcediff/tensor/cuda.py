"""There is no other device than the CPU."""

from __future__ import annotations


def is_available() -> bool:
    """Whether there is a GPU to compute on: never.

    >>> is_available()
    False
    """
    return False


def device_count() -> int:
    """The number of GPUs."""
    return 0


def manual_seed_all(seed: int) -> None:
    """Seed the generators of all GPUs, of which there are none."""
