"""Changed links carried through store, journal and engine, and full compares of both sides: per second of one core.

Both sides are in memory and their own time is left out; the database is SQLite with the product's habits.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from reconciler.core.model import Side
from tests.benchmarks.measured import Measured
from tests.benchmarks.worlds import Stopwatch, at_rest, database, everybody_edits

LINKS = 20_000 if "--long" in sys.argv else 4_000


def measure() -> Iterator[Measured]:
    """Every link edited on one side, then on the other; then everything compared."""
    with database() as engine:
        bench = at_rest(engine, LINKS)
        for side, key, text in ((Side.SALESFORCE, "phone", "+64 9 9{:06}"), (Side.XERO, "account_number", "D-{:07}")):
            count = everybody_edits(bench, side, key, text)
            watch = Stopwatch(bench)
            report = bench.run(later=60)
            if report["status"] == "halted":  # so many updates are never made unasked, whatever the limits
                report = bench.run(plan=report["digest"], reason="measured")
            seconds = watch.seconds()
            assert report["actions"]["update"][side.other.value] == count, report
            yield Measured(f"changed links, {side} to {side.other}, of {count:,}", count / seconds, "/s", "over 3,000")
        watch = Stopwatch(bench)
        report = bench.run(later=3_600, full=True)
        assert report["writes"] == 0
        yield Measured(f"full compare through the store of {LINKS:,}", LINKS / watch.seconds(), "links/s")
