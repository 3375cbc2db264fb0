"""The cotangent of the scores is softmax minus targets; the ReLU masks in place."""

import numpy as np


def gradient(parameters, images, targets):
    first, second = parameters["hidden"], parameters["output"]
    hidden = images @ first["weight"]
    hidden += first["bias"]
    np.maximum(hidden, 0.0, out=hidden)
    scores = hidden @ second["weight"]
    scores += second["bias"]

    scores -= scores.max(axis=1, keepdims=True)
    scores_bar = np.exp(scores, out=scores)
    weight = targets.sum(axis=1, keepdims=True)
    scores_bar *= weight / scores_bar.sum(axis=1, keepdims=True)
    scores_bar -= targets
    scores_bar /= len(targets)
    hidden_bar = scores_bar @ second["weight"].T
    hidden_bar *= hidden > 0.0
    return {
        "hidden": {
            "weight": images.T @ hidden_bar,
            "bias": hidden_bar.sum(axis=0),
        },
        "output": {
            "weight": hidden.T @ scores_bar,
            "bias": scores_bar.sum(axis=0),
        },
    }
