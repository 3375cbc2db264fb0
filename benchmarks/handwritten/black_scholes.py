"""Every statement's adjoint, in the memory of what is read for the last time."""

import numpy as np

COEFFICIENTS = (1.330274429, -1.821255978, 1.781477937, -0.356563782, 0.319381530)
ROOT_TWO_PI = np.sqrt(2.0 * np.pi)


def normal_cdf(x):
    """The value, and what its pullback reads."""
    t = np.abs(x)
    t *= 0.2316419
    t += 1.0
    np.reciprocal(t, out=t)
    partial_sums = [COEFFICIENTS[0]]
    for coefficient in COEFFICIENTS[1:]:
        series = partial_sums[-1] * t
        series += coefficient
        partial_sums.append(series)
    density = x * x
    density *= -0.5
    np.exp(density, out=density)
    density /= ROOT_TWO_PI
    density_times_t = density * t
    tail = density_times_t * partial_sums[-1]
    positive = x >= 0.0
    value = np.where(positive, 1.0 - tail, tail)
    return value, (x, t, partial_sums, density, density_times_t, tail, positive)


def normal_cdf_pullback(saved, tail_bar):
    """The cotangent of x; what was saved, and the argument, are used up."""
    x, t, partial_sums, density, density_times_t, tail, positive = saved
    tail_bar *= 1.0 - 2.0 * positive
    tail *= tail_bar
    tail *= x
    x_bar = np.negative(tail, out=tail)
    series_bar = np.multiply(density_times_t, tail_bar, out=density_times_t)
    t_bar = np.multiply(tail_bar, density, out=tail_bar)
    t_bar *= partial_sums.pop()
    for series in reversed(partial_sums):
        t_bar += series_bar * series
        if series is not COEFFICIENTS[0]:
            series_bar *= t
    t_bar *= t
    t_bar *= t
    t_bar *= 0.2316419
    t_bar *= np.sign(x)
    x_bar -= t_bar
    return x_bar


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
    n1, saved1 = normal_cdf(d1)
    n2, saved2 = normal_cdf(d2)

    # put = call - spot + discounted: the call's cotangent is all of the holding
    put_bar = holding * ~is_call
    n1 *= holding
    spot_bar = np.subtract(n1, put_bar, out=n1)
    n2 *= holding
    discounted_bar = np.subtract(put_bar, n2, out=n2)
    discounted_bar *= discounted
    yield_bar = np.negative(discounted_bar, out=discounted_bar)
    discounted *= holding
    d2_bar = normal_cdf_pullback(saved2, np.negative(discounted, out=discounted))
    d1_bar = normal_cdf_pullback(saved1, holding * spot)

    d1_bar += d2_bar
    d1_bar /= spread
    log_bar = d1_bar
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


def restructured(spot, strike, rate, volatility, maturity, is_call, holding):
    """Value and slope of the distribution function come from one polynomial."""
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
