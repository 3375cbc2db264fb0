"""Modules that hold others in order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sourcediff.tensor.nn.module import Module, Parameter


class Sequential(Module):
    """Modules one after the other; also of an OrderedDict of names and modules.

    >>> class Double(Module):
    ...     def forward(self, x):
    ...         return 2 * x
    >>> Sequential(Double(), Double())(2.0)
    8.0
    """

    def __init__(self, *modules: Any) -> None:
        super().__init__()
        if len(modules) == 1 and isinstance(modules[0], Mapping):
            named: Iterable[tuple[str, Any]] = modules[0].items()
        else:
            named = ((str(k), module) for k, module in enumerate(modules))
        for name, module in named:
            self.add_module(name, module)

    def forward(self, input: Any) -> Any:
        """Call the modules in order."""
        for module in self._modules.values():
            input = module(input)
        return input

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __getitem__(self, index: Any) -> Any:
        modules = list(self._modules.values())
        return (
            Sequential(*modules[index]) if isinstance(index, slice) else modules[index]
        )

    def __setitem__(self, index: int, module: Any) -> None:
        self._modules[self._name_at(index)] = module

    def __delitem__(self, index: int) -> None:
        del self._modules[self._name_at(index)]
        rest = list(self._modules.values())
        self._modules.clear()
        self._modules.update((str(k), module) for k, module in enumerate(rest))

    def _name_at(self, index: int) -> str:
        names = list(self._modules)
        if not -len(names) <= index < len(names):
            raise IndexError(f"index {index} is out of range")
        return names[index]

    def append(self, module: Any) -> Any:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Any]) -> Any:
        """Add modules at the end."""
        for module in modules:
            self.append(module)
        return self


class ModuleList(Sequential):
    """A list of modules that is seen by `parameters()`."""

    def __init__(self, modules: Iterable[Any] = ()) -> None:
        super().__init__(*modules)

    def forward(self, input: Any) -> Any:
        """Refuse: a list is not called."""
        raise NotImplementedError(
            'Module [ModuleList] is missing the required "forward" function'
        )


class ModuleDict(Module):
    """A dict of modules that is seen by `parameters()`."""

    def __init__(self, modules: Mapping[str, Any] | None = None) -> None:
        super().__init__()
        self.update(modules or {})

    def update(self, modules: Mapping[str, Any]) -> None:
        """Add modules under their names."""
        for name, module in modules.items():
            self.add_module(name, module)

    def __getitem__(self, name: str) -> Any:
        return self._modules[name]

    def __setitem__(self, name: str, module: Any) -> None:
        self.add_module(name, module)

    def __delitem__(self, name: str) -> None:
        del self._modules[name]

    def __contains__(self, name: str) -> bool:
        return name in self._modules

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)

    def keys(self) -> Any:
        """The names."""
        return self._modules.keys()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def items(self) -> Any:
        """The names with their modules."""
        return self._modules.items()


class ParameterList(Module):
    """A list of parameters that is seen by `parameters()`."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        super().__init__()
        for k, value in enumerate(values):
            self.register_parameter(
                str(k), value if isinstance(value, Parameter) else Parameter(value)
            )

    def __len__(self) -> int:
        return len(self._parameters)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._parameters.values())

    def __getitem__(self, index: int) -> Any:
        return list(self._parameters.values())[index]
