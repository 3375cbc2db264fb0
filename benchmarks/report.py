"""The table, its means, and what else was found."""

import math
from collections.abc import Iterable

from benchmarks.contenders import Field
from benchmarks.timing import ratio

# Column: (heading, contender, relative to)
RATIOS = [
    ("generated", "generated", "primal"),
    ("hand", "hand", "primal"),
    ("gen/hand", "generated", "hand"),
    ("restruct.", "restructured", "primal"),
    ("autograd", "autograd", "primal"),
    ("jax", "jax", "primal"),
    ("torch", "torch", "primal"),
]
NAME_WIDTH, WIDTH = 20, 11


def duration(seconds: float) -> str:
    for unit, factor in (("ns", 1e9), ("us", 1e6), ("ms", 1e3)):
        if seconds * factor < 1000:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds:.3g} s"


def cell(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def line(name: str, cells: Iterable[str]) -> str:
    return f"{name:<{NAME_WIDTH}}" + "".join(f"{text:>{WIDTH}}" for text in cells)


class Table:
    """Rows are printed as they come; means and worst at the end."""

    def __init__(self, labels: set[str]):
        self.columns = [column for column in RATIOS if {column[1], column[2]} <= labels]
        self.values: list[list[float]] = [[] for _ in self.columns]
        self.compile_seconds: list[float] = []

    def print_head(self) -> None:
        headings = [heading for heading, _, _ in self.columns]
        head = line("gradient / primal", ["primal", *headings, "compile ms"])
        print(head, "-" * len(head), sep="\n")

    def print_row(self, field: Field) -> None:
        cells = [duration(sorted_middle(field.contenders["primal"].seconds))]
        for (_, label, base), column in zip(self.columns, self.values, strict=True):
            value = None
            if label in field.contenders and base in field.contenders:
                value = ratio(field.contenders[label], field.contenders[base])
                column.append(value)
            cells.append(cell(value))
        if field.compile_seconds is not None:
            self.compile_seconds.append(field.compile_seconds)
            cells.append(f"{1e3 * field.compile_seconds:.1f}")
        else:
            cells.append("-")
        print(line(field.title, cells), flush=True)

    def print_foot(self) -> None:
        print("-" * (NAME_WIDTH + WIDTH * (len(self.columns) + 2)))
        times = [1e3 * seconds for seconds in self.compile_seconds]
        for title, summary in (
            ("geometric mean", geometric_mean),
            ("worst", max),
            ("programs", len),
        ):
            cells = [self.summarise(summary, column) for column in self.values]
            print(line(title, ["", *cells, self.summarise(summary, times)]))

    @staticmethod
    def summarise(summary, column: list[float]) -> str:
        if not column:
            return "-"
        value = summary(column)
        return str(value) if isinstance(value, int) else cell(value)


def sorted_middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def geometric_mean(values: list[float]) -> float:
    return math.exp(sum(math.log(max(value, 1e-9)) for value in values) / len(values))
