"""The recorded graph as a picture: DOT text, and an image where graphviz is there."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from sourcediff.tensor.base import Base
from sourcediff.tensor.location import user_frame
from sourcediff.tensor.node import Output


class Graph:
    """A picture of a graph: `str(graph)` is its DOT text; Jupyter shows it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text

    def _repr_svg_(self) -> str | None:
        graphviz = _graphviz()
        if graphviz is None:
            return None
        try:
            return str(self.render("svg"))
        except graphviz.ExecutableNotFound:  # the package without the program
            return None

    def render(self, format: str = "svg") -> Any:
        """The picture in a format of graphviz; raises ImportError without that."""
        graphviz = _graphviz()
        if graphviz is None:
            raise ImportError("a picture needs the graphviz package: sourcediff[viz]")
        made = graphviz.Source(self.text).pipe(format=format)
        return made.decode() if format == "svg" else made


def _graphviz() -> Any:
    try:
        import graphviz  # noqa: PLC0415 (an optional extra)
    except ImportError:
        return None
    return graphviz


def graph(
    output: Any, names: Mapping[str, Any] | None = None, *, values: bool = False
) -> Graph:
    """The graph that leads to a tensor (or several), as DOT text.

    Leaves and results are named as in `names` (as `dict(model.named_parameters())`), or
    as the variables of the caller. With `values`, small leaves show their elements.

    >>> import sourcediff.tensor as st
    >>> w = st.tensor(2.0, requires_grad=True)
    >>> print(graph((w * 3).exp(), {"w": w}))
    digraph {
        node [shape=box, fontname=monospace, fontsize=10]
        n0 [label="ExpBackward0"]
        n1 [label="MulBackward0"]
        n2 [label="w ()", style=filled, fillcolor=lightblue]
        n1 -> n0
        n2 -> n1
    }
    """
    outputs = output if isinstance(output, tuple | list) else (output,)
    known = _known_names(names)
    order: dict[Any, int] = {}
    arrows: list[tuple[int, int]] = []
    stack = [edge for edge in (tensor.edge for tensor in outputs) if edge is not None]
    while stack:
        edge = _shown(stack.pop())
        if edge in order:
            continue
        order[edge] = len(order)
        stack.extend(reversed(edge.edges if edge.number else ()))
    for edge, place in order.items():
        earlier = edge.edges if edge.number else ()
        arrows.extend((order[_shown(other)], place) for other in earlier)
    lines = ["digraph {", "    node [shape=box, fontname=monospace, fontsize=10]"]
    for edge, place in order.items():
        lines.append(f"    n{place} [{_attributes(edge, known, values)}]")
    lines += [f"    n{start} -> n{end}" for start, end in arrows]
    return Graph("\n".join([*lines, "}"]))


def _shown(edge: Any) -> Any:
    return edge.edges[0] if isinstance(edge, Output) else edge


def _known_names(names: Mapping[str, Any] | None) -> dict[Any, str]:
    if names is None:
        frame = user_frame() or sys._getframe(2)
        names = {**frame.f_globals, **frame.f_locals}
    tensors = [(n, v) for n, v in names.items() if isinstance(v, Base)]
    return {_shown(v.edge): n for n, v in tensors if v.edge is not None}


def _attributes(edge: Any, known: dict[Any, str], values: bool) -> str:
    name = known.get(edge)
    if edge.number:
        text = f"{edge.name()} ({name})" if name else edge.name()
        return f'label="{text}"'
    label = f"{name or 'leaf'} {tuple(edge._array.shape)}"
    if values and edge._array.size <= 8:
        label += f"\\n{edge._array.tolist()}"
    return f'label="{label}", style=filled, fillcolor=lightblue'
