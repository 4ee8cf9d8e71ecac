"""A process that is told to end: what it has in hand is settled, nothing else is begun, the next run does the rest."""

from __future__ import annotations

import signal

import pytest

from reconciler.core.model import SIDES, Side
from tests.fire.scenes import RUN, Stage, sentence

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1_200)]


@pytest.fixture
def edited(stage: Stage) -> Stage:
    """Something is to be written on both sides, in Xero first."""
    while {side for side, _, _ in stage.scene.typed} != set(SIDES):
        stage.somebody_types(1)
    return stage


def is_settled(stage: Stage, written: int) -> None:
    """One request was sent and its outcome is known; the rest is left for the next run, and nobody holds anything."""
    left = dict(stage.rows("SELECT state, count(*) FROM action GROUP BY state"))
    assert "intended" not in left
    assert left.keys() & {"planned", "unsent"}
    assert stage.writes() == written + 1
    assert not stage.rows("SELECT * FROM lease WHERE holder != ''")
    assert not stage.rows("SELECT * FROM run WHERE status = 'running'")
    stage.is_whole()


@pytest.mark.parametrize(("number", "carried_out"), [(signal.SIGTERM, True), (signal.SIGINT, False)])
def test_a_run_told_to_end_in_the_middle_of_a_write_settles_it_and_begins_no_other(
    edited: Stage, number: signal.Signals, carried_out: bool
) -> None:
    written = edited.writes()
    with edited.holding(Side.XERO, carried_out=carried_out) as held:
        run = edited.start(*RUN)
        held.comes()
        run.popen.send_signal(number)
    ended = run.ended()
    assert (ended.code, ended.report["status"]) == (4, "unavailable"), ended
    assert "Nothing is lost" in sentence(ended)
    is_settled(edited, written)


def test_a_scheduler_told_to_end_waits_for_the_write_in_hand_and_not_for_the_whole_run(edited: Stage) -> None:
    written = edited.writes()
    with edited.holding(Side.XERO, carried_out=True) as held:
        scheduler = edited.start("schedule")
        edited.due_now()
        held.comes()
        scheduler.popen.terminate()
        assert scheduler.popen.stderr is not None
        assert any("ends as soon as" in line for line in scheduler.popen.stderr)
    assert scheduler.ended().code == 0
    is_settled(edited, written)
