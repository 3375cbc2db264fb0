"""One thread and a still allocator: fixed in the environment before NumPy is loaded."""

import os
import sys

THREAD_LIMITS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
# Freed memory stays with the process; otherwise page faults are what is measured.
ALLOCATOR = {
    "MALLOC_TRIM_THRESHOLD_": str(2**34),
    "MALLOC_MMAP_THRESHOLD_": str(2**25),
    "MALLOC_MMAP_MAX_": "0",
}
XLA = {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_ENABLE_X64": "1",
    "JAX_PLATFORMS": "cpu",
}
SETTINGS = dict.fromkeys(THREAD_LIMITS, "1") | ALLOCATOR | XLA
# It makes OpenBLAS use kernels of an older machine.
UNSET = "OPENBLAS_CORETYPE"


def restart_with_settings(arguments: list[str]) -> None:
    """Replace this process by one that has the settings, unless it has them."""
    settled = all(os.environ.get(name) == value for name, value in SETTINGS.items())
    if settled and UNSET not in os.environ:
        return
    environment = os.environ | SETTINGS
    environment.pop(UNSET, None)
    command = [sys.executable, "-m", "benchmarks", *arguments]
    os.execve(sys.executable, command, environment)
