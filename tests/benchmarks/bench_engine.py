"""Changed links carried through store, journal and engine, and full compares of both sides: per second of one core.

Both sides are in memory and their own time is left out; the database is SQLite with the product's habits.  The best is
told: whatever else runs on a machine only adds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from reconciler.core.model import Side
from tests.benchmarks.measured import Measured
from tests.benchmarks.worlds import Stopwatch, at_rest, database, everybody_edits
from tests.engine.bench import Bench

LINKS, TIMES = 4_000, 10
MORE, SELDOM = 20_000, 3  # with --long: so many updates are held until a person approves them
EDITS = ((Side.SALESFORCE, "phone", "+64 9 {}"), (Side.XERO, "account_number", "D-{}"))


def measure() -> Iterator[Measured]:
    """Every link edited on one side, then on the other; then everything compared."""
    yield from _measured(LINKS, TIMES, "changed links", "over 3,000")
    if "--long" in sys.argv:
        yield from _measured(MORE, SELDOM, "changed links, held and approved", "")


def _measured(count: int, times: int, name: str, promised: str) -> Iterator[Measured]:
    with database() as engine:
        bench = at_rest(engine, count)
        runs = [
            [_carried(bench, side, key, text.format(each)) for side, key, text in EDITS] for each in range(1, times + 1)
        ]
        for (side, _, _), speeds in zip(EDITS, zip(*runs, strict=True), strict=True):
            yield Measured(f"{name}, {side} to {side.other}, of {count:,}", max(speeds), "/s", promised)
        fastest = max(_compared(bench, count) for _ in range(times))
        yield Measured(f"full compare through the store of {count:,}", fastest, "links/s")


def _carried(bench: Bench, side: Side, key: str, text: str) -> float:
    """Links a second, each of them edited on this side."""
    count = everybody_edits(bench, side, key, text + "{:06}")
    watch = Stopwatch(bench)
    report = bench.run(later=60)
    if report["status"] == "halted":
        report = bench.run(plan=report["digest"], reason="measured")
    seconds = watch.seconds()
    assert report["actions"]["update"][side.other.value] == count, report
    return count / seconds


def _compared(bench: Bench, count: int) -> float:
    """Links a second, none of them changed."""
    watch = Stopwatch(bench)
    assert bench.run(later=3_600, full=True)["writes"] == 0
    return count / watch.seconds()
