"""`python -m benchmarks tensor`: what the tape costs per operation, and in training."""

import argparse
import gc
import importlib.util
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np

import sourcediff
import sourcediff.tensor as st
from benchmarks.timing import Contender, compete
from tests.programs import mlp

REPEATS = 25  # of four operations each
OPERATIONS = 4 * REPEATS
SEED = np.ones(8)
X = np.linspace(0.1, 0.9, 8)
W = np.linspace(0.3, 0.8, 8)


def chain(x: Any, w: Any, sin: Callable[[Any], Any]) -> Any:
    y = x
    for _ in range(REPEATS):
        y = y * w
        y = y + x
        y = sin(y)
        y = y * 0.5
    return y


def numpy_chain() -> Any:
    return chain(X, W, np.sin)


def tape() -> Callable[[], Any]:
    x, w = (st.tensor(a, requires_grad=True) for a in (X, W))

    def step() -> None:
        chain(x, w, st.sin).backward(SEED)
        x.grad = w.grad = None

    return step


def torch_tape() -> Callable[[], Any]:
    import torch  # noqa: PLC0415 (a peer that may be absent)

    torch.set_num_threads(1)
    x, w = (torch.tensor(a, requires_grad=True) for a in (X, W))
    seed = torch.tensor(SEED)

    def step() -> None:
        chain(x, w, torch.sin).backward(seed)
        x.grad = w.grad = None

    return step


def autograd_tape() -> Callable[[], Any]:
    import autograd  # noqa: PLC0415
    import autograd.numpy as anp  # noqa: PLC0415

    def total(x: Any, w: Any) -> Any:
        return anp.dot(chain(x, w, anp.sin), SEED)

    gradient = autograd.grad(total, (0, 1))
    return lambda: gradient(X, W)


def seconds(contenders: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The best seconds per call of each, measured in turns."""
    made = [Contender(label, function, ()) for label, function in contenders.items()]
    compete(made, rounds, 0)
    return {c.label: min(c.seconds) for c in made}


def per_operation(rounds: int) -> None:
    contenders = {"numpy": numpy_chain, "tape": tape()}
    for name, make in (("torch", torch_tape), ("autograd", autograd_tape)):
        if importlib.util.find_spec(name) is not None:
            contenders[name] = make()
    best = seconds(contenders, rounds)
    print("forward and backward, per operation on 8 elements (at most 2.0 us)")
    for label, spent in best.items():
        micro = spent / OPERATIONS * 1e6
        print(
            f"  {label:<10} {micro:6.2f} us {spent / best['numpy']:6.1f} x NumPy's own"
        )


def training_step(rounds: int) -> None:
    parameters, images, targets = mlp.arguments(np.random.default_rng(0), "large")
    leaves = {
        name: {
            key: st.tensor(value, requires_grad=True) for key, value in layer.items()
        }
        for name, layer in parameters.items()
    }
    data = st.from_numpy(images), st.from_numpy(targets)

    def taped() -> None:
        mlp.loss(leaves, *data).backward()
        for layer in leaves.values():
            for value in layer.values():
                value.grad = None

    contenders: dict[str, Callable[[], Any]] = {
        "numpy": lambda: mlp.loss(parameters, images, targets),
        "tape": taped,
    }
    compiled = sourcediff.value_and_grad(mlp.loss)
    contenders["compiled"] = lambda: compiled(parameters, images, targets)
    best = seconds(contenders, rounds)
    print("gradient of the MLP 784-256-10, batch 256 (at most 1.15 x compiled)")
    for label, spent in best.items():
        ratio = spent / best.get("compiled", best["numpy"])
        print(f"  {label:<10} {spent * 1e3:6.2f} ms {ratio:6.2f} x")


def deep_chain() -> None:
    print("a chain of multiplications, per operation (linear, no recursion)")
    for length in (1_000, 10_000, 100_000):
        gc.collect()
        begin = time.process_time()
        multiplied(length)
        spent = time.process_time() - begin
        kept = peak(lambda n=length: multiplied(n))
        print(
            f"  {length:<10} {spent / length * 1e6:6.2f} us {kept / length:6.0f} bytes"
        )


def multiplied(length: int) -> None:
    """Forward and backward through so many multiplications."""
    x = st.tensor(X, requires_grad=True)
    y = x
    for _ in range(length):
        y = y * 1.00001
    y.backward(SEED)


def peak(function: Callable[[], Any]) -> int:
    """The most bytes that a call holds at one time."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks tensor")
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args(arguments)
    per_operation(options.rounds)
    training_step(options.rounds)
    deep_chain()


if __name__ == "__main__":
    main(sys.argv[1:])
