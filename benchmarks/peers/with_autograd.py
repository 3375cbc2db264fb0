"""HIPS autograd: the programs without item assignment, as they are."""

import autograd
import autograd.numpy

from benchmarks.peers import Gradient, with_numpy

AS_THEY_ARE = (
    "arc_distance",
    "black_scholes",
    "bundle_adjustment",
    "chain",
    "kalman",
    "logistic_map",
    "logistic_regression",
    "lstm",
    "mish",
    "mlp",
    "nbody",
    "newton",
    "rk4",
    "scalar_expression",
    "spline",
)
PROGRAMS = {name: with_numpy(name, autograd.numpy) for name in AS_THEY_ARE}


class RecordedGradient(Gradient):
    """The gradient by a backward pass over what is recorded at every call."""

    def __init__(self, port, positions):
        self.gradient = autograd.grad(port, positions)

    def __call__(self, *arguments):
        return self.gradient(*arguments)


def prepare(port, positions, arguments):
    return RecordedGradient(port, positions), arguments
