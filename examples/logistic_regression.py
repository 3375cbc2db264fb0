"""Logistic regression by gradient descent, on plain NumPy.

Run it with `python examples/logistic_regression.py`.
"""

import numpy as np

from sourcediff import value_and_grad


@value_and_grad(wrt=("weights", "bias"))
def loss(weights, bias, X, labels, penalty=1e-3):
    """Mean negative log likelihood of labels 0 and 1, with a ridge penalty."""
    scores = X @ weights + bias
    nll = np.logaddexp(0.0, scores) - labels * scores
    return np.mean(nll) + 0.5 * penalty * np.sum(weights**2)


def fit(X, labels, steps=300, rate=1.0):
    """Weights and bias by gradient descent, and the loss there."""
    weights, bias = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        value, (weights_bar, bias_bar) = loss(weights, bias, X, labels)
        weights -= rate * weights_bar
        bias -= rate * bias_bar
    return weights, bias, value


def main():
    """Recover the weights that made the labels."""
    rng = np.random.default_rng(7)
    true_weights, true_bias = np.array([1.5, -2.0, 0.0]), 0.5
    X = rng.standard_normal((4000, 3))
    chances = 1 / (1 + np.exp(-(X @ true_weights + true_bias)))
    labels = (rng.uniform(size=len(X)) < chances).astype(float)

    weights, bias, value = fit(X, labels)
    print(f"weights {weights.round(2)}, bias {bias:.2f}, loss {value:.4f}")
    assert np.allclose(weights, true_weights, atol=0.2)
    assert abs(bias - true_bias) < 0.2

    # At the optimum the residuals have mean zero: that is what the bias is for.
    residual = labels - 1 / (1 + np.exp(-(X @ weights + bias)))
    assert abs(np.mean(residual)) < 1e-6


if __name__ == "__main__":
    main()
