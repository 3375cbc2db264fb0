"""The slope of the distribution function is the normal density."""

from math import erf, exp, log, pi, sqrt

ROOT_TWO = sqrt(2.0)
PEAK = 1.0 / sqrt(2.0 * pi)


def gradient(spot, strike, rate, volatility, maturity):
    if maturity <= 0.0:
        return (1.0 if spot > strike else 0.0), 0.0, 0.0, 0.0
    root = sqrt(maturity)
    spread = volatility * root
    drift = rate + volatility * volatility / 2.0
    d1 = (log(spot / strike) + drift * maturity) / spread
    d2 = d1 - spread
    discounted = strike * exp(-rate * maturity)

    n1 = 0.5 * (1.0 + erf(d1 / ROOT_TWO))
    yield_bar = discounted * 0.5 * (1.0 + erf(d2 / ROOT_TWO))
    d2_bar = -discounted * PEAK * exp(-0.5 * d2 * d2)
    d1_bar = d2_bar + spot * PEAK * exp(-0.5 * d1 * d1)
    log_bar = d1_bar / spread
    spread_bar = -d2_bar - log_bar * d1
    return (
        n1 + log_bar / spot,
        (log_bar + yield_bar) * maturity,
        log_bar * maturity * volatility + spread_bar * root,
        log_bar * drift + yield_bar * rate + spread_bar * volatility * 0.5 / root,
    )
