"""Nothing saved; one symmetric stencil gathers the interior cotangents."""

import numpy as np


def step(source, target):
    target[1:-1, 1:-1, 1:-1] = (
        0.125
        * (
            source[2:, 1:-1, 1:-1]
            - 2.0 * source[1:-1, 1:-1, 1:-1]
            + source[:-2, 1:-1, 1:-1]
        )
        + 0.125
        * (
            source[1:-1, 2:, 1:-1]
            - 2.0 * source[1:-1, 1:-1, 1:-1]
            + source[1:-1, :-2, 1:-1]
        )
        + 0.125
        * (
            source[1:-1, 1:-1, 2:]
            - 2.0 * source[1:-1, 1:-1, 1:-1]
            + source[1:-1, 1:-1, :-2]
        )
        + source[1:-1, 1:-1, 1:-1]
    )


def gather(y_bar, x_bar, work):
    """Along the flat arrays, whose borders are zero and are zeroed again."""
    plane, row = y_bar[0].size, y_bar.shape[2]
    y, size = y_bar.reshape(-1), y_bar.size
    low, high = plane, size - plane
    np.add(y[2 * plane :], y[: size - 2 * plane], out=work)
    for offset in (row, -row, 1, -1, 0, 0):
        work += y[low + offset : high + offset]
    np.multiply(work, 0.125, out=x_bar.reshape(-1)[low:high])
    x_bar[:, 0] = x_bar[:, -1] = 0.0
    x_bar[:, :, 0] = x_bar[:, :, -1] = 0.0


def add_borders(y_bar, border_bar):
    inner = slice(1, -1)
    for outside, inside in ((0, 1), (-1, -2)):
        border_bar[outside, inner, inner] += 0.125 * y_bar[inside, inner, inner]
        border_bar[inner, outside, inner] += 0.125 * y_bar[inner, inside, inner]
        border_bar[inner, inner, outside] += 0.125 * y_bar[inner, inner, inside]


def gradient(steps, A, B):
    A, B = A.copy(), B.copy()
    for _ in range(1, steps):
        step(A, B)
        step(B, A)
    A *= 2.0 / A.size
    A_bar = A
    B_bar = np.zeros_like(B)
    if steps <= 1:
        return A_bar, B_bar
    inner = slice(1, -1)
    inside = np.zeros_like(A)
    inside[inner, inner, inner] = A_bar[inner, inner, inner]
    other = np.zeros_like(B)
    work = np.empty(A.size - 2 * A[0].size)
    for _ in range(1, steps):
        gather(inside, other, work)
        add_borders(inside, B_bar)
        gather(other, inside, work)
        add_borders(other, A_bar)
    A_bar[inner, inner, inner] = inside[inner, inner, inner]
    return A_bar, B_bar
