"""Several real processes on one database, and one that slept past its lease."""

from __future__ import annotations

import os
import signal

import pytest

from reconciler.core.model import Side
from tests.fire.scenes import RUN, Process, Stage, sentence, until

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1_200)]

KEPT = ("SELECT * FROM action ORDER BY id", "SELECT * FROM link ORDER BY id", "SELECT * FROM record ORDER BY id")


def test_of_ten_processes_at_once_one_runs_and_the_others_say_who(stage: Stage) -> None:
    stage.somebody_types(6)
    ended = [process.ended() for process in [stage.start(*RUN) for _ in range(10)]]
    reports = [each.report for each in ended]
    busy = [each for each in ended if each.report["status"] == "busy"]
    assert {report["status"] for report in reports} <= {"done", "open", "busy"}
    assert len(busy) < len(ended)
    assert {each.code for each in busy} <= {4}
    assert all("Another run" in sentence(each) for each in busy)
    stage.is_whole()


def test_two_schedulers_in_two_processes_make_one_run_each_time(stage: Stage) -> None:
    schedulers = [stage.start("schedule") for _ in range(2)]
    try:
        until(lambda: stage.rows("SELECT count(*) FROM heartbeat")[0][0])
        for _ in range(3):
            stage.somebody_types(2)
            before = _runs(stage)
            stage.due_now()
            until(lambda before=before: _runs(stage) > before and not _under_way(stage))  # type: ignore[misc]
            assert _runs(stage) == before + 1
    finally:
        for scheduler in schedulers:
            scheduler.popen.terminate()
        for scheduler in schedulers:
            scheduler.ended()
    stage.is_whole()


def _runs(stage: Stage) -> int:
    return int(stage.rows("SELECT count(*) FROM run")[0][0])


def _under_way(stage: Stage) -> bool:
    return bool(stage.rows("SELECT 1 FROM run WHERE status = 'running'"))


def _put_to_sleep(stage: Stage, process: Process) -> None:
    """Stop it between two transactions: stopped inside one, it holds SQLite's only lock until it wakes, and nobody
    can take over what they cannot write.
    """

    def asleep() -> bool:
        os.kill(process.popen.pid, signal.SIGSTOP)
        os.waitpid(process.popen.pid, os.WUNTRACED)
        if stage.can_write():
            return True
        os.kill(process.popen.pid, signal.SIGCONT)
        return False

    until(asleep)


@pytest.mark.parametrize("moment", ["reading", "writing"])
def test_a_process_stopped_past_its_lease_and_woken_sends_what_it_had_in_hand_at_most(
    stage: Stage, moment: str
) -> None:
    """SIGSTOP; its lease is made to run out in the row, which the sleeper cannot know; another ends everything."""
    stage.somebody_types(5)
    with stage.holding(Side.XERO, reads=moment == "reading") as held:
        sleeper = stage.start(*RUN)
        held.comes()
        _put_to_sleep(stage, sleeper)
    stage.change("UPDATE lease SET expires_at = '2026-01-01 00:00:00.000000'")
    # The successor waits one time-out for the sleeper's request, so the time-outs are short here.
    other = stage.run(CONCORD_READ_TIMEOUT="5", CONCORD_CONNECT_TIMEOUT="2")
    assert other.report["status"] in {"done", "open"}, other
    kept, written = [stage.rows(query) for query in KEPT], stage.writes()
    os.kill(sleeper.popen.pid, signal.SIGCONT)
    woken = sleeper.ended()
    assert woken.code == 4
    assert "taken over" in sentence(woken)
    assert stage.writes() <= written + 1
    assert [stage.rows(query) for query in KEPT] == kept
    stage.is_whole()
