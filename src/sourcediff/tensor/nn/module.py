"""Modules: objects that hold parameters and other modules."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sourcediff.tensor.base import Base
from sourcediff.tensor.creation import tensor
from sourcediff.tensor.handles import RemovableHandle
from sourcediff.tensor.memory import registry
from sourcediff.tensor.nn.backward_hooks import Passage
from sourcediff.tensor.tensor import Tensor


class _MakesParameters(type):
    """Makes a parameter of data, sharing their memory."""

    def __call__(cls, data: Any = (), requires_grad: bool = True) -> Any:
        made: Any = type.__call__(cls)
        given = data if isinstance(data, Base) else tensor(data)
        made._array = given._array
        if requires_grad:
            made.requires_grad_()
        return made


class _Parameter(Tensor):
    """What parameters are to a type checker: made of data."""

    if TYPE_CHECKING:

        def __init__(self, data: Any = (), requires_grad: bool = True) -> None: ...


class Parameter(_Parameter, metaclass=_MakesParameters):
    """A leaf that a module trains.

    >>> Parameter(np.ones(2))
    Parameter containing:
    tensor([1., 1.], dtype=torch.float64, requires_grad=True)
    """

    def __repr__(self) -> str:
        return f"Parameter containing:\n{super().__repr__()}"


class Misfits(NamedTuple):
    """The names that `load_state_dict` missed, and those that it did not expect."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        missing_keys, unexpected_keys = self
        return f"Misfits({missing_keys=}, {unexpected_keys=})"


class Module:
    """A part of a model; subclasses define `forward`, and are called.

    Parameters, buffers and modules that are assigned as attributes are found by
    `parameters()`, `state_dict()` and the like, under the names of the attributes.

    >>> class Scale(Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.factor = Parameter(tensor(2.0))
    ...     def forward(self, x):
    ...         return self.factor * x
    >>> Scale()(tensor([1.0, 3.0]))
    tensor([2., 6.], grad_fn=<MulBackward0>)
    """

    training: bool
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]
    _modules: dict[str, Any]

    def __init__(self) -> None:
        for name in ("_parameters", "_buffers", "_modules", *_HOOKS):
            object.__setattr__(self, name, {})
        object.__setattr__(self, "training", True)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the result; to be overridden."""
        raise NotImplementedError(
            f'Module [{type(self).__name__}] is missing the required "forward" function'
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the hooks and `forward`."""
        hooks = self.__dict__.get("_forward_pre_hooks")
        if hooks is None:
            raise AttributeError(
                f"{type(self).__name__} was called before Module.__init__(): its own "
                "__init__ must call super().__init__()"
            )
        for hook in list(hooks.values()):
            given = hook(self, args)
            if given is not None:
                args = given if isinstance(given, tuple) else (given,)
        watched = list(self.__dict__["_backward_hooks"].values())
        passage = Passage(self, watched) if watched else None
        args = args if passage is None else passage.entered(args)
        result = self.forward(*args, **kwargs)
        result = result if passage is None else passage.left(result)
        for hook in list(self.__dict__["_forward_hooks"].values()):
            given = hook(self, args, result)
            if given is not None:
                result = given
        return result

    # ---- attributes

    def __setattr__(self, name: str, value: Any) -> None:
        kind = _kind_of(value)
        tables = self.__dict__
        if kind is not None and "_modules" not in tables:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if kind is None:
            for table in ("_parameters", "_modules", "_buffers"):
                if name in tables.get(table, ()):
                    _refuse_replacement(table, name, value)
                    tables[table][name] = value
                    return
            object.__setattr__(self, name, value)
            return
        for place in (tables, tables["_parameters"], tables["_modules"]):
            place.pop(name, None)
        tables["_parameters" if kind == "parameters" else "_modules"][name] = value

    def __getattr__(self, name: str) -> Any:
        for table in ("_parameters", "_buffers", "_modules"):
            found = self.__dict__.get(table, {})
            if name in found:
                return found[name]
        raise AttributeError(
            f"'{type(self).__name__}' object has no attribute '{name}'"
        )

    def __delattr__(self, name: str) -> None:
        for table in ("_parameters", "_buffers", "_modules"):
            if name in self.__dict__.get(table, {}):
                del self.__dict__[table][name]
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        own = [*self._parameters, *self._buffers, *self._modules]
        return sorted([*super().__dir__(), *own])

    def register_parameter(self, name: str, param: Any) -> None:
        """Add a parameter (or None) under a name."""
        if "_parameters" not in self.__dict__:
            raise AttributeError(
                "cannot assign parameter before Module.__init__() call"
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Any, persistent: bool = True) -> None:
        """Add a tensor that is kept with the parameters, but not trained."""
        if "_buffers" not in self.__dict__:
            raise AttributeError("cannot assign buffer before Module.__init__() call")
        self._buffers[name] = tensor

    def add_module(self, name: str, module: Any) -> None:
        """Add a module under a name."""
        self._modules[name] = module

    register_module = add_module

    def register_forward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, args, result)` after every call."""
        return RemovableHandle(self.__dict__["_forward_hooks"], hook)

    def register_forward_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, args)` before every call."""
        return RemovableHandle(self.__dict__["_forward_pre_hooks"], hook)

    def register_full_backward_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the gradients are there.

        What it returns, if not None, is used in the place of `grad_input`.
        """
        return RemovableHandle(self.__dict__["_backward_hooks"], hook)

    # ---- what is inside

    def named_modules(self, prefix: str = "") -> Iterator[tuple[str, Any]]:
        """Itself and all modules below, each once, with dotted names."""
        seen: set[int] = set()
        stack: list[tuple[str, Any]] = [(prefix, self)]
        while stack:
            name, module = stack.pop()
            if module is None or id(module) in seen:
                continue
            seen.add(id(module))
            yield name, module
            dot = f"{name}." if name else ""
            inner = [(dot + key, part) for key, part in module._modules.items()]
            stack.extend(reversed(inner))

    def modules(self) -> Iterator[Any]:
        """Itself and all modules below, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Any]]:
        """The modules directly inside, with their names."""
        return iter([(k, m) for k, m in self._modules.items() if m is not None])

    def children(self) -> Iterator[Any]:
        """The modules directly inside."""
        return (module for _, module in self.named_children())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """The parameters, each once, with dotted names."""
        return self._named("_parameters", prefix, recurse)

    def parameters(self, recurse: bool = True) -> Iterator[Any]:
        """The parameters, each once."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True
    ) -> Iterator[tuple[str, Any]]:
        """The buffers, each once, with dotted names."""
        return self._named("_buffers", prefix, recurse)

    def buffers(self, recurse: bool = True) -> Iterator[Any]:
        """The buffers, each once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _named(
        self, table: str, prefix: str, recurse: bool
    ) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        modules = self.named_modules(prefix) if recurse else iter([(prefix, self)])
        for name, module in modules:
            for key, value in module.__dict__[table].items():
                if value is not None and id(value) not in seen:
                    seen.add(id(value))
                    yield (f"{name}.{key}" if name else key), value

    def state_dict(self) -> OrderedDict[str, Any]:
        """Parameters and buffers, detached, by their dotted names.

        Those of a module stand before those of its parts; what is shared stands under
        each of its names.
        """
        return OrderedDict((name, value.detach()) for name, value in self._state(""))

    def _state(self, prefix: str) -> Iterator[tuple[str, Any]]:
        for table in (self._parameters, self._buffers):
            for key, value in table.items():
                if value is not None:
                    yield prefix + key, value
        for key, module in self._modules.items():
            if module is not None:
                yield from module._state(f"{prefix}{key}.")

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True
    ) -> Any:
        """Copy values into parameters and buffers; raises RuntimeError on misfits."""
        own = dict(self._state(""))
        missing = [name for name in own if name not in state_dict]
        unexpected = [name for name in state_dict if name not in own]
        problems = []
        if strict and missing:
            problems.append(f"Missing key(s) in state_dict: {_quoted(missing)}.")
        if strict and unexpected:
            problems.append(f"Unexpected key(s) in state_dict: {_quoted(unexpected)}.")
        for name, value in state_dict.items():
            if name in own and tuple(value.shape) != tuple(own[name].shape):
                problems.append(
                    f"size mismatch for {name}: copying a param with shape "
                    f"{value.shape} from checkpoint, the shape in current model is "
                    f"{own[name].shape}."
                )
        if problems:
            raise RuntimeError(
                f"Error(s) in loading state_dict for {type(self).__name__}:\n\t"
                + "\n\t".join(problems)
            )
        for name, value in state_dict.items():
            if name in own:
                own[name]._array[...] = (
                    value._array if isinstance(value, Base) else value
                )
                registry.note(own[name]._array)
        return Misfits(missing, unexpected)

    # ---- what is done to all of it

    def apply(self, fn: Callable[[Any], Any]) -> Any:
        """Call a function with every module inside, this one last."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode: bool = True) -> Any:
        """Turn training mode on (or off), in all modules."""
        for module in self.modules():
            object.__setattr__(module, "training", mode)
        return self

    def eval(self) -> Any:
        """Turn training mode off."""
        return self.train(False)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Ask for the gradients of all parameters, or no longer."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of all parameters, or fill them with zeros."""
        for parameter in self.parameters():
            if set_to_none or parameter._grad is None:
                parameter._grad = None
            else:
                parameter._grad = parameter._grad.detach().zero_()

    def to(self, *args: Any, **kwargs: Any) -> Any:
        """Convert all floating-point parameters and buffers."""
        for value in [*self.parameters(), *self.buffers()]:
            if value.dtype.kind in "fc":
                value.data = value.detach().to(*args, **kwargs)
        return self

    def double(self) -> Any:
        """Convert to float64."""
        return self.to(np.float64)

    def float(self) -> Any:
        """Convert to float32."""
        return self.to(np.float32)

    def cpu(self) -> Any:
        """The module itself."""
        return self

    # ---- how it shows

    def extra_repr(self) -> str:
        """What is shown between the parentheses."""
        return ""

    def __repr__(self) -> str:
        lines = [
            f"({name}): " + repr(module).replace("\n", "\n  ")
            for name, module in self._modules.items()
        ]
        extra = self.extra_repr()
        if not lines:
            return f"{type(self).__name__}({extra})"
        shown = "\n  ".join([extra, *lines] if extra else lines)
        return f"{type(self).__name__}(\n  {shown}\n)"


_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks")


def _kind_of(value: Any) -> str | None:
    if isinstance(value, Parameter):
        return "parameters"
    return "module" if isinstance(value, Module) else None


def _refuse_replacement(table: str, name: str, value: Any) -> None:
    if value is None or table == "_buffers":
        return
    wanted = "torch.nn.Parameter" if table == "_parameters" else "torch.nn.Module"
    what = "parameter" if table == "_parameters" else "child module"
    raise TypeError(
        f"cannot assign '{type(value).__name__}' as {what} '{name}' "
        f"({wanted} or None expected)"
    )


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
