"""Black-Scholes prices of a portfolio of calls and puts."""

import numpy as np

LENGTHS = {"small": 13, "large": 100_000}


def normal_cdf(x):
    """Zelen and Severo's polynomial for the normal distribution function."""
    t = 1.0 / (1.0 + 0.2316419 * np.abs(x))
    series = 1.330274429
    for coefficient in (-1.821255978, 1.781477937, -0.356563782, 0.319381530):
        series = coefficient + t * series
    tail = np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi) * t * series
    return np.where(x >= 0.0, 1.0 - tail, tail)


def portfolio(spot, strike, rate, volatility, maturity, is_call, holding):
    spread = volatility * np.sqrt(maturity)
    d1 = (np.log(spot / strike) + (rate + 0.5 * volatility**2) * maturity) / spread
    d2 = d1 - spread
    discounted = strike * np.exp(-rate * maturity)
    call = spot * normal_cdf(d1) - discounted * normal_cdf(d2)
    put = call - spot + discounted
    return np.sum(holding * np.where(is_call, call, put))


PRIMAL = portfolio
WRT = ("spot", "rate", "volatility", "maturity")


def arguments(rng, size="small"):
    n = LENGTHS[size]
    spot = rng.uniform(20.0, 140.0, n)
    strike = spot * rng.uniform(0.7, 1.4, n)
    volatility = rng.uniform(0.15, 0.5, n)
    maturity = rng.uniform(0.3, 2.7, n)
    is_call = rng.random(n) < 0.6
    return spot, strike, 0.043, volatility, maturity, is_call, rng.normal(size=n)
