"""Adjoints of the programs as a careful person writes them in NumPy: the standard.

`gradient` takes the primal's arguments and returns what `grad(primal, wrt=WRT)`
returns, arguments untouched. Its forward sweep is the primal's own statements, its
reverse sweep the best that keeps the primal's loops: nothing saved for linear
statements, overwriting instead of zeroing and adding, scalars in lists. Where going
beyond that pays (batching what a loop does one by one, implicit derivatives), the
module offers `restructured` as well.
"""

import importlib
from types import ModuleType


def load(name: str) -> ModuleType | None:
    """The module of the handwritten adjoint of this program, if there is one."""
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as missing:
        if missing.name != f"{__name__}.{name}":
            raise
        return None
