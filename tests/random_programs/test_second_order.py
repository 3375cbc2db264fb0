"""Products with Hessians of random programs: right, and nearly all compiled."""

import os
from collections import Counter
from random import Random

import pytest

from tests.random_programs.forward import examine_products
from tests.random_programs.generator import generate
from tests.random_programs.running import Invalid, arguments

#: Programs of a test, and how many tests; compiling twice takes a second for each.
BLOCK = 12
BLOCKS = 25 if "SOURCEDIFF_RANDOM" in os.environ else 2
#: Of a block, so many may have products by reverse over reverse or on the tape alone.
MOST_REFUSED = 3


@pytest.mark.parametrize("block", range(BLOCKS))
def test_products_are_right(block: int) -> None:
    counts: Counter[str] = Counter()
    causes = []
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        random = Random(seed)
        program = generate(random)
        args = arguments(program.parameters, random)
        try:
            outcome = examine_products(program, args)
        except Invalid:
            counts["invalid"] += 1
            continue
        counts[outcome.status] += 1
        told = f"seed {seed}, {outcome.stage}: {outcome.detail}"
        assert outcome.status in ("right", "refused"), f"{told}\n{program.text}"
        if outcome.status == "refused":
            causes.append(told)
    assert counts["right"] > BLOCK // 2, counts
    assert counts["refused"] <= MOST_REFUSED, "\n".join(causes)
