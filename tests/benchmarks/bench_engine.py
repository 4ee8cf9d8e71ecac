"""Changed links carried through store, journal and engine, and full compares of both sides: per second of one core.

Both sides are in memory and their own time is left out; the database is SQLite with the product's habits.  The best of
ten is told: whatever else runs on a machine only adds.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from reconciler.core.model import Side
from tests.benchmarks.measured import Measured
from tests.benchmarks.worlds import Stopwatch, at_rest, database, everybody_edits
from tests.engine.bench import Bench

LINKS = 20_000 if "--long" in sys.argv else 4_000
TIMES = range(1, 11)
EDITS = ((Side.SALESFORCE, "phone", "+64 9 {}"), (Side.XERO, "account_number", "D-{}"))


def measure() -> Iterator[Measured]:
    """Every link edited on one side, then on the other; then everything compared."""
    with database() as engine:
        bench = at_rest(engine, LINKS)
        runs = [[_carried(bench, side, key, text.format(each)) for side, key, text in EDITS] for each in TIMES]
        for (side, _, _), speeds in zip(EDITS, zip(*runs, strict=True), strict=True):
            yield Measured(f"changed links, {side} to {side.other}, of {LINKS:,}", max(speeds), "/s", "over 3,000")
        yield Measured(f"full compare through the store of {LINKS:,}", max(_compared(bench) for _ in TIMES), "links/s")


def _carried(bench: Bench, side: Side, key: str, text: str) -> float:
    """Links a second, each of them edited on this side."""
    count = everybody_edits(bench, side, key, text + "{:06}")
    watch = Stopwatch(bench)
    report = bench.run(later=60)
    if report["status"] == "halted":  # so many updates are never made unasked, whatever the limits
        report = bench.run(plan=report["digest"], reason="measured")
    seconds = watch.seconds()
    assert report["actions"]["update"][side.other.value] == count, report
    return count / seconds


def _compared(bench: Bench) -> float:
    """Links a second, none of them changed."""
    watch = Stopwatch(bench)
    assert bench.run(later=3_600, full=True)["writes"] == 0
    return LINKS / watch.seconds()
