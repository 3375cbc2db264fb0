"""Classes with state: inheritance, dataclasses that fill themselves, None at first."""

# Programs as users write them.

from dataclasses import dataclass, field

import numpy as np

from tests.language.oracle import (
    Case,
    Cases,
    check,
    check_pullback,
    check_pushforward,
)
from tests.language.values import M, V

case = Cases()


class Base:
    """A scale, and a set-up that may be another one."""

    def __init__(self, a):
        self.a = a
        self.setup()

    def setup(self):
        self.scale = 1.5

    def value(self, x):
        return self.a * x * self.scale


class Derived(Base):
    """Sets up its base first."""

    def __init__(self, a, c=2.0):
        super().__init__(a)
        self.c = c

    def setup(self):
        super().setup()
        self.scale = self.a * self.scale

    def value(self, x):
        return super().value(x) + self.c * x


@case(1.37, 0.71)
def inherited(a, x):
    base, derived = Base(a), Derived(a, x)
    return base.value(x) * derived.value(a) + derived.scale


@case(1.37, 0.71)
def list_of_one_class(a, x):
    total = 0.0
    for item in [Derived(a), Derived(x, a)]:
        total += item.value(x)
    return total * sum(item.scale for item in [Derived(a), Derived(x)])


@dataclass
class Rates:
    """One field follows from the others."""

    beta: float
    sigma: float = 0.2
    ratio: float = field(init=False)

    def __post_init__(self):
        self.ratio = self.beta / self.sigma

    @property
    def interval(self):
        return 1 / self.sigma


@case(0.83)
def dataclass_with_post_init(x):
    rates = Rates(x, sigma=x * x)
    return rates.ratio * rates.beta + rates.interval + Rates(x).ratio


@dataclass
class Fit:
    """Remembers what it went through."""

    w: np.ndarray
    rate: float = 0.1
    history: list = field(default_factory=list)

    def step(self, g):
        self.w = self.w - self.rate * g
        self.history.append(np.sum(self.w**2))


@case(V, 0.3)
def dataclass_with_a_factory(v, rate):
    fit = Fit(v, rate=rate)
    for k in range(3):
        fit.step(fit.w * k)
    return fit.history[-1] * fit.history[0] + fit.w[0]


class Pid:
    """Has no last error at first."""

    def __init__(self, kp, kd):
        self.kp, self.kd = kp, kd
        self.last = None
        self.calls = 0

    def __call__(self, error):
        self.calls += 1
        change = 0.0 if self.last is None else error - self.last
        self.last = error
        return self.kp * error + self.kd * change


@case(1.2, 0.3)
def controller(kp, kd):
    pid = Pid(kp, kd)
    y, cost = 0.0, 0.0
    for _ in range(4):
        y += 0.2 * (pid(1.0 - y) - y)
        cost += (1.0 - y) ** 2
    return cost * pid.calls + pid.last


@case(0.9)
def nothing_at_first(x):
    best = arg = mean = None
    for i in range(4):
        v = np.sin(x * i)
        mean = v if mean is None else 0.9 * mean + 0.1 * v
        if best is None or v > best:
            best, arg = v, i
    return best * arg + mean


@case(0.9)
def no_array_at_first(x):
    previous, total = None, 0.0
    for i in range(4):
        current = np.array([x * i, x])
        if previous is not None:
            total += previous @ current + previous[1]
        previous = current
    return total


@case(0.9)
def empty_parts(x):
    t = ((), x, 2 * x, {}, [])
    a = t
    d = {"e": {}, "x": x, "y": (x * x, ())}
    b = d
    return a[1] * a[2] ** 2 + b["x"] * b["y"][0]


@case(M, V)
def arrays_unpacked(m, v):
    x, y = np.linalg.solve(m @ m.T + np.eye(2), v[:2])
    p, q = m.reshape(2, 3)
    _, r = (m * m).reshape(2, 3)
    low, high = np.percentile(v, [25, 75])
    *c, last = np.sort(v)
    total = 0.0
    for i in range(2):
        a, _, b, _ = np.cumsum(v[i : i + 4])
        total += a * b
    return x * y + p @ q + r[0] + (high - low) ** 2 + c[1] * last + total


@case(M)
def columns_unpacked(p):
    x, y, _ = p.T
    total = x @ y
    for a, b, c in p:
        total += a * b**2 if c > 0 else a * c
    return total


@case(V)
def pieces_of_which_only_sums_are_read(v):
    left, right = np.split(v * v, [2])
    first, _, last = np.array_split(v, 3)
    return left.sum() * right.sum() + first[0] * last.mean()


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)
