"""The handles that remove hooks again."""

from __future__ import annotations

import itertools
from typing import Any

_numbers = itertools.count()


class RemovableHandle:
    """Removes a hook: by `remove()`, or at the end of a `with` block.

    >>> hooks = {}
    >>> handle = RemovableHandle(hooks, print)
    >>> handle.remove(); hooks
    {}
    """

    def __init__(self, hooks: dict[int, Any], hook: Any) -> None:
        self.id = next(_numbers)
        self._hooks: dict[int, Any] | None = hooks
        hooks[self.id] = hook

    def remove(self) -> None:
        """Remove the hook; doing so twice does no harm."""
        if self._hooks is not None:
            self._hooks.pop(self.id, None)
            self._hooks = None

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()
