"""The tape is a list of floats."""


def gradient(x, r, steps):
    tape = []
    push = tape.append
    for _ in range(steps):
        push(x)
        x = r * x * (1.0 - x)
    x_bar, r_bar = 1.0, 0.0
    for x in reversed(tape):
        r_bar += x_bar * x * (1.0 - x)
        x_bar *= r * (1.0 - x - x)
    return x_bar, r_bar
