"""Classes of the user's whose methods see tracked versions of what they name."""

from __future__ import annotations

import types
import weakref
from collections.abc import Callable
from typing import Any

from sourcediff.tensor.libraries import is_users
from sourcediff.tensor.stand_ins import is_registered, register

_BASES = (object, list, dict)
_METHODS = (types.FunctionType, property, classmethod, staticmethod)


class Classes:
    """Makes subclasses with the methods that `rebound` makes of a class's."""

    def __init__(self, rebound: Callable[[Any], Any]) -> None:
        self._rebound = rebound
        self._made: weakref.WeakKeyDictionary[type[Any], type[Any]] = (
            weakref.WeakKeyDictionary()
        )

    def of(self, kind: type[Any]) -> type[Any]:
        """A subclass of a user's class whose methods are rebound.

        Classes that are more than a holder of methods (exceptions, tuples, those of a
        metaclass) come back as they are.
        """
        plain = type(kind) is type and all(
            is_users(base) or base in _BASES for base in kind.__mro__
        )
        if not plain or is_registered(kind):
            return kind
        made = self._made.get(kind)
        if made is None:
            members: dict[str, Any] = {
                "__module__": kind.__module__,
                "__qualname__": kind.__qualname__,
            }
            if "__slots__" in vars(kind):
                members["__slots__"] = ()
            made = type.__new__(type, kind.__name__, (kind,), members)
            self._made[kind] = made
            register(made, kind)
            for name, member in vars(kind).items():
                if isinstance(member, _METHODS) and name != "__init_subclass__":
                    setattr(made, name, self._member(member))
        return made

    def _member(self, member: Any) -> Any:
        if isinstance(member, property):
            made = property(
                *(p and self._rebound(p) for p in (member.fget, member.fset))
            )
            return made.deleter(self._rebound(member.fdel)) if member.fdel else made
        if isinstance(member, classmethod | staticmethod):
            return type(member)(self._rebound(member.__func__))
        return self._rebound(member)

    def twin(self, owner: Any) -> Any:
        """An object with the same attributes whose methods are rebound."""
        kind = type(owner)
        dressed = kind if isinstance(owner, type) else self.of(kind)
        if dressed is kind or not hasattr(owner, "__dict__"):
            return owner
        twin = object.__new__(dressed)
        twin.__dict__ = owner.__dict__  # the same, so that writes are seen
        return twin
