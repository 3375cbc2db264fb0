# The functions are written as users write them.
# ruff: noqa: B905, C416, F841, PERF401, RUF005, RUF007, SIM108
"""Every value of small functions, run on real arguments, is of the inferred kind."""

import math
from dataclasses import dataclass
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest

from tests.analysis.instrument import check

rng = np.random.default_rng(17)
v = rng.uniform(0.2, 0.9, 7)
w = rng.uniform(0.2, 0.9, 7)
A = rng.uniform(0.2, 0.9, (7, 5))
B = rng.uniform(0.2, 0.9, (5, 6))
S = A.T @ A + np.eye(5)
T3 = rng.uniform(0.2, 0.9, (4, 5, 6))
h = v.astype(np.float32)
i = np.array([3, 0, 2, 2])
mask = v > 0.5
z = v + 1j * w


class Point(NamedTuple):
    x: float
    y: np.ndarray


@dataclass
class Layer:
    weights: np.ndarray
    bias: np.ndarray
    rate: float = 0.1

    def apply(self, x):
        return x @ self.weights + self.bias

    @property
    def size(self):
        return self.weights.size


def elementwise(a, b, c):
    x = np.sin(a) * b + c**2 - a / 3
    y = np.maximum(a, b)[:, None] * np.exp(-(c - 1)) // 2
    n = -a % 2.0
    return x, y, n, a > b, ~(a > b), np.add(a, 1), abs(a), a == b, 1 - a, 2**a


def scalars(x, k):
    y = x * 2 + 1
    z = x // 2, x % 3, -x, +x, not x, x**k, x / 2, abs(x), k // 2, k % 2, k / 2, k**2
    q = np.sin(x), np.float32(x) * 2, np.sqrt(k), math.sin(x), math.floor(x), round(x)
    r = int(x), float(k), bool(k), max(x, k), min(k, 3), divmod(k, 2), round(x, 2)
    return y, z, q, r, math.pi * x, np.pi, k & 1, k | 2, k << 1, k == 3, x < k < 9


def slices(a, m, n):
    k = len(a)
    p = a[1:], a[:-1], a[1:-1], a[:], a[::-1], a[2:-2], a[:2], a[-2:], a[3:1], a[1:3]
    q = a[n:], a[:n], a[:k], a[: k - 1], a[k - 2 :], a[1:k], a[k:], a[-3:-1], a[::2]
    r = m[0], m[:, 0], m[0, :], m[-1, 1:], m[1:-1, 1:-1], m[..., 0], m[None], m[:, None]
    s = m[0, 0], m[0][0], a[n], a[-1], a[..., 0], a[..., None], m[1:][0], m[n, 1], a[5:]
    t = a[1:][1:], a[1:-1][:-1], a[2:-1] + a[1:-2], a[1:] - a[:-1], m[1:, :] * m[:-1, :]
    return p, q, r, s, t


def gathers(a, m, i, mask, j):
    p = a[i], m[i], m[i, 0], m[:, i], m[i, i], m[i, :, None], a[mask], m[mask], a[i[0]]
    q = m[mask, 0], a[[0, 2]], m[[0, 1], [1, 2]], a[np.array(2)], a[i][:, None]
    r = m[:, [0, 1]], m[None, i], m[i[:, None], i], a[j], m[j], m[0, j], m[j, :]
    return p, q, r, a[a > 0.5], m[m > 0.5], np.nonzero(mask), np.where(mask, a, 0.0)


def separated(t, i):
    return (
        t[0, :, i],
        t[i, :, 0],
        t[:, i, 0],
        t[i, None, 0],
        t[0, i],
        t[:, 0, i],
        t[i, :, i],
    )


def sizes(a, m):
    n, k = m.shape
    x = np.zeros(n), np.zeros((n, k)), np.ones(n - 1), np.empty(k, dtype=int)
    y = np.zeros(m.shape), np.zeros(len(a)), np.full((n, 2), 0.5), np.arange(n)
    z = np.arange(1, n), np.arange(0, n, 2), np.arange(0.0, 1.0, 0.3), np.eye(n)
    u = np.linspace(0.0, 1.0, n), np.zeros_like(m), np.ones_like(a, dtype=int)
    p = m.size, m.ndim, a.size, m.T.shape, m.dtype, a.shape[0], np.shape(m), np.size(a)
    q = np.zeros(m.shape[1:]), np.zeros((*m.shape, 2)), np.identity(k), np.full(3, 1)
    r = np.zeros(n + 1), np.zeros(2 * n), np.zeros(max(n, 3)), np.empty((n - 1, k + 1))
    return x, y, z, u, p, q, r, m.nbytes, np.arange(n - 1, -1, -1), np.arange(n, 0, -1)


def shapes(a, m, t):
    p = m.T, a.T, t.T, m.reshape(-1), m.reshape(m.shape[1], -1), a.reshape(-1, 1)
    q = np.reshape(a, (1, -1)), m.ravel(), m.flatten(), t.transpose(0, 2, 1), a[None, :]
    r = (
        np.transpose(t, (2, 0, 1)),
        np.moveaxis(t, 0, -1),
        np.swapaxes(t, 0, 1),
        m.copy(),
    )
    s = np.expand_dims(a, 0), np.squeeze(a[None]), np.squeeze(m), np.atleast_2d(a)
    u = (
        np.concatenate([a, a]),
        np.stack([a, a]),
        np.vstack([m, m]),
        np.hstack((a, a[1:])),
    )
    x = np.concatenate((a, [1.0])), np.append(a, 2.0), np.tile(a, 2), np.repeat(a, 2)
    y = (
        np.broadcast_to(a, (3, a.size)),
        np.flip(a),
        np.roll(a, 1),
        np.diff(a),
        np.pad(a, 1),
    )
    z = (
        np.split(t, 2),
        np.array([a, a]),
        np.array([1.0, 2.0]),
        np.asarray(a),
        np.array(2),
    )
    b = m.astype(np.float32), m.astype(int), a.tolist(), np.meshgrid(a, a), np.triu(m)
    c = t.reshape(t.shape[0], -1), np.ravel(t), np.dstack([m, m]), np.block([[m], [m]])
    return p, q, r, s, u, x, y, z, b, c


def reductions(a, m, t):
    p = (
        np.sum(m),
        np.sum(m, axis=0),
        np.sum(m, axis=1, keepdims=True),
        m.sum(),
        m.mean(0),
    )
    q = (
        np.max(m, axis=-1),
        a.max(),
        np.argmax(a),
        np.argmax(m, axis=0),
        a.min(),
        a.prod(),
    )
    r = np.mean(t, axis=(0, 2)), np.std(m, axis=0), m.var(), np.cumsum(a), np.cumsum(m)
    s = (
        np.any(m > 0.5),
        np.all(m > 0.5, axis=0),
        np.sort(a),
        np.argsort(a),
        np.median(m),
    )
    u = np.linalg.norm(a), np.linalg.norm(m, axis=0), np.trace(m), np.prod(m, axis=1)
    x = np.unique(a), np.count_nonzero(a), np.add.reduce(m), np.add.outer(a, a), sum(a)
    y = (
        np.average(m, axis=0, weights=a),
        np.trapezoid(a),
        np.gradient(a),
        np.interp(a, a, a),
    )
    z = (
        np.searchsorted(a, 0.5),
        np.clip(a, 0.2, 0.5),
        np.nan_to_num(a),
        np.quantile(a, 0.3),
    )
    return p, q, r, s, u, x, y, z, a.argmin(), np.allclose(a, a), np.logaddexp(a, 0.1)


def products(a, b, m, n, s, t):
    p = (
        m @ n,
        a @ m,
        m.T @ a,
        a @ a,
        np.dot(m, n),
        np.dot(a, a),
        np.matmul(m, n),
        m.dot(n),
    )
    q = np.outer(a, b), np.inner(a, a), np.einsum("ij,jk->ik", m, n), np.kron(a, b)
    r = (
        np.tensordot(m, n, 1),
        np.vdot(a, a),
        np.cross(a[:3], b[:3]),
        np.einsum("i,i", a, a),
    )
    x = np.linalg.inv(s), np.linalg.det(s), np.linalg.solve(s, b), np.linalg.cholesky(s)
    y = np.linalg.eigh(s), np.linalg.svd(m), np.linalg.qr(m), np.linalg.slogdet(s)
    z = np.linalg.eigvalsh(s), np.linalg.pinv(m), np.linalg.eigh(s)[0], np.diag(s)
    w, u = np.linalg.eigh(s)
    k = (
        np.diag(b),
        np.linalg.matrix_power(s, 2),
        np.linalg.lstsq(m, a),
        np.linalg.eig(s),
    )
    f = (
        np.fft.fft(a),
        np.fft.rfft(a),
        np.convolve(a, b),
        np.convolve(a, [1.0, 2.0], "valid"),
    )
    return p, q, r, x, y, z, w, u, k, f, t @ t[0].T, np.einsum("ijk,ijk->i", t, t)


def half(a, b):
    x = a * 2.0, a + b, a * np.float64(2), a.sum(), a.mean(), np.sin(a), a / 3, a**2
    return x, a @ a, np.zeros_like(a), a.astype(float), a * 1j, np.sum(a, dtype=float)


def complexes(z, a):
    return (
        z.real,
        z.imag,
        np.abs(z),
        z * a,
        z.conj(),
        np.angle(z),
        np.exp(1j * a),
        z @ z,
    )


def containers(a, k):
    d = {"a": a, "b": [a, 1.0], 3: (a[1:], k)}
    d["c"] = d["a"] * 2
    d["b"][0] = 2.0
    xs = [a, 2.0]
    xs.append(k)
    last = xs.pop()
    ys = []
    for j in range(k):
        ys.append(a[j] * 2)
    zs = [0.0] * 3
    zs[1] = a
    xy = (*xs, 1.0)
    x, (y, q) = a, (1.0, k)
    u = (
        d["b"][0],
        d[3][0],
        d.get("a"),
        d.get("q"),
        d.get("q", 1.0),
        "a" in d,
        len(d["b"]),
    )
    more = xs + zs, (1, 2) + (a,), ys[0], ys[-1], ys[:2], np.array(ys), len(ys), xs[0:1]
    best = (
        np.stack([a, a, a]),
        np.array([[1, 2], [3, 4]]),
        list(range(k)),
        [y for y in ys],
    )
    return d, last, ys, zs, xy, x, y, q, u, more, best, tuple(ys), sum(ys), max(ys)


def shared_containers(a, k):
    xs = []
    d = {"xs": xs}
    e = d
    xs.append(a)
    d["xs"].append(1.0)
    e["y"] = 2.0
    for j in range(k):
        e["xs"].append(j)
        xs[0] = a[1:]
    rows = [xs, [a]]
    rows[0].append("end")
    rows[1][0] = None
    e["xs"] = None
    return d, e, xs, rows


def loops(a, k, empty):
    total = 0.0
    previous = a
    count = 0
    x = np.float64(1.5)
    part = a
    for j in range(k):
        total += a[j]
        count += 1
        previous = previous[1:]
        for row in empty:
            x = x + row
            part = part * row
            never = row.sum()
    while count > 0:
        count -= 1
        if count == 2:
            break
    for row in empty:
        never = row * 2
    for n, (p, q) in enumerate(zip(a, a[1:])):
        last = p * q + n
    for j in reversed(range(1, 3)):
        last = last + a[j]
    return total, previous, count, x, part, last


def branches(a, k, flag, nothing=None):
    if flag:
        x = a
        only = 1.0
    else:
        x = a[1:]
    if nothing is None:
        y = 1.0
    elif k > 3:
        y = a
    if k > 3:
        z = 1
    elif k == 100:
        z = a[0]
    else:
        return a
    if isinstance(a, np.ndarray) and not isinstance(k, float):
        u = a.ndim
    if a.ndim == 2:
        q = a[0, 0]
    else:
        q = a[0]
    t = 1 if k > 3 else a.sum()
    return x * 2, y, z, u, q, t, k or a, flag and k


def records(layer, point, box):
    hidden = layer.apply(np.ones(layer.weights.shape[0])) * layer.rate
    x, y = point
    box.total = x + point.y
    box.items.append(layer.size)
    return hidden, point[0], point.y * point.x, box.total, box.items, y, layer.weights.T


def nested(a, k):
    xs = []

    def scaled(x, factor=2.0):
        xs.append(x)
        return x * factor + a[: len(x)]

    def fact(n):
        return 1 if n < 2 else n * fact(n - 1)

    y = scaled(a) + scaled(a, 3.0)
    f = lambda t: t * a  # noqa: E731
    return y, xs, fact(k), f(2.0), [f(x) for x in (1.0, a)]


def helper(x, n=2, *, scale=1.0):
    if n == 0:
        return x
    return x[1:] * scale


def grow(xs, x):
    xs.append(x)
    return xs


def helpers(a, k):
    xs = [1.0]
    ys = grow(xs, a)
    return helper(a), helper(a, 0), helper(a, scale=k), xs, ys, helper(x=a, n=k)


def in_place(a, m, xs):
    a += 1
    a[1:] *= 2
    m[0] = a[: m.shape[1]]
    m[:, 1] += 1.0
    m *= m
    xs += [1.0]
    xs[0] *= 2
    np.add(a, 1.0, out=a)
    np.add.at(a, [0, 0], 1.0)
    a.sort()
    np.fill_diagonal(m, 0.0)
    s = a.sum()
    s += a[0]
    t = np.zeros(())
    t += 2
    return a, m, xs, s, t, np.multiply(m, 2, out=m)


def folded(a):
    total = 1.0
    for c in (0.5, 0.25):
        total = total * a + c
    for j in range(3):
        total = total * j
    return total, np.sum(total)


CASES = [
    (elementwise, (v, w, 2.5)),
    (elementwise, (A, A[:, :1], 3)),
    (elementwise, (v, 2, w)),
    (elementwise, (h, h, 1.5)),
    (scalars, (2.5, 3)),
    (scalars, (4.5, 7)),
    (scalars, (np.float64(2.5), 4)),
    (scalars, (np.float32(2.5), np.int64(3))),
    (slices, (v, A, 3)),
    (slices, (v, A, 5)),
    (slices, (v[:4], A, -1)),
    (slices, (rng.uniform(size=5), A[:3, :3], 2)),
    (gathers, (v, A, i, mask, [1, 0, 2])),
    (separated, (T3, np.array([0, 1]))),
    (sizes, (v, A)),
    (sizes, (v, A[:1])),
    (shapes, (v, A, T3)),
    (shapes, (v, A[:3], T3[:2, :1])),
    (reductions, (v, A, T3)),
    (reductions, (h, A.astype(np.float32), T3.astype(np.float32))),
    (products, (v, w[:5], A, B, S, T3)),
    (half, (h, h)),
    (half, (h, v)),
    (complexes, (z, v)),
    (containers, (v, 3)),
    (containers, (v, 6)),
    (shared_containers, (v, 2)),
    (shared_containers, (v, 0)),
    (shared_containers, (v, 6)),
    (loops, (v, 3, A.T)),
    (loops, (v, 0, A[:0])),
    (loops, (v, 5, A[:0])),
    (loops, (v, 5, rng.uniform(size=(9, 1)))),
    (branches, (v, 5, True)),
    (branches, (v, 5, False)),
    (branches, (v, 100, False)),
    (branches, (v, 1, np.bool_(True))),
    (records, (Layer(A, v[:5]), Point(2.0, v), SimpleNamespace(items=[]))),
    (nested, (v, 5)),
    (helpers, (v, 4)),
    (in_place, (v, A, [2.0, 1])),
    (folded, (v,)),
    (folded, (2.5,)),
]


@pytest.mark.parametrize(
    ("function", "arguments"),
    CASES,
    ids=[f"{f.__name__}{n}" for n, (f, _) in enumerate(CASES)],
)
def test_values_conform(function, arguments):
    check(function, *[a.copy() if isinstance(a, np.ndarray) else a for a in arguments])
