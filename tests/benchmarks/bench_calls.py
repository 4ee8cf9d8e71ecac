"""Calls of one run against the floor, through the SDKs; each customer is edited on one side only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from math import ceil

from reconciler.core.model import Side
from reconciler.mapping.shipped import CUSTOMER
from tests.benchmarks.measured import Measured
from tests.e2e.live import Live, differences, limitless, stage

S, X = Side.SALESFORCE, Side.XERO
CHANGES = (0, 10, 1_000)
MORE = (10_000,)  # a side; some minutes


def measure() -> Iterator[Measured]:
    """Calls beyond the floor as a share of it; with --long for ten thousand changes a side too."""
    with stage() as (world, engine):
        for changes in CHANGES + (MORE if "--long" in sys.argv else ()):
            world.reset("synced", 2 * changes + 1)
            live = Live(world, engine, limitless(CUSTOMER))
            live.run()
            live.run(later=3600)
            made, least = _calls(live, changes), _floor(changes)
            promise = f"at most {1.05 * least if changes >= 50 else least:g}: the floor is {least}"
            yield Measured(f"calls of a run, {changes:,} changes a side", made, "calls", promise)


def _calls(live: Live, changes: int) -> int:
    pairs = live.pairs()
    for number in range(changes):
        for side, key, pair in ((S, "phone", pairs[2 * number]), (X, "account_number", pairs[2 * number + 1])):
            live.world.running(side).twin.edit(live.person(side, pair[side], **{key: f"+64 9 30 {number:05}"}))
    live.pace = 1.0
    report = live.run()
    calls = sum(report["calls"].values())
    if report["status"] == "halted":  # so many updates are never made unasked, whatever the limits
        report = live.run(plan=report["digest"], reason="measured")
        calls += sum(report["calls"].values())
    assert not differences(live)
    return calls


def _floor(changes: int) -> int:
    """A page of each side's changes, and for the writes the canaries, sources, looks and batches that they need."""
    reads = max(1, ceil(changes / 2_000)) + max(1, ceil(changes / 1_000))
    if not changes:
        return reads
    in_xero, in_salesforce = ceil(changes / 50), ceil(changes / 24)
    return reads + 2 + 3 * in_xero + in_salesforce
