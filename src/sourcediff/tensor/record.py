"""Any NumPy call on tensors becomes a node whose pullback is the function's rule."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from sourcediff.errors import LostGradient, MissingRule, UnknownArgument
from sourcediff.rules import Rule, apply, binding, lookup, program_for, why_no_rule
from sourcediff.tensor.base import Base, rebuilt, strip
from sourcediff.tensor.forms import Form, names_of, quick_call, reads_result
from sourcediff.tensor.location import user_location
from sourcediff.tensor.modes import is_grad_enabled, refused, remember, special, state
from sourcediff.tensor.names import label_of, shown_name
from sourcediff.tensor.node import GeneralNode, Output, clock, kind
from sourcediff.tensor.reads import values_read
from sourcediff.tensor.saving import Kept, arrays_in, pack, saved, unpacked
from sourcediff.tensor.torn import require_whole_call
from sourcediff.tensor.views import link_to_any

# Functions other than ufuncs whose arguments come to be of one type.
_MEETING = {np.where, np.concatenate, np.stack}


class Call(Kept, GeneralNode):
    """A call of a function that has a rule."""

    function: Any
    rule: Rule
    wanted: tuple[bool, ...]
    slots: list[tuple[int, tuple[Any, ...]]]
    several: Any = None  # an example of the result, where it is a sequence
    form: Form | None = None  # what is known of calls with such arguments

    def pull(self, seed: Any) -> tuple[Any, ...]:
        """The rule's cotangents, on arrays."""
        if self.form is not None:
            return self.form.pull(self.saved, seed)
        result, args, kwargs = unpacked(self)
        return self._picked(result, args, kwargs, seed)

    def pull_tracked(self, seed: Any) -> tuple[Any, ...]:
        """The same function on recorded values."""
        result, args, kwargs = unpacked(self)
        edges = iter(self.edges)
        face = Base.numpy_face
        bound = binding.bind(self.rule, args, kwargs, self.function)
        tracked = _with_edges(bound.wrt, self.slots, edges, face)
        names = dict(zip(self.rule.wrt, tracked, strict=True))
        args, kwargs = binding.replace(self.rule, args, kwargs, names, self.function)
        if self.rule.kind == "rule" or self.rule.kind == "elementwise":
            result = self._tracked_result(result, face)
        return self._picked(result, args, kwargs, seed)

    def _tracked_result(self, result: Any, face: Any) -> Any:
        if result is None:
            return None
        if self.several is None:
            return face.made(np.asarray(result), self)
        items = [
            face.made(item, Output(self, k)) if _is_float(item) else item
            for k, item in enumerate(map(np.asarray, result))
        ]
        return rebuilt(result, items)

    def _picked(
        self, result: Any, args: Any, kwargs: Any, seed: Any
    ) -> tuple[Any, ...]:
        if self.several is not None:
            seed = _filled(seed, self.several)
        cotangents = apply.pullback(
            self.rule, result, args, kwargs, seed, self.wanted, self.function
        )
        return tuple(_at(cotangents[k], path) for k, path in self.slots)

    def saved_arrays(self) -> list[Any]:
        """The arguments (and result) whose values the rule reads."""
        return [] if self.packed else arrays_in(self.saved)


def call(
    function: Any,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    label: str | None = None,
    rule: Rule | None = None,
) -> Any:
    """Call a function on tensors, and record it where a gradient may be asked.

    `label` is the name of the node where the function's own will not do, and `rule` the
    rule in another form than the one that is registered.

    >>> import sourcediff.tensor as st
    >>> call(np.sin, (st.tensor([0.0], requires_grad=True),), {})
    tensor([0.], grad_fn=<SinBackward0>)
    """
    program = program_for(function, kwargs)
    if program is not None:
        return program(*args, **kwargs)
    rule = rule or lookup(function)
    if rule is not None and not special:
        made = quick_call(Call, function, rule, args, kwargs, label)
        if made is not None:
            return made
    found: list[Base] = []
    plain_args = tuple([strip(value, found) for value in args])
    plain_kwargs = {key: strip(value, found) for key, value in kwargs.items()}
    face = found[0].face
    if len(found) > 1 and (isinstance(function, np.ufunc) or function in _MEETING):
        args = face.promoted(args)
        found = []
        plain_args = tuple([strip(value, found) for value in args])
    tracked = is_grad_enabled() and any(
        tensor._node is not None or tensor._leaf for tensor in found
    )
    if rule is None and tracked:
        name = shown_name(function)
        raise refused(MissingRule(name, user_location(), why_no_rule(name)))
    if rule is not None and rule.kind == "mutation":
        names = [parameter.name for parameter in rule.parameters]
        require_whole_call(function, names, plain_args, plain_kwargs)
        return rule.function(*args, **kwargs)
    try:
        if _is_attribute(function):  # np.ndarray.T
            result = binding.call(function, plain_args, plain_kwargs)
        else:
            result = function(*plain_args, **plain_kwargs)
    except (ValueError, IndexError) as error:
        raise face.explained(error, function, plain_args) from None
    if rule is not None and rule.kind == "passive":
        if tracked and isinstance(result, str):
            remember(result)
        return face.passive(result)
    if not tracked or rule is None:
        made = face.untracked(result, plain_args)
        _link_views(made, found)
        return made
    return attach(function, rule, args, kwargs, result, found, label)


def attach(
    function: Any,
    rule: Rule,
    args: Sequence[Any],
    kwargs: dict[str, Any],
    result: Any,
    found: list[Base],
    label: str | None = None,
) -> Any:
    """The result of a call as a tensor (or several) with a node behind it."""
    face = found[0].face
    try:
        bound = binding.bind(rule, args, kwargs, function)
    except TypeError as error:
        reason = str(error).removesuffix(binding.IN_RULE).partition("() ")[2]
        problem = UnknownArgument(label or rule.name, reason, user_location())
        raise refused(problem) from None
    slots: list[tuple[int, tuple[Any, ...]]] = []
    edges: list[Any] = []
    for k, value in enumerate(bound.wrt):
        _collect(value, (k, ()), slots, edges)
    _refuse_strays(rule, bound, label)
    several = isinstance(result, tuple | list)
    if edges and not several:
        require_numbers(np.asarray(result).dtype)
    if not edges or not (several or _is_float(result)):
        made = face.untracked(result, args)
        _link_views(made, found)
        return made
    wanted = [False] * len(bound.wrt)
    for k, _ in slots:
        wanted[k] = True
    node: Call = _kind(function, rule, label)()
    node.function, node.rule = function, rule
    node.slots, node.edges = slots, tuple(edges)
    node.wanted = tuple(wanted)
    node.saved = _kept(rule, node.wanted, bound, result)
    node.keeps = node.saved[0] is not None or _holds_values(node.saved[1])
    if state.packers:
        pack(node)
    node.number = clock()
    if state.anomaly:
        node.trace = user_location()
    if several:
        node.several, node.outputs, node.unusual = result, len(result), True
        made = _outputs(node, result, face)
    else:
        array = result if type(result) is np.ndarray else np.asarray(result)
        made = face.made(array, node)
    _link_views(made, found)
    return made


def require_numbers(dtype: Any) -> None:
    """Refuse to put tracked numbers into an array of objects, texts or records."""
    if dtype.kind in "OSUV":
        construct = f"an array of dtype {dtype}"
        way_out = "keep tracked numbers in arrays of floats, or in lists"
        raise refused(LostGradient(construct, way_out, user_location()))


def _refuse_strays(rule: Rule, bound: binding.Bound, label: str | None) -> None:
    """Raise for a tracked argument that a rule reads but has no derivative for."""
    if len(bound.args) + len(bound.kwargs) == len(rule.wrt):
        return
    read = values_read(rule, (True,) * len(rule.wrt))
    names = names_of(rule, len(bound.args))
    named = [*zip(names, bound.args, strict=False), *bound.kwargs.items()]
    for name, value in named:
        if name in rule.wrt or not _is_tracked(value):
            continue
        ignored = rule.kind == "linear" and read is not None and name not in read
        if not ignored:
            raise LostGradient(
                f"{label or rule.name}, which has no derivative for {name},",
                f"give {name} without its derivative, or change the formula",
                user_location(),
            )


def _is_tracked(value: Any) -> bool:
    """Whether an argument is a tracked tensor or holds one."""
    if isinstance(value, Base):
        return value.edge is not None
    if not isinstance(value, list | tuple):
        return False
    edges: list[Any] = []
    _collect(value, (0, ()), [], edges)
    return bool(edges)


def _is_float(value: Any) -> bool:
    if type(value) is not np.ndarray:
        value = np.asarray(value)
    return value.dtype.kind in "fc"


def _holds_values(args: tuple[Any, ...]) -> bool:
    """Whether there is an array to be freed, apart from stand-ins for shapes."""
    for value in args:
        if type(value) is np.ndarray:
            return True
        if isinstance(value, list) and arrays_in(value):
            return True
    return False


@functools.cache
def _is_attribute(function: Any) -> bool:
    return inspect.isdatadescriptor(function)


@functools.cache
def _kind(function: Any, rule: Rule, label: str | None) -> type[Any]:
    return kind(Call, label or label_of(function, rule))


def _collect(value: Any, place: Any, slots: list[Any], edges: list[Any]) -> None:
    """Note where in an argument a tracked tensor stands."""
    if isinstance(value, Base):
        edge = value.edge
        if edge is not None:
            slots.append(place)
            edges.append(edge)
    elif isinstance(value, list | tuple):
        k, path = place
        for i, item in enumerate(value):
            _collect(item, (k, (*path, i)), slots, edges)


def _kept(rule: Rule, wanted: tuple[bool, ...], bound: Any, result: Any) -> Any:
    """What the pullback needs: values that it reads, and shapes of the others."""
    read = values_read(rule, wanted)
    names = names_of(rule, len(bound.args))
    args = tuple(
        [
            saved(value, read is None or name in read)
            for name, value in zip(names, bound.args, strict=False)
        ]
    )
    kwargs = {
        name: saved(value, read is None or name in read)
        for name, value in bound.kwargs.items()
    }
    return (result if reads_result(rule, read) else None), args, kwargs


def _outputs(node: Call, result: Any, face: Any) -> Any:
    arrays = [np.asarray(item) for item in result]
    items = [
        face.made(array, Output(node, k) if _is_float(array) else None)
        for k, array in enumerate(arrays)
    ]
    return rebuilt(result, items)


def _filled(seeds: Any, several: Any) -> Any:
    """The cotangents of several results, zeros for those that have none."""
    items = [
        np.zeros_like(item) if seed is None else seed
        for seed, item in zip(seeds, several, strict=True)
    ]
    return rebuilt(several, items)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for index in path:
        value = value[index]
    return value if value is None or hasattr(value, "dtype") else np.asarray(value)


def _with_edges(values: Any, slots: Any, edges: Any, face: Any) -> list[Any]:
    """The saved arguments as tensors that lead to where they came from."""
    tracked = list(values)
    for (k, path), edge in zip(slots, edges, strict=True):
        tracked[k] = _placed(tracked[k], path, edge, face)
    return tracked


def _placed(value: Any, path: tuple[Any, ...], edge: Any, face: Any) -> Any:
    if not path:
        return face.made(value, edge)
    items = list(value)
    items[path[0]] = _placed(items[path[0]], path[1:], edge, face)
    return rebuilt(value, items)


def _link_views(made: Any, found: list[Base]) -> None:
    """Remember which results show the memory of which arguments."""
    for result in made if isinstance(made, tuple | list) else (made,):
        if isinstance(result, Base):
            link_to_any(result, found)
