"""What is wrong with a call that has no rule: it is told before its index is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gast

from sourcediff.kinds import Static
from sourcediff.rules import lookup
from sourcediff.transform.refused import NoRule, Refused

if TYPE_CHECKING:
    from sourcediff.transform.pull import Pull


def unknown_call(pull: Pull, node: Any) -> Refused:
    """The refusal of a call of a function that is not known, or has no rule."""
    if isinstance(node.func, gast.Attribute):
        kind = pull.kind_of(node.func.value)
        owner = kind.value if isinstance(kind, Static) else None
        method = getattr(owner, node.func.attr, None)
        if callable(method):
            return NoRule(node, method)
    return Refused(node, "the function that is called here is not known")


def require_rule(pull: Pull, node: Any) -> None:
    """Refuse a call of a library's function that has no rule, or not for this."""
    function = pull.callee(node) if isinstance(node, gast.Call) else None
    module = getattr(function, "__module__", None) or ""
    if not module.startswith(("numpy", "scipy")):
        return
    if lookup(function) is None:
        raise NoRule(node, function)
    arguments = list(node.args)
    receiver = pull.receiver(node, function)
    if receiver is not None:
        arguments.insert(0, receiver)
    keywords = {k.arg: k.value for k in node.keywords}
    pull.bound_arguments(node, function, arguments, keywords)
