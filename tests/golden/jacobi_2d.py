"""The expected adjoint of jacobi_2d."""

import numpy as np

from sourcediff.runtime.sliding import add_to_each


def jacobi_2d_grad(steps, A, B, weights, out_bar=1.0):
    # return np.sum(A * weights)
    A_bar = out_bar * weights
    B_bar = np.zeros_like(B)
    for t in reversed(range(1, steps)):
        # A[1:-1, 1:-1] = 0.2 * (
        #     B[1:-1, 1:-1] + B[1:-1, :-2] + B[1:-1, 2:] + B[2:, 1:-1] + B[:-2, 1:-1]
        # )
        t1_bar = 0.2 * A_bar[1:-1, 1:-1]
        B_bar[1:-1, 1:-1] = t1_bar
        add_to_each(
            t1_bar, B_bar[1:-1, :-2], B_bar[1:-1, 2:], B_bar[2:, 1:-1], B_bar[:-2, 1:-1]
        )
        # B[1:-1, 1:-1] = 0.2 * (
        #     A[1:-1, 1:-1] + A[1:-1, :-2] + A[1:-1, 2:] + A[2:, 1:-1] + A[:-2, 1:-1]
        # )
        t2_bar = 0.2 * B_bar[1:-1, 1:-1]
        A_bar[1:-1, 1:-1] = t2_bar
        add_to_each(
            t2_bar, A_bar[1:-1, :-2], A_bar[1:-1, 2:], A_bar[2:, 1:-1], A_bar[:-2, 1:-1]
        )
    B_bar[1:-1, 1:-1] = 0.0
    return A_bar, B_bar
