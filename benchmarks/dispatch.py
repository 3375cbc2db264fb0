"""What a call of a gradient costs over a call of the function that was generated."""

import __future__

import sourcediff
from benchmarks.timing import Contender, compete
from tests.programs import _differences as differences
from tests.programs import load

NAME = "scalar_expression"
ROUNDS = 15


def generated_function(gradient, primal, arguments):
    """The function in the generated source, on its own."""
    source = gradient.source_for(*arguments)
    namespace = dict(primal.__globals__)
    flags = __future__.annotations.compiler_flag
    exec(compile(source, "<generated>", "exec", flags, dont_inherit=True), namespace)
    return namespace[f"{primal.__name__}_grad"]


def overhead_ns() -> float:
    """The nanoseconds of the wrapper for two floats."""
    module = load(NAME)
    arguments = differences.arguments(module)
    gradient = sourcediff.grad(module.PRIMAL, wrt=module.WRT)
    assert gradient(*arguments) is not None
    direct = generated_function(gradient, module.PRIMAL, arguments)
    wrapped = Contender("wrapped", gradient, arguments)
    plain = Contender("direct", direct, arguments)
    compete([wrapped, plain], ROUNDS, argument_bytes=0)
    pairs = zip(wrapped.seconds, plain.seconds, strict=True)
    differences_ns = sorted(1e9 * (one - other) for one, other in pairs)
    return differences_ns[len(differences_ns) // 2]
