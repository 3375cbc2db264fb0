"""The math module, number built-ins, operators, NumPy functions and methods."""

# Programs as users write them.
# ruff: noqa: RUF059

import math
from math import cos
from math import exp as e_to

import numpy as np
from numpy import linalg
from numpy import sin as np_sin

from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import M, N, S, U, V, W, X, Y, Z

case = Cases()


@case(X, Y)
def built_in_numbers(x, y):
    a = abs(y) * max(x, y) + min(x, y, 0.3) + pow(x, 3) + sum((x, y))
    b = max([x, y]) + min((x, y)) * float(x) + sum([x, y, x * y])
    return a * b


@case(X, Y)
def powers(x, y):
    return x**3 + x**y + 2.0**y + x**-2 + x**0.5 + (x * x) ** 1.5 + x**0 + pow(x, y)


@case(2.37, Y)
def divisions(x, y):
    q, r = divmod(x * x, 2.0)
    return (x * x) % 1.7 + (x * y) // 1.0 * x + q * y + r * y + x / y + round(x) * y


@case(X, Y)
def integer_conversions(x, y):
    n = int(x * 3.0)
    m = round(y * 2.7)
    k = math.floor(x) + math.ceil(y)
    return x * n + y * m + x * y * k + round(x, 1) * 0.0


@case(X, Z)
def math_functions(x, y):
    a = math.sin(x) * math.cos(y) + math.tan(x * 0.3) + math.exp(y) + math.log(x)
    b = math.sqrt(x) + math.atan2(x, y) + math.asin(y) + math.acos(y) + math.atan(x)
    c = math.sinh(x) + math.cosh(y) + math.tanh(x) + math.log1p(y) + math.expm1(y)
    d = math.log2(x) + math.log10(x) + math.log(x, 3.0) + math.hypot(x, y)
    e = math.pow(x, y) + math.fabs(-y) + math.erf(x) + math.gamma(x) + math.lgamma(x)
    f = math.asinh(x) + math.acosh(x + 1) + math.atanh(y) + math.degrees(x)
    g = math.radians(x) + math.copysign(x, -1.0) + math.fmod(x, 0.8) + math.pi * x
    return a * b + c * d + e * f + g + math.erfc(y) + math.cbrt(x) + math.exp2(y)


@case(X, V)
def math_aggregates(x, v):
    return (
        math.fsum([x, x * x, v[0]])
        + math.prod([x, v[1], 2.0])
        + math.dist([x, v[0]], [v[1], v[2]])
        + math.hypot(x, v[0], v[1])
    )


@case(X, Y)
def imported_names(x, y):
    return cos(x) * e_to(y) + np_sin(x) + linalg.norm(np.array([x, y]))


@case(X, Y)
def unary_and_comparisons(x, y):
    a = -x + +y - (-(x * y))
    return a * (x > y) + (not x) * y + (x if not y > 0 else y)


@case(V, W)
def operators_on_arrays(v, w):
    a = -v + w * 2 - v / w + v**2 + 2.0**w + (v * v) ** w + abs(v) + +v
    b = v @ w + np.sum(v % 0.7) + np.sum((v > 0) * w) + np.sum(v // 0.7)
    return np.sum(a) * b


@case(M, U, X)
def broadcasting(m, u, x):
    a = m * u + x - m[:, :1] * u[None, :] + u[:, None].T / (x + m * m)
    b = (np.add(m, u) * np.multiply(x, u))[..., None] @ u[None, None, :2]
    c = np.outer(m[:, 0], u) * x + np.maximum(m, u) + np.where(m > 0, u, x)
    return np.sum(a * c) + np.sum(b[0])


@case(M, U)
def reductions(m, u):
    a = m.sum() + m.sum(axis=0)[1] + np.sum(m, axis=1, keepdims=True)[0, 0]
    b = m.mean() * np.mean(m, axis=-1)[1] + np.prod(u) + u.prod() * m.var() + np.std(m)
    c = m.max() + np.min(m, axis=0)[2] + np.cumsum(u)[1] + np.cumprod(u)[2]
    d = np.sum(m, axis=(0, 1)) + np.dot(u, u) + np.trace(m @ m.T) + np.linalg.norm(m)
    e = np.cumsum(m, axis=1)[1, 2] + np.cumprod(m)[3] + np.diff(u)[0] * np.median(u)
    return a * b + c * d + e + np.average(u, weights=np.array([0.2, 0.3, 0.5]))


@case(M, N)
def shaping(m, n):
    a = np.concatenate([m, n], axis=0) * 2.0
    b = np.stack((m, n), axis=1)[0] + np.vstack([m, n])[1:3] + np.hstack((m, n))[:, 1:4]
    c = m.reshape(3, 2).T + n.reshape(-1, 3) + m.T.ravel().reshape((2, 3))
    d = (
        np.tile(m[0], 2)[1:4]
        + np.repeat(n[0], 2)[:3]
        + np.roll(m[1], 1)
        + np.flip(n[1])
    )
    e = np.pad(m, ((1, 0), (0, 0)))[1] + np.transpose(n)[:, 1] + np.squeeze(m[:1])
    f = np.swapaxes(m, 0, 1)[:, 0] + np.broadcast_to(n[0], (2, 3))[1] + np.ravel(m)[:3]
    g = np.diag(m[0]) @ n[0] + np.tril(n @ m.T)[1, 0] + np.expand_dims(m, 0)[0, 1]
    return np.sum(a * a) + np.sum(b * c) + np.sum(d * e) + np.sum(f * g)


@case(V, W)
def selection(v, w):
    a = np.where(v > 0, v * w, w) + np.clip(v, -0.5, 0.9) + np.maximum(v, w * 0.3)
    b = np.minimum(v, 0.2) + np.take(w, [0, 2, 2, 1, 4]) + np.sort(v) + v.clip(0.1, 1.0)
    c = v[v > 0].sum() + np.max(v) + v.min() + v[np.argsort(w)] @ w
    i = np.argmax(w)
    d = np.take_along_axis(v, np.argsort(v), axis=0) + np.abs(v) + np.sign(v) * v
    return np.sum(a * b) + c * v[i] + np.sum(d * w) + np.count_nonzero(v > 0) * v[0]


@case(S, U)
def linear_algebra(s, u):
    a = np.linalg.solve(s, u) @ u + np.linalg.det(s) + np.sum(np.linalg.inv(s) @ u)
    p = s @ s.T + 2.0 * np.eye(3)
    b = np.linalg.slogdet(p)[1] + np.sum(np.linalg.cholesky(p) @ u)
    sign, logdet = np.linalg.slogdet(p)
    c = np.einsum("ij,j->i", s, u) @ u + np.einsum("ij,jk,ik", s, s, p)
    d = np.tensordot(s, p, axes=1)[0, 1] + np.kron(u, u)[2] + np.cross(u, s[0])[1]
    return a * b + c + d * logdet + np.inner(u, u) + u.dot(s).sum()


@case(V)
def elementwise(v):
    p = v * v + 0.3
    a = np.sin(v) + np.cos(v) + np.tan(v * 0.2) + np.exp(v) + np.log(p) + np.sqrt(p)
    b = np.tanh(v) + np.sinh(v) + np.cosh(v) + np.arctan(v) + np.arcsin(v * 0.3)
    c = np.log1p(p) + np.expm1(v) + np.square(v) + np.abs(v) + np.power(p, 1.3)
    d = np.reciprocal(p) + np.logaddexp(v, p) + np.hypot(v, p) + np.arctan2(v, p)
    e = np.floor(v) * v + np.sign(v) * p + np.round(v) * v + np.log2(p) + np.cbrt(p)
    f = np.sinc(p) + np.heaviside(v, 0.5) * v + np.nan_to_num(v) + np.fmax(v, 0.1)
    return np.sum(a * b) + np.sum(c * d) + np.sum(e * f)


@case(V, X)
def array_methods_and_attributes(v, x):
    a = v.copy() * v.size + v.shape[0] * x + v.ndim
    b = a.T.reshape(5, 1).squeeze().astype(float).flatten()
    return b.dot(v) + v.cumsum()[2] * v.item(1) + len(v) * v.tolist()[0] + b.mean()


@case(X)
def arrays_from_numbers(x):
    a = np.array([x, x * x, 1.0]) * np.linspace(0.0, 1.0, 3) + np.full(3, x)
    b = np.ones((3, 2)) * x + np.zeros_like(a)[:, None] + np.arange(2) * x
    return np.sum(a[:, None] * b) + np.linspace(0.0, x, 4)[2] + np.eye(2)[0, 0] * x


@case(V, W)
def polynomials_and_interpolation(v, w):
    a = (
        np.polyval(v[:3], w)
        + np.convolve(v, w[:2])[:5]
        + np.interp(w * 0.1, [0.0, 1.0], v[:2])
    )
    b = np.trapezoid(v, dx=0.3) + np.gradient(v)[1] + np.dot(v, w) + np.vdot(v, w)
    return np.sum(a) * b


@case(V, W)
def softmax_cross_entropy(v, w):
    z = v - np.max(v)
    p = np.exp(z) / np.sum(np.exp(z))
    return -np.sum(w * np.log(p)) + np.log(np.sum(np.exp(v)))


@case(V, X)
def chained_methods(v, x):
    return ((v * x).reshape(5, 1) @ v[None, :]).sum(axis=0).max() * (v**2).sum() ** 0.5


@case(X, 3)
def integers_in_arithmetic(x, n):
    m = n // 2 + n % 2 + (n << 1) + (n & 1) + (n | 4) - (n >> 1) + ~n
    return x * m + x**n / n + n * n * x + 2 ** (n * x)


@case(X, True)
def booleans_in_arithmetic(x, flag):
    return x * flag + (x > 1) * x + (not flag) * x + float(flag) * x * x


@case(M, 2)
def shapes_as_values(m, k):
    rows, columns = m.shape
    a = m.reshape(columns, rows) * rows
    b = np.zeros((rows, k)) + m[:, :k] * len(m) / m.size
    return np.sum(a * a) + np.sum(b) * columns


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)
