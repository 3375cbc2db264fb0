"""The gates' cotangents share one buffer; outer products are broadcast."""

import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def cell_forward(weights, x, hidden, cell, tape):
    n = len(hidden)
    gates = x @ weights["input"] + hidden @ weights["recurrent"] + weights["bias"]
    forget = sigmoid(gates[:n])
    ingate = sigmoid(gates[n : 2 * n])
    outgate = sigmoid(gates[2 * n : 3 * n])
    change = np.tanh(gates[3 * n :])
    next_cell = forget * cell + ingate * change
    shown = np.tanh(next_cell)
    tape.append((x, hidden, cell, forget, ingate, outgate, change, shown))
    return outgate * shown, next_cell


def cell_backward(weights, weights_bar, hidden_bar, cell_bar, tape):
    x, hidden, cell, forget, ingate, outgate, change, shown = tape.pop()
    n = len(hidden)
    gates_bar = np.empty(4 * n)
    gates_bar[2 * n : 3 * n] = hidden_bar * shown * outgate * (1.0 - outgate)
    cell_bar = cell_bar + hidden_bar * outgate * (1.0 - shown * shown)
    forgotten = cell_bar * forget
    entered = cell_bar * ingate
    gates_bar[:n] = forgotten * cell * (1.0 - forget)
    gates_bar[n : 2 * n] = entered * change * (1.0 - ingate)
    gates_bar[3 * n :] = entered * (1.0 - change * change)
    weights_bar["input"] += x[:, None] * gates_bar
    weights_bar["recurrent"] += hidden[:, None] * gates_bar
    weights_bar["bias"] += gates_bar
    return (
        weights["input"] @ gates_bar,
        weights["recurrent"] @ gates_bar,
        forgotten,
    )


def gradient(weights, sequence):
    first, second = weights["first"], weights["second"]
    n = first["recurrent"].shape[0]
    steps = len(sequence) - 1
    h1 = c1 = h2 = c2 = np.zeros(n)
    tape1, tape2, tape = [], [], []
    for t in range(steps):
        h1, c1 = cell_forward(first, sequence[t], h1, c1, tape1)
        h2, c2 = cell_forward(second, h1, h2, c2, tape2)
        scores = h2 @ weights["readout"] + weights["offset"]
        tape.append((h2, np.exp(scores)))

    first_bar = {name: np.zeros_like(value) for name, value in first.items()}
    second_bar = {name: np.zeros_like(value) for name, value in second.items()}
    readout_bar = np.zeros_like(weights["readout"])
    offset_bar = np.zeros_like(weights["offset"])
    h1_bar, c1_bar, h2_bar, c2_bar = np.zeros((4, n))
    for t in range(steps - 1, -1, -1):
        h2, share = tape.pop()
        share /= share.sum()
        share -= sequence[t + 1]
        share /= steps
        readout_bar += h2[:, None] * share
        offset_bar += share
        h2_bar += weights["readout"] @ share
        x_bar, h2_bar, c2_bar = cell_backward(second, second_bar, h2_bar, c2_bar, tape2)
        h1_bar += x_bar
        # the sequence is data: its cotangent is dead
        _, h1_bar, c1_bar = cell_backward(first, first_bar, h1_bar, c1_bar, tape1)
    return {
        "first": first_bar,
        "second": second_bar,
        "readout": readout_bar,
        "offset": offset_bar,
    }


def layer_forward(weights, inputs):
    """All inputs are multiplied at once; per step only the recurrence is left."""
    steps, n = len(inputs), weights["recurrent"].shape[0]
    driven = inputs @ weights["input"]
    driven += weights["bias"]
    recurrent = weights["recurrent"]
    gates = np.empty((steps, 4 * n))
    cells, hiddens = np.zeros((2, steps + 1, n))
    shown = np.empty((steps, n))
    for t in range(steps):
        gate = gates[t]
        np.dot(hiddens[t], recurrent, out=gate)
        gate += driven[t]
        opening, change = gate[: 3 * n], gate[3 * n :]
        np.negative(opening, out=opening)
        np.exp(opening, out=opening)
        opening += 1.0
        np.reciprocal(opening, out=opening)
        np.tanh(change, out=change)
        cell = np.multiply(gate[:n], cells[t], out=cells[t + 1])
        cell += gate[n : 2 * n] * change
        np.tanh(cell, out=shown[t])
        np.multiply(gate[2 * n : 3 * n], shown[t], out=hiddens[t + 1])
    return gates, cells, hiddens, shown


def layer_backward(weights, inputs, saved, hiddens_bar):
    """What a step multiplies its cotangents with is made for all steps at once."""
    gates, cells, hiddens, shown = saved
    steps, n = shown.shape
    forget, ingate = gates[:, :n], gates[:, n : 2 * n]
    outgate, change = gates[:, 2 * n : 3 * n], gates[:, 3 * n :]
    from_hidden = outgate * (1.0 - shown * shown)
    factors = np.empty((steps, 4, n))
    np.multiply(cells[:-1] * forget, 1.0 - forget, out=factors[:, 0])
    np.multiply(change * ingate, 1.0 - ingate, out=factors[:, 1])
    np.multiply(shown * outgate, 1.0 - outgate, out=factors[:, 2])
    np.multiply(ingate, 1.0 - change * change, out=factors[:, 3])
    gates_bar = np.empty((steps, 4 * n))
    by_gate = gates_bar.reshape(steps, 4, n)
    recurrent = np.ascontiguousarray(weights["recurrent"].T)
    cell_bar = np.zeros(n)
    for t in range(steps - 1, -1, -1):
        hidden_bar = hiddens_bar[t]
        cell_bar += hidden_bar * from_hidden[t]
        gate_bar = np.multiply(factors[t], cell_bar, out=by_gate[t])
        np.multiply(factors[t, 2], hidden_bar, out=gate_bar[2])
        cell_bar *= forget[t]
        if t:
            hiddens_bar[t - 1] += gates_bar[t] @ recurrent
    weights_bar = {
        "input": inputs.T @ gates_bar,
        "recurrent": hiddens[:-1].T @ gates_bar,
        "bias": gates_bar.sum(axis=0),
    }
    return weights_bar, gates_bar


def restructured(weights, sequence):
    """Layer by layer; what does not recur is a product of matrices."""
    inputs = sequence[:-1]
    saved1 = layer_forward(weights["first"], inputs)
    h1 = saved1[2][1:]
    saved2 = layer_forward(weights["second"], h1)
    h2 = saved2[2][1:]
    scores_bar = h2 @ weights["readout"]
    scores_bar += weights["offset"]
    np.exp(scores_bar, out=scores_bar)
    scores_bar /= scores_bar.sum(axis=1, keepdims=True)
    scores_bar -= sequence[1:]
    scores_bar /= len(inputs)
    h2_bar = scores_bar @ weights["readout"].T
    second_bar, gates_bar = layer_backward(weights["second"], h1, saved2, h2_bar)
    h1_bar = gates_bar @ weights["second"]["input"].T
    first_bar, _ = layer_backward(weights["first"], inputs, saved1, h1_bar)
    return {
        "first": first_bar,
        "second": second_bar,
        "readout": h2.T @ scores_bar,
        "offset": scores_bar.sum(axis=0),
    }
