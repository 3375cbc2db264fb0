"""A two-layer perceptron with softmax cross entropy, its parameters in a dict."""

import numpy as np

SHAPES = {"small": (7, 6, 5, 3), "large": (256, 784, 256, 10)}


def dense(layer, x):
    return x @ layer["weight"] + layer["bias"]


def cross_entropy(scores, targets):
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.sum(targets * log_probabilities) / len(targets)


def loss(parameters, images, targets):
    hidden = np.maximum(dense(parameters["hidden"], images), 0.0)
    scores = dense(parameters["output"], hidden)
    return cross_entropy(scores, targets)


PRIMAL = loss
WRT = 0


def layer_of(rng, inputs, outputs):
    weight = rng.normal(size=(inputs, outputs)) / np.sqrt(inputs)
    return {"weight": weight, "bias": 0.1 * rng.normal(size=outputs)}


def arguments(rng, size="small"):
    batch, inputs, hidden, classes = SHAPES[size]
    parameters = {
        "hidden": layer_of(rng, inputs, hidden),
        "output": layer_of(rng, hidden, classes),
    }
    images = rng.normal(size=(batch, inputs))
    targets = np.eye(classes)[rng.integers(0, classes, batch)]
    return parameters, images, targets
