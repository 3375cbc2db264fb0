"""Tensors, and whatever holds them, in files."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any


def save(obj: Any, f: Any) -> None:
    """Write an object to a file, or to a path.

    >>> import io
    >>> import sourcediff.tensor as st
    >>> stored = io.BytesIO()
    >>> save({"w": st.ones(2)}, stored)
    >>> _ = stored.seek(0)
    >>> load(stored)
    {'w': tensor([1., 1.])}
    """
    if hasattr(f, "write"):
        pickle.dump(obj, f)
    else:
        with Path(f).open("wb") as file:
            pickle.dump(obj, file)


def load(f: Any, **options: Any) -> Any:
    """Read what `save` wrote. It is a pickle: read only what you trust.

    The options of PyTorch's, about devices and the like, are ignored.
    """
    if hasattr(f, "read"):
        return pickle.load(f)
    with Path(f).open("rb") as file:
        return pickle.load(file)
