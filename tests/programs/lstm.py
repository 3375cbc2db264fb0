"""Two LSTM layers that predict the next symbol of a sequence; weights in a dict."""

import numpy as np

SIZES = {"small": (5, 3, 4), "large": (1024, 14, 14)}


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def lstm_cell(weights, x, hidden, cell):
    n = len(hidden)
    gates = x @ weights["input"] + hidden @ weights["recurrent"] + weights["bias"]
    forget = sigmoid(gates[:n])
    ingate = sigmoid(gates[n : 2 * n])
    outgate = sigmoid(gates[2 * n : 3 * n])
    change = np.tanh(gates[3 * n :])
    cell = forget * cell + ingate * change
    return outgate * np.tanh(cell), cell


def sequence_loss(weights, sequence):
    n = weights["first"]["recurrent"].shape[0]
    h1 = np.zeros(n)
    c1 = np.zeros(n)
    h2 = np.zeros(n)
    c2 = np.zeros(n)
    total = 0.0
    for t in range(len(sequence) - 1):
        h1, c1 = lstm_cell(weights["first"], sequence[t], h1, c1)
        h2, c2 = lstm_cell(weights["second"], h1, h2, c2)
        scores = h2 @ weights["readout"] + weights["offset"]
        log_norm = np.log(np.exp(scores).sum())
        total += log_norm - scores @ sequence[t + 1]
    return total / (len(sequence) - 1)


PRIMAL = sequence_loss
WRT = "weights"


def layer(rng, inputs, n):
    return {
        "input": 0.4 * rng.normal(size=(inputs, 4 * n)),
        "recurrent": 0.4 * rng.normal(size=(n, 4 * n)),
        "bias": 0.3 * rng.normal(size=4 * n),
    }


def arguments(rng, size="small"):
    length, symbols, n = SIZES[size]
    weights = {
        "first": layer(rng, symbols, n),
        "second": layer(rng, n, n),
        "readout": rng.normal(size=(n, symbols)),
        "offset": rng.normal(size=symbols),
    }
    return weights, np.eye(symbols)[rng.integers(0, symbols, length)]
