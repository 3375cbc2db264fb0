"""`python -m benchmarks`: one table of gradient times divided by primal times."""

import argparse
import importlib.util
import sys

from benchmarks.environment import restart_with_settings

if __name__ == "__main__":
    restart_with_settings(sys.argv[1:])

import numpy as np

from benchmarks import dispatch, hvp, peers, tensor
from benchmarks.contenders import Field, first_line, gather
from benchmarks.report import Table
from benchmarks.timing import compete
from tests.programs import NAMES

SIZES = {"chain": ("1e3", "large")}


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=NAMES)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument(
        "--peers",
        nargs="*",
        choices=peers.NAMES,
        help="which other tools compete (default: those installed; none: no names)",
    )
    return parser.parse_args(arguments)


def installed(wanted: list[str] | None) -> list[str]:
    """The peers that can compete; the others are named."""
    names = peers.NAMES if wanted is None else wanted
    present = [name for name in names if importlib.util.find_spec(name) is not None]
    for name in names:
        if name not in present:
            print(f"{name} is not installed and skipped")
    return present


def print_dispatch() -> None:
    try:
        print(f"dispatch: {dispatch.overhead_ns():.0f} ns per call of a gradient")
    except Exception as failure:  # noqa: BLE001 - whatever happens is reported
        print(f"dispatch: not measured, {first_line(failure)}")


def main() -> None:
    if sys.argv[1:2] == ["tensor"]:
        tensor.main(sys.argv[2:])
        return
    if sys.argv[1:2] == ["hvp"]:
        hvp.main(sys.argv[2:])
        return
    options = parse(sys.argv[1:])
    wanted = installed(options.peers)
    print(f"Python {sys.version.split()[0]}, NumPy {np.__version__}, one thread")
    labels = {"primal", "generated", "hand", "restructured", *wanted}
    table = Table(labels)
    table.print_head()
    remarks: list[tuple[Field, str]] = []
    for name in options.only or NAMES:
        for size in SIZES.get(name, ("large",)):
            field = gather(name, size, wanted)
            contenders = list(field.contenders.values())
            compete(contenders, options.rounds, field.argument_bytes)
            table.print_row(field)
            remarks += [(field, remark) for remark in field.remarks]
    table.print_foot()
    for field, remark in remarks:
        print(f"{field.title}: {remark}")
    print_dispatch()


if __name__ == "__main__":
    main()
