"""Twenty arithmetic operations on two floats."""


def expression(x, y):
    a = x * y + 3.0 * x - y / (1.0 + x * x)
    b = a * a - x * a + 2.5
    c = (a + b) / (b * b + 1.0) - y
    return a * c + b * (y - c) / (2.0 + c * c)


PRIMAL = expression
WRT = (0, 1)


def arguments(rng, size="small"):
    x, y = rng.uniform(0.3, 1.7, 2)
    return float(x), float(y)
