"""Passive containers that change while what they say is needed later, in reverse."""

# Programs as users write them.

import numpy as np

from tests.language.oracle import (
    Case,
    Cases,
    check,
    check_pullback,
    check_pushforward,
)
from tests.language.values import V, X

case = Cases()


@case(V, X)
def lengths_that_change(v, x):
    seen, text, listed, raw = set(), "", [], bytearray()
    total = 0.0
    for i in [0, 1, 0, 2]:
        seen.add(i)
        text += "a"
        listed += [i]
        raw.append(i)
        total += v[len(seen)] * x + v[len(text)] * v[len(raw)] ** 2
        total = total * x + v[len(listed)]
    return total


@case(V, X)
def lists_that_lose_elements(v, x):
    todo, same, grid = [2, 0, 1, 3], [1, 0, 2, 4], np.zeros(5)
    other = same
    total = 0.0
    while todo:
        grid[len(todo)] += v[todo[0]] * x
        todo.remove(todo[0])
        total += v[same[1]] * x ** same[0]
        other.sort()
        other.reverse()
        same[1] = len(todo)
    return total * np.sum(grid * v)


@case(V, X)
def tables_that_grow(v, x):
    table, total = {}, 0.0
    for i in range(3):
        table[i] = i
        total += v[len(table)] * x
    return total


class Cursor:
    def __init__(self):
        self.place = 0

    def move(self):
        self.place += 1
        return self.place


@case(V, X)
def moved_by_a_method(v, x):
    cursor, total = Cursor(), 0.0
    for _ in range(4):
        cursor.move()
        total += v[cursor.place] * x
    return total


@case.parametrize()
def test_gradient(case: Case) -> None:
    check(case)


@case.parametrize()
def test_pullback(case: Case) -> None:
    check_pullback(case)


@case.parametrize()
def test_pushforward(case: Case) -> None:
    check_pushforward(case)
