"""Value and slope of the distribution function come from one polynomial."""

import numpy as np

COEFFICIENTS = (1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.319381530)
ROOT_TWO_PI = np.sqrt(2.0 * np.pi)


def cdf_and_slope(x):
    size = np.abs(x)
    t = 0.2316419 * size
    t += 1.0
    np.reciprocal(t, out=t)
    series = np.full_like(x, COEFFICIENTS[0])
    series_slope = np.zeros_like(x)
    for coefficient in COEFFICIENTS[1:]:
        series_slope *= t
        series_slope += series
        series *= t
        series += coefficient
    density = x * x
    density *= -0.5
    np.exp(density, out=density)
    density /= ROOT_TWO_PI
    # tail = density * t * series
    series_slope *= t
    series_slope += series
    series *= t
    t *= t
    t *= 0.2316419
    series_slope *= t
    size *= series
    series_slope += size
    series_slope *= density
    series *= density
    return np.where(x >= 0.0, 1.0 - series, series), series_slope


def gradient(spot, strike, rate, volatility, maturity, is_call, holding):
    root = np.sqrt(maturity)
    spread = volatility * root
    drift = 0.5 * volatility**2
    drift += rate
    d1 = np.log(spot / strike)
    d1 += drift * maturity
    d1 /= spread
    d2 = d1 - spread
    discounted = np.exp(-rate * maturity)
    discounted *= strike
    n1, n1_slope = cdf_and_slope(d1)
    n2, n2_slope = cdf_and_slope(d2)

    is_put = ~is_call
    n1 -= is_put
    spot_bar = np.multiply(n1, holding, out=n1)
    n2 -= is_put
    n2 *= holding
    n2 *= discounted
    yield_bar = n2  # of -log(discounted) = rate * maturity
    d2_bar = np.multiply(n2_slope, discounted, out=n2_slope)
    d2_bar *= holding
    np.negative(d2_bar, out=d2_bar)
    log_bar = np.multiply(n1_slope, spot, out=n1_slope)
    log_bar *= holding
    log_bar += d2_bar
    log_bar /= spread
    d1 *= log_bar
    d1 += d2_bar
    spread_bar = np.negative(d1, out=d1)

    spot_bar += log_bar / spot
    rate_bar = log_bar @ maturity + yield_bar @ maturity
    volatility_bar = log_bar * maturity
    volatility_bar *= volatility
    volatility_bar += spread_bar * root
    maturity_bar = np.multiply(log_bar, drift, out=log_bar)
    yield_bar *= rate
    maturity_bar += yield_bar
    spread_bar *= volatility
    spread_bar /= root
    spread_bar *= 0.5
    maturity_bar += spread_bar
    return spot_bar, rate_bar, volatility_bar, maturity_bar
