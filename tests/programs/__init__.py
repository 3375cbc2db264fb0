"""Programs as ordinary NumPy users write them, one module each, to be differentiated.

Every module offers `PRIMAL` (a function with a scalar result), `WRT` (what to
differentiate with respect to) and `arguments(rng, size)`, whose sizes are at least
"small" (for tests) and "large" (for benchmarks).
"""

import importlib
import pkgutil
from types import ModuleType

NAMES = tuple(
    sorted(
        module.name
        for module in pkgutil.iter_modules(__path__)
        if not module.name.startswith("_")
    )
)


def load(name: str) -> ModuleType:
    """The module of the program with this name."""
    return importlib.import_module(f"{__name__}.{name}")
