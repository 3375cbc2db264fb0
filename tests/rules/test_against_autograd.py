"""The gradients of another library, for what it has: an oracle of its own."""

import linecache
from typing import Any

import numpy as np
import pytest

from sourcediff import grad
from sourcediff.checking.values import example_values

autograd = pytest.importorskip("autograd", reason="autograd is in the bench extra")
anp = pytest.importorskip("autograd.numpy")

# As text, to be run with either module under the name of np.
PROGRAMS = [
    "np.sum(np.sin(A) * np.exp(-A))",
    "np.sum(np.tanh(A @ A.T)[0])",
    "np.sum(np.cumsum(A, axis=1) ** 2)",
    "np.sum(np.linalg.inv(A @ A.T + 3.0 * np.eye(3)))",
    "np.linalg.slogdet(A @ A.T + 3.0 * np.eye(3))[1]",
    "np.sum(np.linalg.cholesky(A @ A.T + 3.0 * np.eye(3)))",
    "np.linalg.norm(A) * np.linalg.norm(A[0])",
    "np.sum(np.linalg.eigh(A @ A.T)[0] ** 2)",
    "np.sum(np.linalg.svd(A, full_matrices=False)[1] ** 3)",
    "np.sum(np.einsum('ij,kj->ik', A, A) ** 2)",
    "np.sum(np.abs(np.fft.fft(A, axis=0)) ** 2)",
    "np.sum(np.sort(A[0]) * np.arange(4.0))",
    "np.std(A) * np.var(A[1]) + np.mean(A)",
    "np.prod(A[0]) + np.max(A) - np.min(A[2])",
    "np.sum(np.logaddexp(A, A[::-1]) * np.where(A > 0, A, 0.5))",
    "np.sum(np.concatenate([A, 2.0 * A[:1]]) ** 2)",
    "np.sum(np.kron(A, A[:2, :1]))",
    "np.sum(np.pad(A, 1, mode='constant') ** 3)",
    "np.sum(np.tensordot(A, A.T, axes=1) * np.diag(A[0, :3]))",
    "np.sum(np.linalg.solve(A[:, :3] + 4.0 * np.eye(3), A[:, 3]) ** 2)",
]


@pytest.mark.parametrize("text", PROGRAMS)
def test_gradients_agree(text: str) -> None:
    A = example_values()["A"]

    def theirs(A: Any) -> Any:
        return eval(text, {"np": anp, "A": A})

    file = f"<agreed {text}>"
    source = f"def ours(A):\n    return {text}\n"
    scope: dict[str, Any] = {"np": np}
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    exec(compile(source, file, "exec"), scope)
    expected = autograd.grad(theirs)(A)
    np.testing.assert_allclose(grad(scope["ours"])(A), expected, rtol=1e-9, atol=1e-10)
