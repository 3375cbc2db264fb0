"""Views, views of views, aliases, and writes through them."""

# Programs as users write them.
# ruff: noqa: PLW2901, SIM108

import numpy as np

from tests.language.oracle import Case, Cases, check, check_pullback, check_pushforward
from tests.language.values import M, S, V, W, X, Y

case = Cases()


@case(V, X)
def slice_view_written(v, x):
    a = v * x
    u = a[1:]
    u *= x
    u[0] = x * x
    return np.sum(a * a)


@case(V, X)
def base_written_view_read(v, x):
    a = v * x
    u = a[1:4]
    a[2] = x * x
    a *= v
    return np.sum(u * u)


@case(V, X)
def view_of_view(v, x):
    a = v * x
    u = a[1:]
    w = u[::2]
    w[1] = x
    u[0] *= w[1]
    w += 1.0
    return np.sum(a * v) + np.sum(u * w[0])


@case(M, X)
def row_view(m, x):
    a = m * x
    row = a[1]
    row[:2] *= x
    row[2] = a[0, 0] * row[0]
    return np.sum(a * a)


@case(M, X)
def transposed_view(m, x):
    a = m * x
    t = a.T
    t[0] = x
    t[1, :] *= a[:, 2]
    t += 1.0
    return np.sum(a * m)


@case(M, X)
def transposed_slice_of_reshaped(m, x):
    a = m * x
    r = a.reshape(3, 2)
    t = r.T[1:]
    t[0, 1] = x * x
    t *= 2.0
    return np.sum(a * m) + np.sum(r[0] * r[1])


@case(M, X)
def raveled(m, x):
    a = m * x
    r = a.ravel()
    r[2:4] = x
    r *= r[::-1].copy()
    return np.sum(a * a)


@case(M, X)
def flattened_is_a_copy(m, x):
    a = m * x
    r = a.flatten()
    r[2:4] = x
    c = a.T.ravel()
    c[0] = 7.0 * x
    return np.sum(a * a) + np.sum(r * c)


@case(M, X)
def reshape_of_transpose_is_a_copy(m, x):
    a = m * x
    r = a.T.reshape(6)
    r[1] = x * x
    a[0, 0] = 2.0
    return np.sum(a * a) + np.sum(r * r)


@case(V, X)
def newaxis_view(v, x):
    a = v * x
    c = a[..., None]
    c[1, 0] = x
    c *= 1.5
    d = a[None, :]
    d[0, 3] *= x
    return np.sum(a * a)


@case(V, X)
def alias(v, x):
    a = v * x
    b = a
    b[0] = x
    b *= x
    a[1] = b[0] * b[2]
    return np.sum(a * b)


@case(V, X)
def alias_rebound(v, x):
    a = v * x
    b = a
    a = a * 2.0
    b[0] = x
    a[1] = b[0] * x
    return np.sum(a * b)


@case(V, X)
def augmented_alias(v, x):
    a = v * x
    b = a
    b += x
    return np.sum(a * b)


@case(X, Y)
def augmented_scalars_do_not_alias(x, y):
    a = x * y
    b = a
    b += x
    return a * b


@case(V, X)
def copies_do_not_alias(v, x):
    a = v * x
    b = a.copy()
    c = np.array(a)
    d = +a
    e = np.copy(a)
    b[0] = x
    c[1] = x
    d[2] = x
    e[3] = x
    a[4] = x * x
    return np.sum(a * b * c * d * e)


@case(V, X)
def asarray_aliases(v, x):
    a = v * x
    b = np.asarray(a)
    c = np.atleast_1d(b)
    b[0] = x
    c[1] *= x
    d = np.squeeze(a[None])
    d[2] = x * x
    return np.sum(a * a)


@case(M, X)
def swapaxes_and_friends(m, x):
    a = m * x
    b = np.swapaxes(a, 0, 1)
    b[2] *= x
    c = np.transpose(a)
    c[0, 1] = x
    d = np.moveaxis(a, 0, 1)
    d[1] += 1.0
    e = np.expand_dims(a, 0)
    e[0, 0, 0] = x * x
    return np.sum(a * a)


@case(V, X)
def elements_moved_by_other_steps(v, x):
    a = v * x
    a[::2] = a[:3] + 1.0
    a[:3] = 0.5 - a[::2]
    return np.sum(np.sin(a) * v)


@case(M, M + 0.3)
def parameters_swapped_and_written(p, q):
    p, q = q, p
    u = p[0]
    u[1:3] = u[-2:] * q[0, 1]
    return np.sum(p * p)


@case(S, X)
def diagonal_views(s, x):
    a = s * x
    d = np.diagonal(a)
    a[1, 1] = x * x
    e = np.diag(a)
    return np.sum(d * d) + e[0] * e[1]


@case(S, V)
def einsum_views_written(s, v):
    a = s * 2.0
    d = np.einsum("ii->i", a)
    d[:] = v[:3] * a[0]
    np.einsum("ij->ji", a)[0] += v[1:4]
    e = np.einsum("ij->j", a)
    a[1] *= v[0]
    return np.sum(a * a) * np.sum(d) + np.sum(e * e)


@case(S, V)
def views_of_an_argument_bound_anew(s, v):
    d = np.einsum("ii->i", s)
    s = s.copy()
    s[0] = v[:3]
    return np.sum(d**3) + s[0, 0] ** 2


@case(V, X)
def windows_read_after_writes(v, x):
    u = v * x
    w = np.lib.stride_tricks.sliding_window_view(u, 2)
    u[1] = x * x
    s = np.sum(np.sin(w))
    for i in range(3):
        u[i] *= 0.1 * s + w[i, 1] * np.cos(w[0, 0])
    return np.sum(w * w)


@case(S, V)
def diagonals_read_between_writes(s, v):
    s = s * 1.0
    d, t = s.diagonal(), 0.0
    b = np.broadcast_to(v[:3], (2, 3))
    for i in range(3):
        t += d[i] * np.sum(b)
        if i > 0:
            s.flat[:: 3 + 1] *= v[i]
        s[i] += np.sin(d * t)
    np.fill_diagonal(s, t * b[0])
    return np.sum(s * s) + np.sum(d) ** 2


@case(V, X)
def name_bound_to_itself(v, x):
    u = v * x
    u[1] = x / (1.2 + x * x)
    if x > 0:
        u = u  # noqa: PLW0127
        u[:] += v
    u = u[::-1]
    u[:2] *= u[2] * v[0]
    return np.sum(np.sin(u))


@case(V, X)
def view_of_argument(v, x):
    u = v[1:]
    u[0] = x
    u *= v[0]
    return np.sum(v * v)


@case(M, X)
def reshaped_argument(m, x):
    r = m.reshape(-1)
    r[:3] *= x
    t = m.T
    t[1] = r[:2]
    return np.sum(m * m)


@case(M, V)
def loop_over_row_views(m, v):
    a = m * 2.0
    for row in a:
        row *= v[:3]
        row[0] = row[1] * row[2]
    for i in range(2):
        r = a[i]
        r += v[i]
    return np.sum(a * a)


@case(M, V)
def loop_with_moving_view(m, v):
    a = m * 2.0
    previous = a[0]
    for i in range(2):
        current = a[i]
        current[1:] *= previous[:-1]
        previous = current
    previous[0] = v[0]
    return np.sum(a * a * m)


@case(V, W)
def ping_pong(v, w):
    a = v * 1.0
    b = w * 1.0
    for _ in range(5):
        b[1:-1] = (a[:-2] + a[2:]) * a[1:-1] * 0.4
        a, b = b, a
        a[0] = b[1]
    return np.sum(a * a) + np.sum(b)


@case(V, W)
def ping_pong_odd(v, w):
    a = v * 1.0
    b = w * 1.0
    c = a
    for k in range(3):
        b[k] = a[k + 1] * a[k]
        a, b = b, a
    return np.sum(a * b * c)


@case(V, W, 1)
def view_of_one_or_the_other(v, w, n):
    a = v * 2.0
    b = w * 2.0
    if n > 0:
        u = a
    else:
        u = b
    u[0] = b[1] * a[1]
    u *= 1.5
    return np.sum(a * a) + np.sum(b * v)


@case(V, W, 1)
def chosen_by_ternary(v, w, n):
    a = v * 2.0
    b = w * 2.0
    u = a if n > 3 else b
    u[1:] *= a[:-1]
    return np.sum(a * a) + np.sum(b * v)


@case(V, W)
def buffers_in_a_tuple(v, w):
    pair = (v * 2.0, w * 2.0)
    a, b = pair
    a[0] = b[1] * b[2]
    pair[1][0] = a[0] * a[1]
    return np.sum(pair[0] * pair[1]) + np.sum(b * b)


@case(V, W)
def buffers_in_a_list(v, w):
    grids = [v * 1.0, w * 1.0]
    for k in range(4):
        new, old = grids[(k + 1) % 2], grids[k % 2]
        new[1:] = old[:-1] * old[1:]
        new[0] += old[4]
    return np.sum(grids[0] * grids[1])


@case(V, W)
def buffers_in_a_dict(v, w):
    state = {"u": v * 1.0, "f": np.zeros(5)}
    for _ in range(3):
        u = state["u"]
        state["f"][:] = u * w
        u += 0.3 * state["f"]
        state["u"][0] = u[1] * u[2]
    return np.sum(state["u"] * state["f"])


@case(M)
def split_rows(m):
    a = m * 2.0
    p, q = a
    p *= q
    q[0] = p[1]
    return np.sum(a * m)


@case(V, X)
def real_part_and_squeeze(v, x):
    a = (v * x)[None, :, None]
    b = a.squeeze()
    b[1] = x
    c = a[0, :, 0]
    c[2:] *= b[1]
    return np.sum(a * a)


@case(V, X)
def split_views(v, x):
    a = v * x
    b, c = np.split(a, [2])
    b[0] = x
    c *= b[1]
    return np.sum(a * v)


@case(M, X)
def broadcast_view_read(m, x):
    u = m[0] * x
    b = np.broadcast_to(u, (4, 3))
    u[1] = x * x
    return np.sum(b * b)


@case(M, X)
def reshaped_then_base_written(m, x):
    a = m * x
    r = a.reshape(6)
    s = np.sum(r * r)
    a[0] = x
    return s + np.sum(r * r)


@case(V)
def view_kept_over_rebinding(v):
    a = v * v
    u = a[:2]
    a = np.zeros(5)
    u[0] = v[3]
    a[0] = u[1] * u[0]
    return np.sum(a) + np.sum(u * u)


@case(M, V)
def nested_view_writes_in_loops(m, v):
    a = m * 1.0
    for i in range(2):
        row = a[i]
        for j in range(2):
            pair = row[j : j + 2]
            pair *= v[i + j]
            pair[0] += row[2]
    return np.sum(a * a)


@case(S)
def triangular_solve_by_views(s):
    b = s[0] * 1.0
    low = s * 1.0
    x = np.zeros(3)
    for i in range(3):
        x[i] = (b[i] - low[i, :i] @ x[:i]) / low[i, i]
    return np.sum(x * x)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)
