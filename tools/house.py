"""Draws the house: `python -m tools.house` writes docs/house.svg from the arrows.

The rooms stand in rows, each above all that it may import; of its arrows those are
drawn that follow from no others.
"""

from __future__ import annotations

import sys
import tomllib
from html import escape
from pathlib import Path

from tools.arrows import parse_arrows

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "house.svg"

WIDTH, HEIGHT = 118, 30
ACROSS, DOWN = 138, 78
MARGIN = 16

HEAD = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" \
viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" \
markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#557"/></marker></defs>
<rect width="100%" height="100%" fill="white"/>"""

Arrows = dict[str, set[str]]


def read_arrows(text: str) -> Arrows:
    """The arrows between rooms in a pyproject.toml, its leaves left out."""
    contracts = tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    house = next(contract for contract in contracts if contract["id"] == "house")
    leaves = set(house["leaves"])
    arrows = parse_arrows(house["arrows"], house["leaves"])
    return {
        room: targets - leaves for room, targets in arrows.items() if room not in leaves
    }


def drawn(arrows: Arrows) -> Arrows:
    """The arrows without those that others imply.

    >>> drawn({"a": {"b", "c"}, "b": {"c"}, "c": set()})
    {'a': {'b'}, 'b': {'c'}, 'c': set()}
    """

    def reached(room: str) -> set[str]:
        below = set(arrows[room])
        return below.union(*map(reached, arrows[room]))

    return {
        room: {t for t in targets if not any(t in reached(o) for o in targets - {t})}
        for room, targets in arrows.items()
    }


def rows(arrows: Arrows) -> list[list[str]]:
    """The rooms by how long a way down starts in them, the longest first.

    >>> rows({"a": {"b", "c"}, "b": {"c"}, "c": set()})
    [['a'], ['b'], ['c']]
    """

    def height(room: str) -> int:
        return 1 + max(map(height, arrows[room]), default=-1)

    heights = {room: height(room) for room in arrows}
    return [
        sorted(room for room, h in heights.items() if h == level)
        for level in range(max(heights.values()), -1, -1)
    ]


def arranged(levels: list[list[str]], arrows: Arrows) -> list[list[str]]:
    """The rooms of each row ordered by where those above them stand."""
    places: dict[str, float] = {}
    ordered = []
    for level in levels:
        above = {
            room: [places[o] for o in places if room in arrows[o]] for room in level
        }
        row = sorted(
            level, key=lambda r: (sum(above[r]) / len(above[r]) if above[r] else 0.5, r)
        )
        places |= {room: (i + 1) / (len(row) + 1) for i, room in enumerate(row)}
        ordered.append(row)
    return ordered


def picture(arrows: Arrows) -> str:
    """The house as SVG."""
    essential = drawn(arrows)
    levels = arranged(rows(arrows), essential)
    widest = max(map(len, levels))
    width = 2 * MARGIN + (widest - 1) * ACROSS + WIDTH
    height = 2 * MARGIN + (len(levels) - 1) * DOWN + HEIGHT
    centre = {
        room: (
            width / 2 + (i - (len(row) - 1) / 2) * ACROSS,
            MARGIN + HEIGHT / 2 + level * DOWN,
        )
        for level, row in enumerate(levels)
        for i, room in enumerate(row)
    }
    lines = [
        line(centre[room], centre[target])
        for room in sorted(essential)
        for target in sorted(essential[room])
    ]
    boxes = [box(room, *centre[room]) for row in levels for room in row]
    head = HEAD.format(width=width, height=height)
    return "\n".join([head, *lines, *boxes, "</svg>\n"])


def line(start: tuple[float, float], end: tuple[float, float]) -> str:
    """An arrow from the bottom of one room to the top of another."""
    (x, y), (to_x, to_y) = start, end
    y, to_y = y + HEIGHT / 2, to_y - HEIGHT / 2
    bend = (to_y - y) / 2
    return (
        f'<path d="M{x:g} {y:g}C{x:g} {y + bend:g} {to_x:g} {to_y - bend:g} '
        f'{to_x:g} {to_y:g}" fill="none" stroke="#99a" marker-end="url(#tip)"/>'
    )


def box(room: str, x: float, y: float) -> str:
    """A room."""
    return (
        f'<rect x="{x - WIDTH / 2:g}" y="{y - HEIGHT / 2:g}" width="{WIDTH}" '
        f'height="{HEIGHT}" rx="5" fill="#eef" stroke="#557"/>'
        f'<text x="{x:g}" y="{y + 4:g}" text-anchor="middle">{escape(room)}</text>'
    )


def main() -> int:
    """Write the picture; with --check only say whether it is up to date."""
    made = picture(read_arrows((ROOT / "pyproject.toml").read_text()))
    if "--check" in sys.argv[1:]:
        return int(not PICTURE.exists() or PICTURE.read_text() != made)
    PICTURE.write_text(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
