"""Any number of schedulers is harmless: one run a tick; the interval and a pause hold without a restart."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import update

from reconciler.commands import pauses, rules, runs
from reconciler.running import Asked, run
from reconciler.scheduler import Dispatcher, defer, due, queued
from reconciler.store.lease import Lease
from reconciler.store.tables import ConnectionRow, RunRow
from tests.engine.bench import Bench


@pytest.fixture
def alone(bench: Bench) -> Bench:
    """A bench whose runs are counted from here."""
    bench.linked()
    return bench


def is_due(bench: Bench) -> bool:
    return bench.id in dict(due(bench.engine, bench.clock.now()))


def wait_until_due(bench: Bench) -> None:
    bench.clock.advance(15 * 60 + 1)
    assert is_due(bench)


def ran(bench: Bench) -> int:
    return len(bench.rows(RunRow))


def test_three_schedulers_that_look_at_once_make_one_run(alone: Bench) -> None:
    wait_until_due(alone)
    before, start, reports = ran(alone), threading.Barrier(3), list[dict[str, Any]]()

    def scheduler() -> None:
        start.wait()
        reports.append(run(alone.works, alone.id, Asked(by="schedule")))

    threads = [threading.Thread(target=scheduler) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report["status"] for report in reports) == ["busy", "busy", "done"]
    assert ran(alone) == before + 1


def test_a_scheduler_that_comes_after_another_has_run_does_not_run_again(alone: Bench) -> None:
    wait_until_due(alone)
    assert run(alone.works, alone.id, Asked(by="schedule"))["status"] == "done"
    assert run(alone.works, alone.id, Asked(by="schedule"))["status"] == "busy"


def test_a_run_that_was_asked_for_is_made_once_and_in_full_when_asked_so(alone: Bench) -> None:
    with alone.session() as session:
        run_id = runs.request(session, alone.id, by="Ada", now=alone.clock.now(), full=True)
    assert dict(due(alone.engine, alone.clock.now()))[alone.id] == run_id
    assert run(alone.works, alone.id, Asked(by="schedule"), run_id=run_id)["status"] == "done"
    assert run(alone.works, alone.id, Asked(by="schedule"), run_id=run_id)["status"] == "busy"
    assert [row.full for row in alone.rows(RunRow)][-1]


def test_the_interval_holds_at_once(alone: Bench) -> None:
    alone.clock.advance(120)
    assert not is_due(alone)
    with alone.session() as session:
        rules.set_schedule(session, alone.id, every_minutes=1, by="Ada", now=alone.clock.now())
    alone.clock.advance(61)
    assert is_due(alone)


def test_a_paused_connection_waits_and_goes_on_when_the_pause_ends(alone: Bench) -> None:
    with alone.session() as session:
        until = alone.clock.now() + timedelta(hours=1)
        pauses.pause(session, alone.id, by="Ada", now=alone.clock.now(), until=until)
    alone.clock.advance(30 * 60)
    assert not is_due(alone)
    alone.clock.advance(31 * 60)
    assert is_due(alone)


def test_what_was_asked_for_waits_while_everything_is_paused_and_whoever_asks_is_told(alone: Bench) -> None:
    wait_until_due(alone)
    defer(alone.engine, alone.clock.now())
    run_id = dict(queued(alone.engine, alone.clock.now()))[alone.id]
    with alone.session() as session:
        pauses.pause(session, alone.id, by="Ada", now=alone.clock.now())
    for find in (queued, due):
        assert alone.id not in dict(find(alone.engine, alone.clock.now()))
    # A worker that had found it the moment before:
    report = run(alone.works, alone.id, Asked(by="schedule"), run_id=run_id)
    assert (report["status"], "paused" in report["message"]) == ("busy", True)
    with alone.session() as session:
        pauses.resume(session, alone.id, by="Ada", now=alone.clock.now())
    assert dict(queued(alone.engine, alone.clock.now()))[alone.id] == run_id
    assert run(alone.works, alone.id, Asked(by="schedule"), run_id=run_id)["status"] == "done"


def test_three_dispatchers_on_one_database_start_one_run(alone: Bench) -> None:
    with alone.engine.begin() as db:
        db.execute(
            update(ConnectionRow)
            .where(ConnectionRow.id != alone.id)
            .values(next_run_at=alone.clock.now() + timedelta(days=9))
        )
    wait_until_due(alone)
    before = ran(alone)
    schedulers = [BackgroundScheduler(timezone="UTC") for _ in range(3)]
    dispatchers = [Dispatcher(alone.works, scheduler) for scheduler in schedulers]
    for dispatcher, scheduler in zip(dispatchers, schedulers, strict=True):
        dispatcher.start()
        scheduler.remove_job("tick")
        scheduler.start()
        dispatcher.tick()
    for scheduler in schedulers:
        scheduler.shutdown(wait=True)
    assert ran(alone) == before + 1


def test_a_scheduler_that_queues_and_its_workers_make_one_run_of_what_is_due(alone: Bench) -> None:
    wait_until_due(alone)
    before = ran(alone)
    for _ in range(3):
        assert not defer(alone.engine, alone.clock.now())
    assert ran(alone) == before + 1, "queued once"
    run_id = dict(queued(alone.engine, alone.clock.now()))[alone.id]
    reports = [run(alone.works, alone.id, Asked(by="schedule"), run_id=run_id)["status"] for _ in range(2)]
    assert reports == ["done", "busy"]
    defer(alone.engine, alone.clock.now())
    assert alone.id not in dict(queued(alone.engine, alone.clock.now())), "not due any more"


def test_what_is_being_run_is_not_queued_again_until_whoever_ran_it_is_gone(alone: Bench) -> None:
    wait_until_due(alone)
    lease = Lease(alone.engine, alone.id, alone.clock)
    lease.acquire()
    defer(alone.engine, alone.clock.now())
    assert alone.id not in dict(queued(alone.engine, alone.clock.now()))
    alone.clock.advance(10 * 60)
    defer(alone.engine, alone.clock.now())
    assert alone.id in dict(queued(alone.engine, alone.clock.now()))


def test_a_worker_leaves_alone_what_nobody_has_queued(alone: Bench) -> None:
    wait_until_due(alone)
    assert alone.id not in dict(queued(alone.engine, alone.clock.now()))


def test_a_scheduler_stops_when_told_even_while_it_starts_a_run(alone: Bench) -> None:
    ticking, looking, go_on = BackgroundScheduler(timezone="UTC"), threading.Event(), threading.Event()

    def find(_engine: object, _now: object) -> list[tuple[int, int | None]]:
        looking.set()
        go_on.wait(20)
        return [(alone.id, None)]

    Dispatcher(alone.works, ticking, find).start()
    ticking.start()
    assert looking.wait(20)
    stopping = threading.Thread(target=ticking.shutdown, kwargs={"wait": True}, daemon=True)
    stopping.start()
    while ticking.running:
        stopping.join(0.01)
    go_on.set()
    stopping.join(20)
    assert not stopping.is_alive()
