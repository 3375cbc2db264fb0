"""Names as taped functions see them: those of a module, and those of evaluated text."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from sourcediff.tensor.instrument import instrumented_text
from sourcediff.tensor.tracking import refuse_reading

_OWN = frozenset(("__builtins__", "__name__"))


class Names(dict[str, Any]):
    """The globals of a module, each `seen` in another form; writes go to the module."""

    def __init__(
        self,
        module: dict[str, Any],
        builtins: dict[str, Any],
        seen: Callable[[Any], Any],
    ) -> None:
        # Bodies of classes ask the dict itself for the name of their module.
        name = module.get("__name__", "builtins")
        super().__init__({"__builtins__": builtins, "__name__": name})
        self.module = module
        self.written: set[str] = set()
        self.views: list[Names] = []  # all of this module, if there are others
        self._seen = seen

    def __getitem__(self, name: str) -> Any:
        for view in self.views or (self,):
            if dict.__contains__(view, name) and name not in _OWN:
                view.settle()  # a `global` statement wrote it just now
        return self._seen(self.module[name])

    def settle(self) -> None:
        """Hand what was written to the module."""
        for name in [name for name in self if name not in _OWN]:
            self.write(name, dict.pop(self, name))

    def write(self, name: str, value: Any) -> None:
        """Assign a name of the module."""
        self.module[name] = value
        self.written.add(name)


class Module:
    """A module, or an object of a library, whose attributes are `seen` otherwise.

    Called, it is `construct(module)`.
    """

    def __init__(
        self,
        module: Any,
        seen: Callable[[Any], Any],
        construct: Callable[[Any], Callable[..., Any]],
    ) -> None:
        self.__dict__.update(_module=module, _seen=seen, _construct=construct)

    def __getattr__(self, name: str) -> Any:
        return self._seen(getattr(self._module, name))

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._module, name, value)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call what the object makes, if it is a constructor."""
        return self._construct(self._module)(*args, **kwargs)


class _Scope(MutableMapping[str, Any]):
    """The names of evaluated text: local ones if there are any, then its module's."""

    def __init__(self, names: Names, local: Any) -> None:
        self._names, self._local = names, local

    def __getitem__(self, name: str) -> Any:
        if self._local is not None and name in self._local:
            return self._local[name]
        return self._names[name]

    def __setitem__(self, name: str, value: Any) -> None:
        if self._local is None:
            self._names.write(name, value)
        else:
            self._local[name] = value

    def __delitem__(self, name: str) -> None:
        del (self._names.module if self._local is None else self._local)[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names.module if self._local is None else self._local)

    def __len__(self) -> int:
        return len(self._names.module if self._local is None else self._local)


class Evaluation:
    """`eval` and `exec` in taped functions: the calls in their text are tracked, too.

    `view` gives the names of a namespace; frames of `passed` are none of the caller's.
    """

    def __init__(
        self, view: Callable[[Any], Names], passed: tuple[types.CodeType, ...] = ()
    ) -> None:
        self._view, self._passed = view, passed

    def eval(self, text: Any, names: Any = None, local: Any = None, /) -> Any:
        """The value of an expression."""
        return eval(*self._prepared(text, "eval", names, local))

    def exec(self, text: Any, names: Any = None, local: Any = None, /) -> None:
        """Run statements."""
        exec(*self._prepared(text, "exec", names, local))

    def _prepared(self, text: Any, mode: str, names: Any, local: Any) -> Any:
        frame = sys._getframe(2)
        while frame.f_code in self._passed and frame.f_back is not None:
            frame = frame.f_back
        code = text
        if not isinstance(text, types.CodeType):
            if isinstance(text, str) and text not in frame.f_code.co_consts:
                refuse_reading(text)
            code = instrumented_text(text, mode)
        if names is None:
            names = frame.f_globals
            if local is None and frame.f_locals is not names:
                local = frame.f_locals
        view = names if isinstance(names, Names) else self._view(names)
        return code, view, _Scope(view, None if local is names else local)
