"""JAX: loops become `scan` and `fori_loop`, writes become `.at[...]`."""

import math

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from benchmarks.peers import Gradient, with_numpy
from tests.programs import rk4 as rk4_program
from tests.programs._differences import map_tree

AS_THEY_ARE = (
    "arc_distance",
    "black_scholes",
    "chain",
    "logistic_regression",
    "mish",
    "mlp",
    "scalar_expression",
    "spline",
)


class CompiledGradient(Gradient):
    """A compiled gradient that waits for its result."""

    def __init__(self, port, positions, static):
        self.compiled = jax.jit(jax.grad(port, positions), static_argnums=static)

    def __call__(self, *arguments):
        return jax.block_until_ready(self.compiled(*arguments))

    def to_numpy(self, gradient):
        return jax.tree.map(np.asarray, gradient)


def prepare(port, positions, arguments):
    static = tuple(k for k, value in enumerate(arguments) if isinstance(value, int))
    moved = (
        map_tree(lambda x: jnp.asarray(x) if isinstance(x, np.ndarray) else x, value)
        for value in arguments
    )
    return CompiledGradient(port, positions, static), tuple(moved)


def logistic_map(x, r, steps):
    return lax.fori_loop(0, steps, lambda _, x: r * x * (1.0 - x), x)


def rk4(prey, predators, birth, hunt, growth, death, dt, steps):
    def step(_, state):
        p, q = state
        coefficients = birth, hunt, growth, death
        k1, m1 = rk4_program.rates(p, q, *coefficients)
        k2, m2 = rk4_program.rates(p + dt / 2 * k1, q + dt / 2 * m1, *coefficients)
        k3, m3 = rk4_program.rates(p + dt / 2 * k2, q + dt / 2 * m2, *coefficients)
        k4, m4 = rk4_program.rates(p + dt * k3, q + dt * m3, *coefficients)
        return (
            p + dt / 6 * (k1 + 2 * k2 + 2 * k3 + k4),
            q + dt / 6 * (m1 + 2 * m2 + 2 * m3 + m4),
        )

    p, q = lax.fori_loop(0, steps, step, (prey, predators))
    return p + 0.7 * q


def greeks(spot, strike, rate, volatility, maturity):
    def cdf(x):
        return 0.5 * (1.0 + lax.erf(x / math.sqrt(2.0)))

    spread = volatility * jnp.sqrt(maturity)
    d1 = (jnp.log(spot / strike) + (rate + volatility**2 / 2.0) * maturity) / spread
    return spot * cdf(d1) - strike * jnp.exp(-rate * maturity) * cdf(d1 - spread)


def jacobi_2d(steps, A, B, weights):
    def smooth(y):
        centre = y[1:-1, 1:-1]
        return 0.2 * (centre + y[1:-1, :-2] + y[1:-1, 2:] + y[2:, 1:-1] + y[:-2, 1:-1])

    def step(_, grids):
        A, B = grids
        B = B.at[1:-1, 1:-1].set(smooth(A))
        return A.at[1:-1, 1:-1].set(smooth(B)), B

    A, B = lax.fori_loop(1, steps, step, (A, B))
    return jnp.sum(A * weights)


def heat_3d(steps, A, B):
    inner = slice(1, -1)
    inside = (inner, inner, inner)

    def diffuse(y):
        twice = 2.0 * y[inside]
        return (
            0.125 * (y[2:, inner, inner] - twice + y[:-2, inner, inner])
            + 0.125 * (y[inner, 2:, inner] - twice + y[inner, :-2, inner])
            + 0.125 * (y[inner, inner, 2:] - twice + y[inner, inner, :-2])
            + y[inside]
        )

    def step(_, grids):
        A, B = grids
        B = B.at[inside].set(diffuse(A))
        return A.at[inside].set(diffuse(B)), B

    A, B = lax.fori_loop(1, steps, step, (A, B))
    return jnp.sum(A**2) / A.size


def seidel_2d(steps, A):
    rows = len(A)

    def sweep(A):
        def row_step(carry, k):
            A = carry
            partial = (
                A[k - 1, :-2]
                + A[k - 1, 1:-1]
                + A[k - 1, 2:]
                + A[k, 1:-1]
                + A[k, 2:]
                + A[k + 1, :-2]
                + A[k + 1, 1:-1]
                + A[k + 1, 2:]
            )

            def cell(left, value):
                new = (left + value) / 9.0
                return new, new

            _, row = lax.scan(cell, A[k, 0], partial)
            return A.at[k, 1:-1].set(row), None

        return lax.scan(row_step, A, jnp.arange(1, rows - 1))[0]

    A = lax.fori_loop(0, steps, lambda _, A: sweep(A), A)
    return jnp.sum(A * A)


def trisolv(L, x, b):
    def step(i, x):
        return x.at[i].set((b[i] - L[i] @ x) / L[i, i])

    x = lax.fori_loop(0, len(b), step, jnp.zeros_like(b))
    return jnp.dot(x, x)


def durbin(r, weights):
    n = len(r)
    index = jnp.arange(n)

    def step(k, state):
        y, alpha, beta = state
        beta = beta * (1.0 - alpha * alpha)
        flipped = jnp.where(index < k, y[(k - 1 - index) % n], 0.0)
        alpha = -(r[k] + jnp.dot(r, flipped)) / beta
        return (y + alpha * flipped).at[k].set(alpha), alpha, beta

    first = jnp.zeros_like(r).at[0].set(-r[0])
    y, _, _ = lax.fori_loop(1, n, step, (first, -r[0], 1.0))
    return jnp.sum(y * weights)


def cholesky(A, weights):
    n = len(A)
    index = jnp.arange(n)

    def row_step(i, A):
        def column_step(j, A):
            left = jnp.where(index < j, A[i], 0.0)
            return A.at[i, j].set((A[i, j] - left @ A[j]) / A[j, j])

        # a bound that is not static would forbid reverse mode
        A = lax.fori_loop(
            0, n, lambda j, A: lax.cond(j < i, column_step, lambda j, A: A, j, A), A
        )
        left = jnp.where(index < i, A[i], 0.0)
        return A.at[i, i].set(jnp.sqrt(A[i, i] - left @ left))

    return jnp.sum(jnp.tril(lax.fori_loop(0, n, row_step, A)) * weights)


def vertical_advection(wind, lift, start, forcing, inverse_dt):
    below = jnp.moveaxis(0.25 * lift[:, :, :-1], 2, 0).at[0].set(0.0)
    above = jnp.moveaxis(0.25 * lift[:, :, 1:], 2, 0).at[-1].set(0.0)
    wind, start_by_level = jnp.moveaxis(wind, 2, 0), jnp.moveaxis(start, 2, 0)
    step = jnp.pad(jnp.diff(wind, axis=0), ((1, 1), (0, 0), (0, 0)))
    right = inverse_dt * start_by_level + jnp.moveaxis(forcing, 2, 0)
    right = right - below * step[:-1] - above * step[1:]
    diagonal = inverse_dt + below - above

    def eliminate(carry, level):
        ratio, solution = carry
        below, above, diagonal, right = level
        pivot = 1.0 / (diagonal + below * ratio)
        carry = above * pivot, (right + below * solution) * pivot
        return carry, carry

    def substitute(solution, level):
        ratio, partial = level
        solution = partial - ratio * solution
        return solution, solution

    zero = jnp.zeros_like(wind[0])
    _, levels = lax.scan(eliminate, (zero, zero), (below, above, diagonal, right))
    _, solution = lax.scan(substitute, zero, levels, reverse=True)
    return jnp.mean((inverse_dt * (solution - start_by_level)) ** 2)


def nbody(position, velocity, mass, target, dt, steps, softening=0.13):
    def accelerations(position):
        offset = position[jnp.newaxis, :, :] - position[:, jnp.newaxis, :]
        squared = jnp.sum(offset**2, axis=-1) + softening**2
        pull = mass / squared**1.5
        return jnp.sum(pull[:, :, jnp.newaxis] * offset, axis=1)

    def step(_, state):
        position, velocity, force = state
        velocity = velocity + 0.5 * dt * force
        position = position + dt * velocity
        force = accelerations(position)
        return position, velocity + 0.5 * dt * force, force

    state = position, velocity, accelerations(position)
    position, velocity, _ = lax.fori_loop(0, steps, step, state)
    kinetic = 0.5 * jnp.sum(mass * jnp.sum(velocity**2, axis=1))
    return jnp.sum((position - target) ** 2) + 0.1 * kinetic


def lstm(weights, sequence):
    def cell_step(weights, x, hidden, cell):
        n = len(hidden)
        gates = x @ weights["input"] + hidden @ weights["recurrent"] + weights["bias"]
        opening = 1.0 / (1.0 + jnp.exp(-gates[: 3 * n]))
        forget, ingate, outgate = opening[:n], opening[n : 2 * n], opening[2 * n :]
        cell = forget * cell + ingate * jnp.tanh(gates[3 * n :])
        return outgate * jnp.tanh(cell), cell

    def step(state, symbols):
        h1, c1, h2, c2 = state
        now, then = symbols
        h1, c1 = cell_step(weights["first"], now, h1, c1)
        h2, c2 = cell_step(weights["second"], h1, h2, c2)
        scores = h2 @ weights["readout"] + weights["offset"]
        return (h1, c1, h2, c2), jnp.log(jnp.exp(scores).sum()) - scores @ then

    zero = jnp.zeros(weights["first"]["recurrent"].shape[0])
    state = zero, zero, zero, zero
    _, losses = lax.scan(step, state, (sequence[:-1], sequence[1:]))
    return losses.mean()


def gmm(alphas, means, inverse_factors, x, gamma, m):
    n, d = x.shape
    k = len(alphas)
    log_diagonal, below = inverse_factors[:, :d], inverse_factors[:, d:]
    rows, columns = np.tril_indices(d, -1)
    span = np.arange(d)
    factors = jnp.zeros((k, d, d)).at[:, rows, columns].set(below)
    factors = factors.at[:, span, span].set(jnp.exp(log_diagonal))
    whitened = (x - means[:, None, :]) @ factors.transpose(0, 2, 1)
    offsets = alphas + jnp.sum(log_diagonal, axis=1)
    inner = offsets[:, None] - 0.5 * jnp.sum(whitened**2, axis=2)
    mixture = jnp.sum(jax.nn.logsumexp(inner, axis=0))
    norm = jnp.sum(jnp.exp(2.0 * log_diagonal)) + jnp.sum(below**2)
    prior = 0.5 * gamma**2 * norm - m * jnp.sum(log_diagonal)
    return mixture - n * jax.nn.logsumexp(alphas) + prior


def bundle_adjustment(cameras, points, weights, observations, features):
    def project(camera, point):
        rotation, offset = camera[:3], point - camera[3:6]
        angle = jnp.sqrt(rotation @ rotation)
        axis = rotation / angle
        cosine = jnp.cos(angle)
        lean = (1.0 - cosine) * (axis @ offset)
        turned = jnp.cross(axis, offset)
        seen = cosine * offset + jnp.sin(angle) * turned + lean * axis
        flat = seen[:2] / seen[2]
        r2 = flat @ flat
        stretch = 1.0 + camera[9] * r2 + camera[10] * r2**2
        return camera[6] * flat * stretch + camera[7:9]

    which, where = observations.T
    error = jax.vmap(project)(cameras[which], points[where]) - features
    cost = weights**2 * jnp.sum(error**2, axis=1)
    return jnp.sum(cost + (1.0 - weights**2) ** 2)


PROGRAMS = {name: with_numpy(name, jnp) for name in AS_THEY_ARE} | {
    port.__name__: port
    for port in (
        bundle_adjustment,
        cholesky,
        durbin,
        gmm,
        greeks,
        heat_3d,
        jacobi_2d,
        logistic_map,
        lstm,
        nbody,
        rk4,
        seidel_2d,
        trisolv,
        vertical_advection,
    )
}
