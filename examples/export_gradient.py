"""Ship a gradient without sourcediff: export it, and run it in a bare interpreter."""

import math
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from sourcediff import grad

TAIL = 2.5


def huber(r):
    """Squares of small residuals, and lines for the large ones."""
    return np.where(np.abs(r) < TAIL, 0.5 * r**2, TAIL * (np.abs(r) - 0.5 * TAIL))


@grad(wrt=("slope", "offset"))
def robust_misfit(slope, offset, x, y):
    """How far a line is from points, outliers counting little."""
    return np.sum(huber(slope * x + offset - y))


SCRIPT = """
import sys
import numpy as np
from robust_misfit_grad import robust_misfit_grad
x = np.linspace(0.0, 4.0, 9)
print(*robust_misfit_grad(1.5, -0.25, x, x**2))
assert "sourcediff" not in sys.modules
"""


def main():
    """Export, run alone, compare."""
    x = np.linspace(0.0, 4.0, 9)
    expected = robust_misfit(1.5, -0.25, x, x**2)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "robust_misfit_grad.py")
        robust_misfit.to_file(file)
        print(file.read_text())
        command = [sys.executable, "-c", SCRIPT]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=True
        )
    result = [float(word) for word in done.stdout.split()]
    print("alone:", result, "here:", [float(part) for part in expected])
    assert all(map(math.isclose, result, expected))


if __name__ == "__main__":
    main()
