"""`python -m benchmarks hvp`: what a product with the Hessian costs, in gradients."""

import argparse
from typing import Any

import numpy as np

import sourcediff
from benchmarks.contenders import byte_size
from benchmarks.timing import Contender, compete, ratio
from tests.programs import NAMES, load
from tests.programs._differences import arguments, direction, positions

#: What the products of these programs may cost, and what they cost at most.
PROGRAMS = ("mlp", "gmm")
MOST = 2.5
SEED = 11


def contenders(name: str, size: str) -> tuple[Contender, Contender, int]:
    """The gradient of a program and its product with the Hessian."""
    module = load(name)
    rng = np.random.default_rng(SEED)
    args = module.arguments(rng, size) if size else arguments(module)
    tangents: list[Any] = [None] * len(args)
    for position in positions(module):
        tangents[position] = direction(args[position], rng)
    gradient = sourcediff.grad(module.PRIMAL, wrt=module.WRT)
    dots = tuple(tangents)

    def product(*primals: Any) -> Any:
        return sourcediff.hvp(module.PRIMAL, primals, dots)

    pair = Contender("gradient", gradient, args), Contender("hvp", product, args)
    return *pair, byte_size(args)


def main(options: list[str]) -> None:
    """Print a row for every program."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks hvp")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=PROGRAMS)
    parser.add_argument("--size", default="large")
    parser.add_argument("--rounds", type=int, default=9)
    chosen = parser.parse_args(options)
    print(f"{'program':<22} {'gradient':>12} {'hvp':>12} {'hvp/gradient':>13}")
    for name in chosen.only:
        gradient, product, size = contenders(name, chosen.size)
        compete([gradient, product], chosen.rounds, size)
        first, second = (min(c.seconds) * 1e3 for c in (gradient, product))
        times = ratio(product, gradient)
        mark = "" if times <= MOST or name not in PROGRAMS else f"  over {MOST}"
        print(f"{name:<22} {first:>9.3f} ms {second:>9.3f} ms {times:>13.2f}{mark}")
