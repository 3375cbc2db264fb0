"""Objects of users' classes, and the statements of the language in other clothes."""

# Programs as users write them.
# ruff: noqa: B007, B905, RET504

import copy
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tests.language.oracle import Case, Cases, check, check_pullback
from tests.language.values import M, V, X, Y

case = Cases()


class Vec:
    """A class with operators."""

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, o):
        return Vec(self.x + o.x, self.y + o.y)

    def __mul__(self, s):
        return Vec(self.x * s, self.y * s)

    __rmul__ = __mul__

    def __neg__(self):
        return Vec(-self.x, -self.y)

    def __getitem__(self, i):
        return self.x if i == 0 else self.y

    def __len__(self):
        return 2

    def dot(self, o):
        return self.x * o.x + self.y * o.y

    @property
    def norm2(self):
        return self.dot(self)

    @classmethod
    def unit(cls, t):
        return cls(math.cos(t), math.sin(t))

    @staticmethod
    def scale(a, s):
        return a * s


@dataclass
class P:
    """A dataclass."""

    a: float
    b: np.ndarray
    c: float = 2.0

    def total(self):
        return self.a * np.sum(self.b) * self.c


@dataclass(frozen=True)
class F:
    """A frozen dataclass."""

    a: float
    b: float

    def moved(self, t):
        return F(self.a + t, self.b * t)


class NT(NamedTuple):
    """A named tuple."""

    x: float
    v: np.ndarray

    def energy(self):
        return self.x * np.sum(self.v**2)


@case(X)
def user_classmethod(x):
    u = Vec.unit(x)
    return Vec.scale(u.x, 3.0) * u.y


@case(X, V)
def dataclass_method(x, v):
    p = P(x, v)
    p.c = x * 3
    return p.total()


@case(X, Y)
def frozen(x, y):
    f = F(x, y)
    for k in range(3):
        f = f.moved(0.5 + x)
    return f.a * f.b


@case(NT(X, V))
def nt_loop(state):
    s = state
    for k in range(3):
        s = NT(s.x * 0.5 + s.v[k], s.v * s.x)
    return s.energy()


@case(X, Y)
def walrus_conditions(x, y):
    if (t := x * y) < 0 and (u := t * t) > 0.1:
        return t * u
    return t


@case(X)
def annotated(x):
    y: float = x * 2
    z: float
    z = y * y
    return z


@case(V)
def for_else(v):
    for i in range(3):
        if v[i] > 100:
            break
    else:
        return np.sum(v**2)
    return 0.0


@case(V)
def while_else(v):
    i = 0
    s = 0.0
    while i < 3:
        s += v[i] ** 2
        i += 1
    s *= v[0]
    return s


@case(X, Y)
def nested_reassign_list(x, y):
    box = [x]

    def bump(t):
        box[0] = box[0] * t

    bump(y)
    bump(x)
    return box[0]


@case(X, V)
def swap_multi(x, v):
    a, b, c = x, x * x, v[0]
    a, b, c = c * a, a + b, b
    return a * b * c


@case(V)
def fstring_assert(v):
    name = f"{v[0]:.2f}"
    assert len(name) > 0, f"bad {v}"
    with np.errstate(divide="ignore"):
        s = np.sum(np.sqrt(np.abs(v)))
    return s


@case(V)
def chained_compare(v):
    if 0 < v[0] < 1 <= len(v):
        return v[0] ** 2
    return v[1]


@case(M)
def matrix_loops(m):
    s = 0.0
    for i, row in enumerate(m):
        for j, e in enumerate(row):
            s += e * e * (i + 1) + j * e
    return s


@case(M)
def columns(m):
    s = 0.0
    for col in m.T:
        s += col[0] * col[1]
    for a, b in zip(m[0], m[1]):
        s += a * b * b
    return s


@case(V)
def early_in_nested(v):
    for i in range(3):
        for j in range(3):
            if i * j > 1:
                return v[i] * v[j]
    return v[0]


@case(V)
def slice_objects(v):
    s = slice(1, 4)
    a = v * 1.0
    a[s] = a[s] * v[0]
    return np.sum(a[s] * a[:3])


@case(V)
def ellipsis_none(v):
    a = v[None, :, None] * np.ones((2, 1, 3))
    a[..., 0] = v
    a[0, ...] *= 2
    return np.sum(a * a)


@case(X, V)
def match_use(x, v):
    match len(v):
        case 1:
            return x
        case 5:
            return x * v[0]
        case _:
            return v[0]


@case(V)
def deep_copy(v):
    a = {"u": v * 1.0}
    b = copy.deepcopy(a)
    b["u"][0] = v[1] * 2
    return np.sum(a["u"] * b["u"])


@case(V)
def recursive_closure(v):
    def fact(k):
        return 1.0 if k == 0 else v[k % 5] * fact(k - 1)

    return fact(4)


@case(X, V)
def tuple_loop(x, v):
    s = (x, v)
    for k in range(3):
        s = (s[0] * 0.5 + s[1][k], s[1] * s[0])
    return s[0] * np.sum(s[1] ** 2)


@case(X, Y)
def user_vec(x, y):
    a = Vec(x, y)
    b = Vec(y, x * x)
    c = a + b * 2.0
    return c.dot(a) + c.norm2


@case(X, Y)
def user_getitem(x, y):
    a = Vec(x, y)
    return a[0] * a[1] * len(a)


class Account:
    """An object that is filled later."""

    def __init__(self):
        self.total = 0.0
        self.label = "account"

    def __call__(self, x):
        return self.total * x


@case(X, Y)
def object_filled_later(x, y):
    account = Account()
    account.total = x * y
    account.total += x
    return account(x) * account.total


@dataclass
class Layered:
    """Values beside a container that is indexed by what is computed."""

    w: object
    sizes: object

    @property
    def doubled(self):
        return self.scaled(2.0)

    def scaled(self, s):
        return Layered(self.w * s, self.sizes)

    def dot(self, other):
        return np.sum(self.w * other)


@case(V, 1)
def record_with_constants_by_number(w, k):
    p = Layered(np.sin(w), (1.5, 2.5))
    q = Layered(p.w * 2, p.sizes)
    return np.sum(q.w**2) * q.sizes[k]


@case(V, 1)
def record_with_active_parts_by_number(w, k):
    p = Layered(np.sin(w), (np.sum(w), np.sum(w * w)))
    q = Layered(p.w * 2, p.sizes)
    return np.sum(q.w**2) * q.sizes[k]


@case(V, 2)
def record_with_a_list_that_grows(w, k):
    p = Layered(np.sin(w), [])
    q = Layered(p.w * 2, p.sizes)
    for i in range(3):
        q.sizes.append(np.sum(w) * i)
    return np.sum(q.w**2) * q.sizes[k]


@case(V)
def method_of_a_property(w):
    return Layered(np.sin(w), ()).doubled.dot(w)


@case(V)
def method_of_a_method(w):
    return Layered(np.sin(w), ()).scaled(0.7).scaled(w).dot(w)


@case(X, Y)
def unpacked_into_a_function_of_numpy(x, y):
    pair = x * y, y
    options = {"axis": 0}
    return np.hypot(*pair) + np.sum(np.stack([x, y, x * x]), **options)


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    if not case.kwargs:
        check_pullback(case)
