"""Generated adjoints, compared word for word with files, which are run as they are."""

import builtins
import copy
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import gast
import numpy as np
import pytest

from sourcediff import grad, runtime
from sourcediff.compile import Compiled
from tests.golden import primals
from tests.programs import load
from tests.programs._differences import arguments, assert_gradient

FOLDER = Path(__file__).parent / "golden"
#: What a quicker text may call beside what its units do.
HELPERS = dict(inspect.getmembers(runtime, inspect.isfunction))
PROGRAMS = ("logistic_regression", "jacobi_2d", "durbin", "cholesky", "gmm", "newton")


def _vector(rng: np.random.Generator) -> tuple[Any, ...]:
    return (rng.normal(size=7),)


def _two_vectors(rng: np.random.Generator) -> tuple[Any, ...]:
    return rng.normal(size=7), rng.normal(size=7)


def _number(rng: np.random.Generator) -> tuple[Any, ...]:
    return rng.uniform(0.3, 0.9), 11


SMALL = {
    name: SimpleNamespace(PRIMAL=getattr(primals, name), WRT=0, arguments=arguments)
    for name, arguments in {
        "straight": _two_vectors,
        "recurrence": _number,
        "clipped": _vector,
    }.items()
}


def case(name: str) -> Any:
    return SMALL[name] if name in SMALL else load(name)


def generated(module: Any) -> Compiled:
    arguments = module.arguments(np.random.default_rng(5))
    return grad(module.PRIMAL, module.WRT)._dispatcher.find(arguments, {})


def as_module(module: Any, compiled: Compiled, what: str = "adjoint") -> str:
    """The generated functions with the imports that they need."""
    lines = sorted({line for line in imports(module, compiled) if line})
    plain = [line for line in lines if line.startswith("import")]
    from_ = [line for line in lines if line.startswith("from")]
    blocks = ["\n".join(block) for block in (plain, from_) if block]
    head = f'"""The expected {what} of {module.PRIMAL.__name__}."""'
    return "\n\n".join([head, *blocks]) + "\n\n\n" + compiled.text


def imports(module: Any, compiled: Compiled) -> Iterator[str]:
    bindings = {k: v for unit in compiled.units for k, v in unit.bindings.items()}
    own = {unit.name for unit in compiled.units}
    names = {n.id for n in gast.walk(gast.parse(compiled.text)) if _is_read(n)}
    visible = module.PRIMAL.__globals__
    for name in sorted(names - own):
        value = bindings.get(name, visible.get(name, HELPERS.get(name)))
        if value is None or hasattr(builtins, name):
            continue
        if isinstance(value, ModuleType):
            alias = "" if value.__name__ == name else f" as {name}"
            yield f"import {value.__name__}{alias}"
        else:
            alias = "" if value.__name__ == name else f" as {name}"
            yield f"from {value.__module__} import {value.__name__}{alias}"


def _is_read(node: Any) -> bool:
    return isinstance(node, gast.Name) and isinstance(node.ctx, gast.Load)


@pytest.mark.parametrize("name", [*SMALL, *PROGRAMS])
def test_text(name: str, update_golden: bool) -> None:
    module = case(name)
    text = as_module(module, generated(module))
    path = FOLDER / f"{name}.py"
    if update_golden:
        path.write_text(text)
    assert path.read_text() == text


@pytest.mark.parametrize("name", [*SMALL, *PROGRAMS])
def test_files_are_right(name: str) -> None:
    """What stands in the file is the derivative, by differences."""
    module = case(name)
    written = importlib.import_module(f"tests.golden.{name}")
    gradient = getattr(written, f"{module.PRIMAL.__name__}_grad")
    args = arguments(module)
    assert_gradient(module, args, gradient(*copy.deepcopy(args)))


def test_generation_is_deterministic() -> None:
    module = case("gmm")
    assert generated(module).text == generated(module).text


def test_every_primal_has_its_file() -> None:
    named = {p.stem for p in FOLDER.glob("*.py")} - {"__init__", "primals"}
    assert named == {*SMALL, *PROGRAMS}
    assert all(inspect.getsource(m.PRIMAL) for m in map(case, named))
