"""Who competes on a program: primal, generated, handwritten, peers; all checked."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

import sourcediff
from benchmarks import handwritten, peers
from benchmarks.timing import Contender, clock
from tests.programs import _differences as differences
from tests.programs import load

SEED = 11
TOLERANCE = 1e-6


@dataclass
class Field:
    """The contenders of one program at one size, and what is to be said of them."""

    name: str
    size: str
    contenders: dict[str, Contender] = field(default_factory=dict)
    argument_bytes: int = 0
    compile_seconds: float | None = None
    remarks: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.name if self.size == "large" else f"{self.name} {self.size}"


def byte_size(arguments: Any) -> int:
    sizes = (getattr(leaf, "nbytes", 0) for leaf in differences.leaves(arguments))
    return sum(sizes)


def writes_into_arguments(primal: Callable[..., Any], arguments: Any) -> bool:
    tried = copy.deepcopy(arguments)
    primal(*tried)
    try:
        differences.assert_same_trees(tried, arguments)
    except AssertionError:
        return True
    return False


def assert_close(gradient: Any, expected: Any) -> None:
    """Leaf by leaf, the two agree to a millionth of the leaf's largest entry."""
    for leaf, other in differences.pairs(gradient, expected):
        if other is not None:
            error = np.max(np.abs(np.asarray(leaf) - other), initial=0.0)
            assert error <= TOLERANCE * np.max(np.abs(other), initial=1e-200), (
                f"off by {error:.2g} of {np.max(np.abs(other)):.2g}"
            )


def first_line(error: BaseException) -> str:
    lines = f"{type(error).__name__}: {error}".strip().splitlines()
    return " ".join(line.strip() for line in lines if line.strip())[:160]


def result_of(
    function: Callable[..., Any], arguments: tuple[Any, ...], module: ModuleType
) -> Any:
    """The gradient; those of peers are converted, and always tuples."""
    gradient = function(*arguments)
    if not isinstance(function, peers.Gradient):
        return gradient
    gradient = function.to_numpy(gradient)
    return gradient if isinstance(module.WRT, tuple) else gradient[0]


def timed_first_call(gradient: Callable[..., Any], arguments: Any) -> float:
    """The seconds that the first call takes longer than the second."""
    begin = clock()
    gradient(*arguments)
    middle = clock()
    gradient(*arguments)
    return 2 * middle - begin - clock()


def candidates(
    module: ModuleType, name: str, wanted_peers: list[str]
) -> dict[str, Callable[[Any], tuple[Callable[..., Any], tuple[Any, ...]]]]:
    """By label, what makes a gradient function and its arguments of some arguments."""

    def plain(make: Callable[[], Callable[..., Any]]) -> Any:
        return lambda arguments: (make(), arguments)

    by_hand = handwritten.load(name)
    found: dict[str, Any] = {}
    for variant, label in (("gradient", "hand"), ("restructured", "restructured")):
        if (adjoint := getattr(by_hand, variant, None)) is not None:
            found[label] = plain(lambda adjoint=adjoint: adjoint)
    found["generated"] = plain(lambda: sourcediff.grad(module.PRIMAL, module.WRT))
    for peer in wanted_peers:
        port = peers.load(peer)
        if name in port.PROGRAMS:
            found[peer] = lambda arguments, port=port: port.prepare(
                port.PROGRAMS[name], differences.positions(module), arguments
            )
    return found


def gather(name: str, size: str, wanted_peers: list[str]) -> Field:
    """All contenders whose gradients are right; the others leave a remark."""
    module, result = load(name), Field(name, size)
    small = differences.arguments(module, SEED)
    large = module.arguments(np.random.default_rng(SEED), size)
    result.argument_bytes = byte_size(large)
    primal = Contender("primal", module.PRIMAL, large)
    primal.consumes_arguments = writes_into_arguments(module.PRIMAL, small)
    result.contenders["primal"] = primal

    expected = None
    for label, make in candidates(module, name, wanted_peers).items():
        try:
            function, arguments = make(small)
            if label == "generated":
                result.compile_seconds = timed_first_call(function, arguments)
            gradient = result_of(function, arguments, module)
            differences.assert_gradient(module, small, gradient)
            function, arguments = make(large)
            gradient = result_of(function, arguments, module)
            if expected is None:
                expected = gradient
            assert_close(gradient, expected)
        except AssertionError as wrong:
            result.remarks.append(f"{label} is WRONG: {first_line(wrong)}")
        except Exception as failure:  # noqa: BLE001 - whatever a tool raises is reported
            result.remarks.append(f"{label} fails: {first_line(failure)}")
        else:
            result.contenders[label] = Contender(label, function, arguments)
    return result
