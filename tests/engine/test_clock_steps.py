"""A side whose clock was set back: what is typed then bears stamps that have been read up to already."""

from __future__ import annotations

from datetime import timedelta

import pytest

from reconciler.commands import pauses
from reconciler.core.model import SIDES, Side
from tests.engine.bench import Bench, S, X


def set_clock(bench: Bench, side: Side, seconds: int) -> None:
    bench.worlds[side]._offset += timedelta(seconds=seconds)
    bench.gateways[side].meter.offset = bench.worlds[side]._offset.total_seconds()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("seconds", [-7200, -700, 7200])
def test_an_edit_after_a_clock_was_set_is_carried_by_the_next_run(bench: Bench, side: Side, seconds: int) -> None:
    ids = dict(zip(SIDES, bench.linked(), strict=True))
    set_clock(bench, side, seconds)
    bench.edit(side, ids[side], fax="+64 9 301 0007")
    bench.run()
    assert bench.shown(side.other, ids[side.other])["fax"] == "+64 9 301 0007"
    assert bench.run()["calls"] == {"salesforce": 1, "xero": 1}


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("steps", [(-600,), (-600, -600), (600,), (600, -600)])
def test_stamps_from_before_a_clock_was_set_decide_nothing(bench: Bench, side: Side, steps: tuple[int, ...]) -> None:
    """Set back, the clock leaves stamps that lie in its future; they would win by as much as it was set back."""
    ids = dict(zip(SIDES, bench.linked(phone="+64 9 300 1000"), strict=True))
    bench.worlds[S].edit(ids[S], {"phone": "+64 9 300 2000"})
    bench.worlds[X].edit(ids[X], {"phone": "+64 9 300 3000"})
    with bench.session() as session:
        pauses.pause(session, bench.id, by="Ada", now=bench.clock.now())
    for seconds in steps:
        set_clock(bench, side, seconds)
        bench.run()
    with bench.session() as session:
        pauses.resume(session, bench.id, by="Ada", now=bench.clock.now())
    bench.run(full=True)
    assert [row.field for row in bench.conflicts()] == ["phone"]
    assert not bench.conflicts("decided")


@pytest.mark.parametrize("side", SIDES)
def test_nor_do_they_when_the_step_is_measured_a_little_too_short(bench: Bench, side: Side) -> None:
    """An offset is known to a second or so: the last stamps before the step lie that much later than it tells."""
    ids = dict(zip(SIDES, bench.linked(phone="+64 9 300 1000"), strict=True))
    bench.worlds[S].edit(ids[S], {"phone": "+64 9 300 2000"})
    bench.worlds[X].edit(ids[X], {"phone": "+64 9 300 3000"})
    set_clock(bench, side, -600)
    bench.gateways[side].meter.offset = -600 + bench.gateways[side].meter.uncertainty
    bench.run(later=0)
    assert [row.field for row in bench.conflicts()] == ["phone"]
    assert not bench.conflicts("decided")
