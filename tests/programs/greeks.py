"""The Black-Scholes price of one call in plain floats and the math module."""

from math import erf, exp, log, sqrt


def cdf(x):
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


def call_price(spot, strike, rate, volatility, maturity):
    if maturity <= 0.0:
        return max(spot - strike, 0.0)
    spread = volatility * sqrt(maturity)
    d1 = (log(spot / strike) + (rate + volatility**2 / 2.0) * maturity) / spread
    d2 = d1 - spread
    return spot * cdf(d1) - strike * exp(-rate * maturity) * cdf(d2)


PRIMAL = call_price
WRT = (0, "rate", "volatility", "maturity")


def arguments(rng, size="small"):
    spot, strike = rng.uniform(80.0, 120.0, 2)
    return float(spot), float(strike), 0.037, 0.23, 1.7
