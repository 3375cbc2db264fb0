"""Stores through subscripts of every kind."""

import numpy as np

from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import M, N, S, U, V, W, X

case = Cases()


@case(V, X)
def element(v, x):
    a = v * x
    a[1] = a[0] * x
    a[-1] = a[1] * a[2]
    return np.sum(a * a)


@case(V, X)
def augmented_element(v, x):
    a = v * 1.0
    a[0] += x * a[1]
    a[1] *= a[0]
    a[2] -= a[1] * x
    a[3] /= a[2]
    a[0] **= 2
    return np.sum(a * v)


@case(V, W)
def slice_of_itself(v, w):
    a = v * w
    a[1:] += a[:-1]
    a[:-1] *= a[1:]
    a[::2] = a[2:] * 0.7
    return np.sum(a * a * w)


@case(V)
def overlapping_copy(v):
    a = v * v
    a[1:] = a[:-1]
    a[:3] = a[2:]
    return np.sum(a * v)


@case(V, X)
def whole(v, x):
    a = v * x
    b = np.zeros(5)
    b[:] = a
    a *= 2
    b += a
    b[...] = b * b
    return np.sum(b * v)


@case(V, X)
def whole_scaled(v, x):
    a = v * v
    a *= x
    a /= 1.5
    a -= v
    a += x
    a **= 2
    return np.sum(a)


@case(V, W)
def whole_by_itself(v, w):
    a = v * w
    a *= a
    a += a
    a -= a * a
    return np.sum(a)


@case(V, X)
def scalar_broadcast_store(v, x):
    a = v * v
    a[1:4] = x
    a[2:] *= x
    return np.sum(a * v)


@case(M, U)
def row_broadcast_store(m, u):
    a = m * 2.0
    a[:] = u
    a[1] *= m[0]
    a[:, 1] = u[:2] * m[:, 0]
    a[0, :] += u
    a *= u
    return np.sum(a * a * m)


@case(M)
def column_broadcast_store(m):
    a = np.ones((2, 3))
    a[:, 1:] = m[:, :1]
    a += m[:, 2:3]
    return np.sum(a * a)


@case(M, X)
def chained_subscripts(m, x):
    a = m * x
    a[0][1] = x * x
    a[1][:2] = a[0][1:]
    a[1][2] *= a[0][0]
    return np.sum(a * a)


@case(M, X)
def pair_subscripts(m, x):
    a = m * x
    a[0, 1] = x * x
    a[1, :2] = a[0, 1:] * a[0, 0]
    a[-1, -1] *= a[0, 1]
    return np.sum(a * a)


@case(V, X)
def index_array_store(v, x):
    i = np.array([3, 0, 2])
    a = v * v
    a[i] = v[:3] * x
    a[[1, 4]] = v[i[:2]]
    return np.sum(a * v)


@case(V, W)
def gathered_with_repeats(v, w):
    i = np.array([0, 3, 3, 1, 0])
    return np.sum(v[i] * w) + np.sum(v[[1, 1]] ** 2)


@case(V, W)
def stored_with_repeats(v, w):
    i = np.array([0, 3, 3, 1, 0])
    a = v * 2.0
    a[i] = w * w
    return np.sum(a * a)


@case(V, W)
def added_with_repeats(v, w):
    i = np.array([0, 3, 3, 1, 0])
    a = v * 2.0
    a[i] += w * w
    return np.sum(a * a)


@case(V, W)
def scaled_with_repeats(v, w):
    i = np.array([0, 3, 3])
    a = v * 2.0
    a[i] *= w[:3]
    return np.sum(a * a)


@case(V, W)
def subtracted_with_repeats(v, w):
    i = np.array([0, 3, 3])
    a = v * w
    a[i] -= a[:3]
    return np.sum(a * a)


@case(V, W)
def mask_store(v, w):
    a = v * w
    a[v > 0] = 0.5
    b = w * v
    b[v < 0] *= -1.0
    b[b > 0.2] += 1.5
    return np.sum(a * a * w) + np.sum(b * b)


@case(V, W, X)
def mask_store_of_array(v, w, x):
    mask = v > 0
    a = v * w
    a[mask] = w[mask] * x
    a[~mask] -= w[~mask]
    a[mask] *= a[mask]
    return np.sum(a * v) + np.sum(a[mask])


@case(M, X)
def matrix_mask(m, x):
    a = m * x
    a[m < 0] = x
    a[m > 1] **= 2
    return np.sum(a * m)


@case(M)
def two_index_arrays(m):
    a = m * m
    a[[0, 1, 1], [2, 0, 1]] = m[0] * 2.0
    a[np.array([0, 1]), 0] += a[1, 1:]
    a[:, [0, 2]] *= a[:, [2, 0]]
    return np.sum(a * a)


@case(V, W)
def swap_of_elements(v, w):
    a = v * w
    a[0], a[3] = a[3], a[0]
    a[1], a[2] = a[2] * a[1], a[1]
    return np.sum(a * w * w)


@case(M)
def swap_of_rows(m):
    a = m * m
    a[[0, 1]] = a[[1, 0]]
    return np.sum(a * m)


@case(M)
def swap_of_rows_by_copies(m):
    a = m * m
    row = a[0].copy()
    a[0] = a[1]
    a[1] = row
    return np.sum(a * m)


@case(M)
def swap_of_row_views_goes_wrong_in_numpy_too(m):
    a = m * m
    a[0], a[1] = a[1], a[0]
    return np.sum(a * m)


@case(V, W)
def multiple_targets(v, w):
    a = v * 1.0
    a[0] = b = a[2] = w[1] * w[2]
    return np.sum(a * a) * b


@case(V)
def unpacked_into_elements(v):
    a = np.zeros(5)
    a[0], (a[1], a[3]) = v[1], (v[2] * v[0], v[4])
    a[2:4] = v[1], v[2]
    return np.sum(a * a * v)


@case(V, X)
def out_keyword(v, x):
    a = np.zeros(5)
    np.multiply(v, x, out=a)
    np.sin(a, out=a)
    np.add(a, v, out=a)
    b = np.exp(a, out=np.empty(5))
    return np.sum(a * b)


@case(V, X)
def out_positional(v, x):
    a = np.zeros(5)
    np.multiply(v, x, a)
    np.multiply(a, a, a)
    np.negative(a, a)
    return np.sum(a * v)


@case(V, X)
def out_slice(v, x):
    a = v * x
    np.multiply(a[1:], a[:-1], out=a[1:])
    np.cos(a[:2], out=a[3:])
    return np.sum(a * a)


@case(M, N)
def out_matmul(m, n):
    a = np.empty((2, 2))
    np.matmul(m, n.T, out=a)
    b = np.dot(a, m, out=np.empty((2, 3)))
    return np.sum(a * a) + np.sum(b * n)


@case(V, W)
def ufunc_at(v, w):
    a = v * 1.5
    np.add.at(a, [0, 2, 2, 0], w[:4])
    np.subtract.at(a, np.array([1, 1]), v[:2] * w[:2])
    return np.sum(a * a)


@case(V, X)
def filled(v, x):
    a = v * x
    b = np.sum(a)
    a.fill(x * b)
    a[0] = v[0]
    return np.sum(a * v)


@case(V, X)
def filled_through_function(v, x):
    a = np.full(5, x)
    b = np.full_like(v, 2.0 * x)
    np.copyto(a[1:], v[1:])
    np.put(b, [0, 3], v[:2])
    return np.sum(a * b)


@case(V, W)
def sorted_in_place(v, w):
    a = v * w
    a.sort()
    b = w * v
    b[1:4].sort()
    return np.sum(a * v) + np.sum(b * a)


@case(M)
def sorted_in_place_along_an_axis(m):
    a = m * 1.5
    a.sort(axis=0)
    return np.sum(a * m)


@case(M, X)
def flat(m, x):
    a = m * m
    a.flat[2] = x
    a.flat[3:] = m.flat[:3] * x
    total = 0.0
    for e in a.flat:
        total += e * e
    return total * a.flat[4]


@case(S)
def diagonal_store(s):
    a = s * 1.5
    i = np.arange(3)
    a[i, i] = 1.0
    a[i, i] += s[0]
    np.fill_diagonal(a, a[0] * s[1])
    return np.sum(a * s)


@case(V, 3)
def loop_carried(v, n):
    a = np.zeros(8)
    a[0] = v[0]
    for i in range(1, 8):
        a[i] = a[i - 1] * v[i % 5] + 0.3 * i
    for i in range(7):
        a[i] *= a[i + 1]
    return np.sum(a) * a[n]


@case(V)
def loop_carried_backwards(v):
    a = v * 1.0
    for i in range(len(a) - 2, -1, -1):
        a[i] = a[i] - 0.5 * a[i + 1] * a[i]
    return np.sum(a * v)


@case(V, 4)
def time_loop(v, steps):
    a = v * 1.0
    b = np.empty_like(a)
    b[0] = a[0]
    b[-1] = a[-1]
    for _ in range(steps):
        b[1:-1] = 0.3 * (a[:-2] + a[1:-1] * a[1:-1] + a[2:])
        a, b = b, a
    return np.sum(a * b)


@case(V, 4)
def time_loop_in_place(v, steps):
    a = v * 1.0
    for t in range(steps):
        a[1:-1] = 0.5 * a[1:-1] + 0.2 * (a[:-2] + a[2:])
        if t % 2:
            a[0] = a[1] * a[2]
    return np.sum(a * a)


@case(S)
def cholesky_by_scalars(s):
    a = s @ s.T + 3.0 * np.eye(3)
    n = 3
    for i in range(n):
        for j in range(i):
            for k in range(j):
                a[i, j] -= a[i, k] * a[j, k]
            a[i, j] /= a[j, j]
        for k in range(i):
            a[i, i] -= a[i, k] * a[i, k]
        a[i, i] = np.sqrt(a[i, i])
    return a[2, 2] * a[1, 0] + a[2, 1]


@case(V, X)
def parameter_written(v, x):
    v[1] = x * v[0]
    v *= x
    v[2:] += v[:-2]
    return np.sum(v * v)


@case(V, W, X)
def parameter_written_before_and_after_reads(v, w, x):
    a = np.sum(v * w)
    v[0] = a * x
    w[:] = v
    v[1] = w[2] * v[0]
    return np.sum(w * v) + a


@case(V)
def negative_and_strided(v):
    a = v * 2.0
    a[::-2] = v[:3]
    a[-3:-1] *= v[1:3]
    a[::-1] += v
    return np.sum(a * a)


@case(V, 2)
def index_variables(v, k):
    a = v * v
    a[k] = a[k - 1] * a[k + 1]
    k = k + 1
    a[k] = a[k] * a[k - 1]
    s = slice(1, k)
    a[s] = a[s] * v[k]
    return np.sum(a * v)


@case(V)
def index_from_an_argument_reduction(v):
    k = np.argmax(v)
    a = v * 1.0
    a[k] = a[k] * a[0]
    j = int(np.argmin(a))
    a[j] += 2.0 * v[k]
    return np.sum(a * a) + v[k]


@case(M, X)
def newaxis_and_ellipsis_stores(m, x):
    a = m * x
    a[..., 0] = x
    a[0, ...] *= m[1]
    a[None][0, 1] = m[0] * x
    return np.sum(a * a)


@case(X)
def zero_dimensional_array(x):
    a = np.array(x)
    a[()] = x * x
    a += x
    b = np.asarray(x * 2.0)
    return float(a) * float(b) if False else a * b


@case(V)
def float_of_element_survives_the_store(v):
    a = v * v
    b = a[1]
    c = a[1:3]
    d = a[2:4].copy()
    a[1] = 0.3
    a[2] *= 5.0
    return b * b + np.sum(c * c) + np.sum(d * d) * a[0]


@case(V)
def value_read_before_overwritten(v):
    a = v * v
    b = np.sin(a)
    a[:] = 0.0
    c = a * v
    return np.sum(b * b + c)


@case(V, X)
def store_of_integer_array(v, x):
    i = np.zeros(4, dtype=int)
    for k in range(4):
        i[k] = (k * 3) % 5
    a = v[i] * x
    return np.sum(a * a)


@case(V)
def memory_without_values(v):
    a = np.ndarray(5, dtype=np.float64)
    b = np.ndarray((5, 2))
    for i in range(5):
        a[i] = v[i] ** 2
        b[i, 0], b[i, 1] = v[i], a[i] * 2
    return np.sum(a * b[:, 1])


@case(V)
def put_through_where(v):
    a = v * 1.0
    a[np.where(a > 0)] *= v[np.where(v > 0)]
    i = np.nonzero(a < 0)[0]
    a[i] = a[i] ** 2
    return np.sum(a * v)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)
