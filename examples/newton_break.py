"""Kepler's equation by Newton's method: a `while` loop that ends with `break`.

The derivative of the solution is exact to rounding, though nobody derived it: implicit
differentiation gives the same number.
"""

import numpy as np

from sourcediff import check_grads, grad


@grad(wrt=("mean_anomaly", "eccentricity"))
def eccentric_anomaly(mean_anomaly, eccentricity):
    """The angle E with E - e sin(E) = M."""
    E = mean_anomaly + eccentricity * np.sin(mean_anomaly)
    while True:
        error = E - eccentricity * np.sin(E) - mean_anomaly
        step = error / (1.0 - eccentricity * np.cos(E))
        E -= step
        if abs(step) < 1e-13:
            break
    return E


def main():
    """Compare with implicit differentiation."""
    for M, e in ((0.3, 0.1), (2.0, 0.6), (3.0, 0.9)):
        check_grads(eccentric_anomaly, (M, e), wrt=(0, 1))
        by_M, by_e = eccentric_anomaly(M, e)
        E = eccentric_anomaly.primal(M, e)
        implicit = 1 / (1 - e * np.cos(E)), np.sin(E) / (1 - e * np.cos(E))
        print(f"M {M}, e {e}: E {E:.6f}, dE/dM {by_M:.6f}, dE/de {by_e:.6f}")
        assert np.allclose((by_M, by_e), implicit, rtol=1e-9)


if __name__ == "__main__":
    main()
