"""Text becomes a function that tracebacks, pdb and inspect.getsource can show."""

from __future__ import annotations
import __future__

from collections.abc import Callable
from typing import Any

from sourcediff.emit.generated import Generated, register
from sourcediff.emit.printer import Printed

# Annotations of the user's function are kept as text: the names in them need not exist
# where the generated function lives.
_FLAGS = __future__.annotations.compiler_flag


def load(
    printed: Printed,
    name: str,
    namespace: dict[str, Any],
    filename: str,
    source_file: str,
    title: str = "",
) -> Callable[..., Any]:
    r"""Compile a program and return its function of that name.

    The text runs with `namespace` as its globals. It is shown under `filename`, such as
    `<sourcediff loss_grad model.py:12>` (see `pseudo_filename`), or with a number added
    if another text is. `source_file` is what the line numbers of `printed` refer to;
    `title` is what errors call the function, such as "the gradient of loss".

    >>> printed = Printed("def f(x):\n    return 2 * x\n", {1: 12, 2: 13})
    >>> f = load(printed, "f", {}, "<sourcediff f model.py:12>", "model.py")
    >>> f(21), f.__code__.co_filename
    (42, '<sourcediff f model.py:12>')
    """
    generated = Generated(printed.text, title or name, source_file, printed.lines)
    unique = register(filename, generated)
    code = compile(printed.text, unique, "exec", flags=_FLAGS, dont_inherit=True)
    exec(code, namespace)
    function: Callable[..., Any] = namespace[name]
    return function
