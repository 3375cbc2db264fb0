"""Multinomial logistic regression with integer labels and a ridge penalty."""

import numpy as np

SHAPES = {"small": (11, 5, 3), "large": (256, 784, 10)}


def negative_log_likelihood(weights, bias, X, labels, penalty=1e-3):
    scores = X @ weights + bias
    scores -= np.max(scores, axis=1, keepdims=True)
    log_norm = np.log(np.sum(np.exp(scores), axis=1))
    chosen = scores[np.arange(len(labels)), labels]
    return np.mean(log_norm - chosen) + 0.5 * penalty * np.sum(weights**2)


PRIMAL = negative_log_likelihood
WRT = ("weights", "bias")


def arguments(rng, size="small"):
    n, features, classes = SHAPES[size]
    weights = 0.3 * rng.normal(size=(features, classes))
    bias = rng.normal(size=classes)
    X = rng.normal(size=(n, features))
    return weights, bias, X, rng.integers(0, classes, n)
