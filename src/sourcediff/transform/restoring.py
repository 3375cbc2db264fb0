"""Elements that a store overwrites too early: kept before it, put back after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.analysis.effects import root
from sourcediff.kinds import (
    Array,
    Dict,
    Kind,
    List,
    Record,
    Scalar,
    Sequence,
    Static,
    Unknown,
    scalar_of,
)
from sourcediff.transform.build import (
    assign,
    at,
    clone,
    const,
    effect,
    loaded,
    method,
    name,
)
from sourcediff.transform.dependence import Place, overwrites
from sourcediff.transform.needs import NOTHING, Needs, needs_of
from sourcediff.transform.refused import Refused
from sourcediff.transform.sweep import Step
from sourcediff.trees import is_ellipsis

if TYPE_CHECKING:
    from sourcediff.transform.saving import Saving


def save_stored(saving: Saving, step: Step, target: Any, before: Needs) -> Needs:
    """Keep what a store overwrites, if need be; what putting it back reads."""
    base = root(target)
    if base is None:
        return NOTHING
    group = {base} | set(saving.facts.aliases.partners(step.statement, base))
    if not group & before.content or _is_immutable(saving, step, target):
        return NOTHING
    alone = base not in saving.swapped and not (group - {base}) & before.content
    if alone and not _overwrites(saving, step, target, base):
        return NOTHING
    if not saving.planning:
        _keep_elements(saving, step, target)
    read = needs_of([effect(loaded(target))], saving.primal)
    holder = target
    while isinstance(holder, gast.Subscript | gast.Attribute):
        holder = holder.value
        if isinstance(holder, gast.Subscript | gast.Attribute) and not isinstance(
            saving.facts.kind_of(holder.value), Array
        ):  # restoring finds the array in a container
            saving.note_read(holder, step)
            return read
    return Needs(read.content - {base}, read.shape | ({base} & saving.primal))


def _overwrites(saving: Saving, step: Step, target: Any, base: str) -> bool:
    """Whether a store may destroy what is read later, by the reads noted since."""
    compared, found = saving.compared.get(target, (0, False))
    if not found:
        position = saving.position(step, 0)
        space, known = tuple(saving.space), (saving.fixed, saving.counts)
        here = Place(target, space, position, *known)
        found = overwrites(target, base, saving.reads[compared:], here)
        saving.compared[target] = len(saving.reads), found
    return found


def _keep_elements(saving: Saving, step: Step, target: Any) -> None:
    kind = _kind_of_target(saving, target)
    is_counted = isinstance(target, gast.Attribute) and not isinstance(
        step.statement, gast.Assign
    )
    if (is_counted or isinstance(target, gast.Name)) and isinstance(kind, Unknown):
        raise Refused(step.statement, "the type of the target is not known here")
    is_whole = isinstance(target, gast.Subscript) and is_ellipsis(target.slice)
    if (is_whole or isinstance(target, gast.Name)) and _holds_more(kind):
        cause = f"this call changes {root(target)}, of which no copy can be kept"
        raise Refused(step.statement, cause)
    text = loaded(target)
    if isinstance(target, gast.Name):
        stored, text = text, gast.Subscript(text, _all_of(kind), gast.Load())
    else:
        stored = text
    if _is_new_key(saving, target, step):
        return
    base = root(target) or "value"
    is_number = isinstance(scalar_of(kind), Scalar | Static)
    value = stored if is_number else method(clone(stored), "copy")
    holder = getattr(target, "value", None)
    in_container = holder is not None and not isinstance(
        saving.facts.kind_of(holder), Array
    )
    if in_container and not is_number and isinstance(step.statement, gast.Assign):
        value = stored
    elif in_container and isinstance(kind, Array):
        text = gast.Subscript(text, const(Ellipsis), gast.Load())
    if isinstance(target, gast.Subscript) and is_ellipsis(target.slice):
        holder_kind = _holder_kind(saving, target, step)
        value = method(loaded(target.value), "copy")
        text = gast.Subscript(text.value, _all_of(holder_kind), gast.Load())
    saving.restored.add(base)
    label = f"{base}_saved"
    stack = saving.names.fresh(label)
    if in_container and value is stored and not is_number:
        saving.kept[stack] = {base}
    if saving.depth:
        saving.stacks.append(stack)
        saving.kept_parts[stack] = kind
        push = effect(method(name(stack), "append", value))
        pop = assign(text, method(name(stack), "pop"))
    else:
        push = assign(stack, value)
        pop = assign(text, name(stack))
    step.saved += at(step.statement, [push])
    step.restored += at(step.statement, [pop])


def _holds_more(kind: Kind) -> bool:
    """Whether a value has attributes, or parts with elements of their own."""
    if isinstance(kind, List):
        return not isinstance(scalar_of(kind.item or Static(None)), Scalar | Static)
    if isinstance(kind, Sequence) and kind.type is list:
        return not all(isinstance(scalar_of(k), Scalar | Static) for k in kind.items)
    return isinstance(kind, Record | Dict | Sequence)


def _all_of(kind: Kind) -> Any:
    """The index of all elements of an array or a list."""
    is_list = isinstance(kind, List | Sequence)
    return gast.Slice(None, None, None) if is_list else const(Ellipsis)


def _kind_of_target(saving: Saving, target: Any) -> Kind:
    if isinstance(target, gast.Subscript) and is_ellipsis(target.slice):
        return saving.facts.kind_of(target.value)
    return saving.facts.kind_of(target)


def _holder_kind(saving: Saving, target: Any, step: Step) -> Kind:
    """The kind of what a store writes into, before the store."""
    kind = saving.facts.kind_of(target.value)
    if isinstance(target.value, gast.Name):
        return saving.facts.environment(step.statement).get(target.value.id, kind)
    return kind


def _is_immutable(saving: Saving, step: Step, target: Any) -> bool:
    """Whether a call that may write into a name's memory finds a number there."""
    return (
        isinstance(target, gast.Subscript)
        and is_ellipsis(target.slice)
        and isinstance(_holder_kind(saving, target, step), Scalar | Static)
    )


def _is_new_key(saving: Saving, target: Any, step: Step) -> bool:
    """Whether a store adds a key or an attribute, so that nothing is overwritten."""
    if not isinstance(target, gast.Subscript | gast.Attribute):
        return False
    holder = _holder_kind(saving, target, step)
    if isinstance(target, gast.Attribute):
        return isinstance(holder, Record) and holder.get(target.attr) is None
    if not isinstance(holder, Dict) or not isinstance(target.slice, gast.Constant):
        return False
    return holder.get(target.slice.value) is None
