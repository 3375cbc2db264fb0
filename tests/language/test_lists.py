"""Lists that grow, shrink and are put together: stacks, queues, copies, sums."""

# Programs as users write them.
# ruff: noqa: C416, PERF401, RUF005, SIM108, RUF015, B905

import numpy as np
import pytest

from sourcediff import check_grads, grad
from sourcediff.errors import CompileError
from tests.language.oracle import Case, Cases, check, check_pullback
from tests.language.values import V, W, X

case = Cases()


@case(V)
def list_of_list_copy(v):
    a = [v[0], v[1]]
    b = list(a)
    c = a.copy()
    d = a[:]
    b[0] = b[0] * 2
    c[1] = c[0] * c[1]
    d[0] *= d[1]
    return sum(a) * sum(b) * sum(c) + sum(d)


@case(V)
def tuple_of_list(v):
    a = [e * e for e in v]
    t = tuple(a)
    return t[0] * t[3] + sum(t)


@case(V, X)
def tuple_concat(v, x):
    t = (x, v[0])
    t = t + (v[1],)
    t += (x * x, 2.0)
    return t[0] * t[2] + t[3] * t[4]


@case(V, X)
def list_concat_dynamic(v, x):
    a = [e * x for e in v]
    b = [x] + a + [v[0]]
    return b[0] * b[-1] + b[2] * b[3]


@case(V, X)
def list_times(v, x):
    a = [x] * len(v)
    for i in range(len(v)):
        a[i] = a[i] * v[i]
    b = a * 2
    return sum(b) * b[7]


@case(V)
def starred_display(v):
    a = [v[0], v[1]]
    b = [*a, v[2], *a]
    return b[0] * b[2] * b[4]


@case(V)
def stack_use(v):
    st = []
    for e in v:
        st.append(e * 2)
    s = 1.0
    while st:
        s = s * 0.5 + st.pop() ** 2
    return s


@case(V)
def pop_in_expression(v):
    st = [v[0], v[1], v[2]]
    return st.pop() * 2 + st.pop() ** 2 * st[0]


@case(V)
def insert_front(v):
    a = []
    for e in v:
        a.insert(0, e * e)
    return a[0] * a[1] + a[4] ** 2


@case(V)
def list_sort_inplace(v):
    a = [e * e for e in v]
    a.sort()
    return a[0] + 2 * a[1] * a[3]


@case(V)
def list_slice_store(v):
    a = [e * e for e in v]
    a[1:3] = [v[0], v[1]]
    return a[1] * a[2] + a[4]


@case(V)
def nested_list_append(v):
    rows = [[], []]
    for i, e in enumerate(v):
        rows[i % 2].append(e * e)
    return sum(rows[0]) * sum(rows[1])


@case(V)
def dict_of_lists(v):
    d = {"odd": [], "even": []}
    for i, e in enumerate(v):
        if i % 2:
            d["odd"].append(e)
        else:
            d["even"].append(e * e)
    return sum(d["odd"]) * sum(d["even"])


@case(V)
def history_dict(v):
    h = {"x": [], "y": []}
    x = v[0]
    for k in range(4):
        x = x * 0.5 + v[k] ** 2
        h["x"].append(x)
        h["y"].append(x * x)
    return np.sum(np.array(h["x"]) * np.array(h["y"]))


@case(V)
def pops_everywhere(v):
    a = [e * e for e in v]
    b = a
    t = b.pop(1) * 2
    a.insert(1, t * v[0])
    a.insert(-1, v[1])
    a.insert(100, v[2])
    k = 2
    while len(a) > 3:
        t = t * 0.5 + a.pop(k % len(a)) ** 2
        k += 3
    a.reverse()
    return t * a[0] + a[1] ** 2 * b[2]


@case(V, W)
def arrays_popped(v, w):
    q = [v, w, v * w]
    s = 0.0
    while q:
        a = q.pop(0)
        s += np.sum(a * a)
        if len(q) < 4 and s < 3:
            q.append(a * 0.5)
    return s


@case(V, W)
def tuples_popped(v, w):
    q = [(v[0], 1), (w[1], 2)]
    s = 0.0
    while q:
        x, d = q.pop()
        s += x * x * d
        if d < 4:
            q.append((x * 0.5, d + 1))
            q.append((x * v[2], d + 2))
    return s


@case(V)
def popped_list_rebound(v):
    a = [v[0], v[1], v[2]]
    a = [a.pop(), a.pop(), a[0] * v[3]]
    return a[0] ** 2 * a[1] + a[2]


@case(V)
def pop_in_branch(v):
    a = [e for e in v]
    if v[0] > 0:
        s = a.pop()
    else:
        s = a.pop(0)
    return s * a[0] ** 2


@case(V)
def clear_and_refill(v):
    a = [e * e for e in v]
    s = sum(a)
    a.clear()
    a.append(s * v[0])
    return a[0] ** 2


@case(V)
def remove_value(v):
    a = [e * e for e in v]
    a.remove(a[2])
    return a[2] * a[1]


@case(V)
def swap_ends(v):
    a = [e * e for e in v]
    a[0], a[-1] = a[-1], a[0]
    a += a[:2]
    a += [v[0]] * 2
    return a[0] * a[4] * a[5] + a[8]


@case(V)
def popped_under_another_name(v):
    a = [e * e for e in v]
    b = a
    y = b.pop()
    a.append(y * v[0])
    z = a.pop() * b[0]
    return z * sum(a) + b[1] ** 2


@case(V)
def popped_in_loop_under_another_name(v):
    a = [e * e for e in v]
    b = a
    s = 1.0
    while len(b) > 2:
        y = b.pop()
        s = s * y + a[-1]
    return s * a[0] + b[1] ** 2


@case(V)
def del_item(v):
    a = [e for e in v]
    del a[1]
    return a[1] * a[0]


@case(V, X)
def elements_of_lists_that_calls_make(v, x):
    a = sorted([v[0] * 2.0, x, v[2] ** 2])[1] * sorted(v)[-1]
    b = v.tolist()[2] * list(reversed(v))[0] if x > 0 else np.outer(v, v).tolist()[1][2]
    return a + b * [e * x for e in v if e > 0][0]


@case(X, V)
def states_in_a_list(x, v):
    state, track = list(v[:3]), []
    for _ in range(4):
        slope = [x * (state[1] - state[0]), state[0] * state[2], state[1] - state[2]]
        state = [a + 0.1 * b for a, b in zip(state, slope)]
        track.append(state[:])
        track.append(state)
    return track[-1][0] * track[2][1] + sum(s[2] for s in track)


@case(V, X)
def places_that_hold_nothing_yet(v, x):
    messages = [None] * len(v)
    messages[0] = np.ones(3)
    for i in range(1, len(v)):
        m = messages[i - 1] * v[i] + v[:3] * x
        messages[i] = m / m.sum()
    return np.sum(messages[-1] * messages[0] * v[2:])


@case(V, "abc", "ab")
def table_by_pairs(v, first, second):
    table = {(0, 0): v[0]}
    for i in range(len(first) + 1):
        table[i, 0] = i * v[1]
    for j in range(len(second) + 1):
        table[0, j] = j * v[2]
    for i in range(1, len(first) + 1):
        for j in range(1, len(second) + 1):
            if i > 1:
                table[i, j] = table[i - 1, j] * v[3] + table[i, j - 1]
            else:
                table[i, j] = np.sin(table[i - 1, j - 1]) * table[i, j - 1]
    return table[len(first), len(second)]


@case(V, W)
def particles_in_dicts(xs, vs):
    particles = [{"x": x, "v": v} for x, v in zip(xs, vs)]
    for _ in range(3):
        for p in particles:
            p["v"] -= 0.1 * p["x"]
            p["x"] += 0.1 * p["v"]
    return sum(p["x"] ** 2 for p in particles)


@case(V, W)
def particles_in_lists(xs, vs):
    particles = []
    for x, v in zip(xs, vs):
        particles.append([x, v, 0.0])
    for k, p in enumerate(particles):
        p[2] = k * p[0] * p[1]
        if p[0] > 0:
            p[0] *= p[1]
    return sum(p[0] * p[1] + p[2] for p in particles)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


def test_lists_that_have_names_of_their_own_are_not_followed_in_a_list() -> None:
    def scaled(x: float, v: float) -> float:
        a, b = [x, v], [v, x]
        both = [a, b]
        for p in both:
            p[0] *= 2.0 * x
        return a[0] * b[0]

    with pytest.raises(CompileError, match="a shares memory"):
        grad(scaled, fallback="error")(1.3, 0.7)
    check_grads(scaled, (1.3, 0.7))
