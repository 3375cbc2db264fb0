"""PyTorch: tensors for arrays, 0-d tensors for floats, clones before writes."""

import itertools
import math

import numpy as np
import torch

from benchmarks.peers import Gradient
from tests.programs import logistic_map as logistic_map_program
from tests.programs import rk4 as rk4_program
from tests.programs import scalar_expression as expression_program
from tests.programs._differences import is_active, leaves, map_tree

torch.set_num_threads(1)


class RecordedGradient(Gradient):
    """The gradient by a backward pass over what is recorded at every call."""

    def __init__(self, port, active):
        self.port, self.active = port, active
        self.flat = list(leaves(active))

    def __call__(self, *arguments):
        return torch.autograd.grad(self.port(*arguments), self.flat)

    def to_numpy(self, gradient):
        flat = iter(gradient)
        return map_tree(lambda _: next(flat).numpy(), self.active)


def prepare(port, positions, arguments):
    def tensor(leaf, active):
        if isinstance(leaf, np.ndarray) or (active and isinstance(leaf, float)):
            copied = torch.tensor(leaf, dtype=None if np.ndim(leaf) else torch.float64)
            return copied.requires_grad_(active and is_active(leaf))
        return leaf

    moved = tuple(
        map_tree(lambda leaf, active=k in positions: tensor(leaf, active), value)
        for k, value in enumerate(arguments)
    )
    return RecordedGradient(port, tuple(moved[k] for k in positions)), moved


def rk4(prey, predators, birth, hunt, growth, death, dt, steps):
    rates = rk4_program.rates
    p, q, rest = prey, predators, (birth, hunt, growth, death)
    for _ in range(steps):
        k1, m1 = rates(p, q, *rest)
        k2, m2 = rates(p + dt / 2 * k1, q + dt / 2 * m1, *rest)
        k3, m3 = rates(p + dt / 2 * k2, q + dt / 2 * m2, *rest)
        k4, m4 = rates(p + dt * k3, q + dt * m3, *rest)
        p = p + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        q = q + dt / 6 * (m1 + 2 * m2 + 2 * m3 + m4)
    return p + 0.7 * q


def chain(x):
    y = x * x + 0.7
    z = torch.exp(-0.3 * y)
    w = z * x + torch.sqrt(y)
    return torch.sum(w / (1.2 + z))


def mish(x):
    return torch.sum(x * torch.tanh(torch.log(1.0 + torch.exp(x))))


def arc_distance(latitude_a, longitude_a, latitude_b, longitude_b):
    half_chord = (
        torch.sin((latitude_b - latitude_a) / 2) ** 2
        + torch.cos(latitude_a)
        * torch.cos(latitude_b)
        * torch.sin((longitude_b - longitude_a) / 2) ** 2
    )
    return torch.sum(
        2 * torch.arctan2(torch.sqrt(half_chord), torch.sqrt(1 - half_chord))
    )


def logistic_regression(weights, bias, X, labels, penalty=1e-3):
    scores = X @ weights + bias
    fit = torch.nn.functional.cross_entropy(scores, labels)
    return fit + 0.5 * penalty * torch.sum(weights**2)


def mlp(parameters, images, targets):
    first, second = parameters["hidden"], parameters["output"]
    hidden = torch.relu(images @ first["weight"] + first["bias"])
    scores = hidden @ second["weight"] + second["bias"]
    log_probabilities = torch.log_softmax(scores, dim=1)
    return -torch.sum(targets * log_probabilities) / len(targets)


def normal_cdf(x):
    t = 1.0 / (1.0 + 0.2316419 * torch.abs(x))
    series = 1.330274429
    for coefficient in (-1.821255978, 1.781477937, -0.356563782, 0.319381530):
        series = coefficient + t * series
    tail = torch.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi) * t * series
    return torch.where(x >= 0.0, 1.0 - tail, tail)


def black_scholes(spot, strike, rate, volatility, maturity, is_call, holding):
    spread = volatility * torch.sqrt(maturity)
    d1 = (torch.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / spread
    d2 = d1 - spread
    discounted = strike * torch.exp(-rate * maturity)
    call = spot * normal_cdf(d1) - discounted * normal_cdf(d2)
    put = call - spot + discounted
    return torch.sum(holding * torch.where(is_call, call, put))


def jacobi_2d(steps, A, B, weights):
    def smooth(y, x):
        x = x.clone()
        x[1:-1, 1:-1] = 0.2 * (
            y[1:-1, 1:-1] + y[1:-1, :-2] + y[1:-1, 2:] + y[2:, 1:-1] + y[:-2, 1:-1]
        )
        return x

    B = B + 0.0
    for _ in range(1, steps):
        B = smooth(A, B)
        A = smooth(B, A)
    return torch.sum(A * weights) + 0.0 * torch.sum(B)


def heat_3d(steps, A, B):
    inner = slice(1, -1)

    def diffuse(y, x):
        twice = 2.0 * y[inner, inner, inner]
        x = x.clone()
        x[inner, inner, inner] = (
            0.125 * (y[2:, inner, inner] - twice + y[:-2, inner, inner])
            + 0.125 * (y[inner, 2:, inner] - twice + y[inner, :-2, inner])
            + 0.125 * (y[inner, inner, 2:] - twice + y[inner, inner, :-2])
            + y[inner, inner, inner]
        )
        return x

    for _ in range(1, steps):
        B = diffuse(A, B)
        A = diffuse(B, A)
    return torch.sum(A**2) / A.numel()


def spline(values, spacing, x, observed):
    position = (x + 1.0) / spacing
    i = torch.clip(torch.floor(position).long(), 1, len(values) - 3)
    t = position - i
    left, right = values[i], values[i + 1]
    left_slope = 0.5 * (right - values[i - 1])
    right_slope = 0.5 * (values[i + 2] - left)
    rise = right - left
    cubic = left_slope + right_slope - 2.0 * rise
    square = 3.0 * rise - 2.0 * left_slope - right_slope
    residual = left + t * (left_slope + t * (square + t * cubic)) - observed
    return 0.5 * torch.mean(residual**2)


def nbody(position, velocity, mass, target, dt, steps, softening=0.13):
    def accelerations(position):
        offset = position[None, :, :] - position[:, None, :]
        squared = torch.sum(offset**2, dim=-1) + softening**2
        return torch.sum((mass / squared**1.5)[:, :, None] * offset, dim=1)

    force = accelerations(position)
    for _ in range(steps):
        velocity = velocity + 0.5 * dt * force
        position = position + dt * velocity
        force = accelerations(position)
        velocity = velocity + 0.5 * dt * force
    kinetic = 0.5 * torch.sum(mass * torch.sum(velocity**2, dim=1))
    return torch.sum((position - target) ** 2) + 0.1 * kinetic


def lstm(weights, sequence):
    def cell_step(weights, x, hidden, cell):
        gates = x @ weights["input"] + hidden @ weights["recurrent"] + weights["bias"]
        forget, ingate, outgate, change = torch.chunk(gates, 4)
        cell = torch.sigmoid(forget) * cell + torch.sigmoid(ingate) * torch.tanh(change)
        return torch.sigmoid(outgate) * torch.tanh(cell), cell

    n = weights["first"]["recurrent"].shape[0]
    h1 = c1 = h2 = c2 = torch.zeros(n, dtype=torch.float64)
    total = 0.0
    for now, then in itertools.pairwise(sequence):
        h1, c1 = cell_step(weights["first"], now, h1, c1)
        h2, c2 = cell_step(weights["second"], h1, h2, c2)
        scores = h2 @ weights["readout"] + weights["offset"]
        total = total + torch.logsumexp(scores, 0) - scores @ then
    return total / (len(sequence) - 1)


def gmm(alphas, means, inverse_factors, x, gamma, m):
    n, d = x.shape
    log_diagonal, below = inverse_factors[:, :d], inverse_factors[:, d:]
    rows, columns = np.tril_indices(d, -1)
    factors = torch.diag_embed(torch.exp(log_diagonal))
    factors[:, rows, columns] = below
    whitened = (x - means[:, None, :]) @ factors.transpose(1, 2)
    offsets = alphas + torch.sum(log_diagonal, dim=1)
    inner = offsets[:, None] - 0.5 * torch.sum(whitened**2, dim=2)
    mixture = torch.sum(torch.logsumexp(inner, dim=0))
    norm = torch.sum(torch.exp(2.0 * log_diagonal)) + torch.sum(below**2)
    prior = 0.5 * gamma**2 * norm - m * torch.sum(log_diagonal)
    return mixture - n * torch.logsumexp(alphas, 0) + prior


PROGRAMS = {
    "logistic_map": logistic_map_program.PRIMAL,
    "scalar_expression": expression_program.PRIMAL,
} | {
    port.__name__: port
    for port in (
        arc_distance,
        black_scholes,
        chain,
        gmm,
        heat_3d,
        jacobi_2d,
        logistic_regression,
        lstm,
        mish,
        mlp,
        nbody,
        rk4,
        spline,
    )
}
