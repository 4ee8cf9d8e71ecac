"""One run at a time: who may succeed whom and when, and what a process that slept past its lease can still do."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from reconciler.errors import Busy, Lost, Stopped
from reconciler.store.lease import LIFE, Lease, Process
from reconciler.store.tables import ActionRow, LeaseRow, LinkRow, RecordRow, SideRow
from tests.engine.bench import TIMEOUT, Bench, Killed, S, X, differences, twins

LONG = LIFE.total_seconds() + 1
ELSEWHERE = Process("another.host", "boot", 4711, "1")


def lease(bench: Bench, process: Process | None = None) -> Lease:
    return Lease(bench.engine, bench.id, bench.clock, process)


def test_a_second_runner_is_told_that_it_must_wait(bench: Bench) -> None:
    lease(bench, ELSEWHERE).acquire()
    report = bench.run(later=0)
    assert (report["status"], report["calls"]) == ("busy", {"salesforce": 0, "xero": 0})
    assert "process 4711 on another.host" in report["message"]


def test_a_second_runner_that_waits_goes_on_when_the_first_has_ended(bench: Bench) -> None:
    lease(bench, ELSEWHERE).acquire()
    assert bench.run(later=0, wait=LONG)["status"] == "done"


def test_of_two_threads_of_one_process_only_one_runs(bench: Bench) -> None:
    seen: list[str] = []
    bench.at = lambda point: seen.append(bench.run(later=0)["status"]) if not seen else None
    bench.run()
    assert seen == ["busy"]


def test_a_holder_whose_process_is_gone_is_succeeded_at_once(bench: Bench) -> None:
    account, _ = bench.linked()
    bench.edit(S, account, phone="+64 9 300 2000")
    assert bench.killed_at("after_send")
    bench.clock.slept.clear()
    assert bench.run(later=0)["status"] == "done"
    assert bench.clock.slept == []
    assert not differences(bench)


@pytest.mark.parametrize("living", [Process.this(), Process("another.host", "other boot", os.getpid(), "1")])
def test_a_holder_that_may_live_is_not_succeeded_before_its_lease_has_ended(bench: Bench, living: Process) -> None:
    lease(bench, living).acquire()
    bench.clock.advance(LIFE.total_seconds() - 1)
    with pytest.raises(Busy):
        lease(bench).acquire()
    bench.clock.advance(1)
    successor = lease(bench)
    successor.acquire()
    assert successor.succeeded == "expired"


def test_the_successor_of_an_expired_holder_waits_for_its_requests_to_time_out_before_it_reads(bench: Bench) -> None:
    account, contact = bench.linked()
    bench.edit(S, account, phone="+64 9 300 2000")
    assert bench.killed_at("after_intent")
    bench.left_by(pid=1, host="another.host")
    bench.clock.slept.clear()
    late = bench.works.clock.sleep

    def lands_meanwhile(seconds: float) -> None:
        late(seconds)
        bench.worlds[X].edit(contact, {"phone": "+64 9 300 2000"}, by="Concord", by_id="us")

    bench.clock.sleep = lands_meanwhile  # type: ignore[method-assign]
    assert bench.run(later=LONG)["status"] == "done"
    assert bench.clock.slept == [TIMEOUT]
    assert not bench.conflicts()
    (step,) = bench.rows(ActionRow, do="update")
    assert step.state == "settled"


def test_nothing_is_waited_for_where_nothing_is_in_doubt(bench: Bench) -> None:
    bench.linked()
    bench.left_by(pid=1, host="another.host")
    bench.clock.slept.clear()
    bench.run(later=LONG)
    assert bench.clock.slept == []


@pytest.mark.parametrize("point", ["after_observe", "after_adopt", "after_intent", "after_send", "before_settle"])
def test_a_runner_that_slept_past_its_lease_sends_and_settles_nothing_more(bench: Bench, point: str) -> None:
    """Paused at a point, succeeded by another that ends everything, then woken: its run must be without effect."""
    account, _ = bench.linked()
    bench.customer("Blixt & Son")
    bench.edit(S, account, phone="+64 9 300 2000")
    sleeping = _Sleeper(bench, point)
    bench.at = sleeping
    bench.run()
    assert sleeping.kept
    assert sleeping.kept == _kept(bench)
    assert sleeping.sent == _sent(bench)
    assert not differences(bench)
    assert not twins(bench)


class _Sleeper:
    """The runner falls asleep at `point`; while it sleeps, its lease runs out and another runs to the end."""

    def __init__(self, bench: Bench, point: str) -> None:
        self._bench, self._point, self.kept, self.sent = bench, point, dict[str, object](), dict[object, int]()

    def __call__(self, point: str) -> None:
        if point != self._point or self.kept:
            return
        bench = self._bench
        bench.clock.advance(LONG)
        bench.at = lambda _point: None
        assert bench.run(later=0)["status"] == "done"
        bench.at = self
        self.kept, self.sent = _kept(bench), _sent(bench)


def _kept(bench: Bench) -> dict[str, object]:
    """Everything that a run may settle."""
    return {table.__tablename__: bench.rows(table) for table in (ActionRow, LinkRow, RecordRow, SideRow)}


def _sent(bench: Bench) -> dict[object, int]:
    return {side: len(gateway.sent) for side, gateway in bench.gateways.items()}


def test_a_runner_woken_inside_a_request_has_sent_that_one_and_settles_nothing(bench: Bench) -> None:
    """The one request that was already in hand may still land; that is all."""
    account, contact = bench.linked()
    bench.edit(S, account, phone="+64 9 300 2000")
    kept: list[dict[str, object]] = []

    def asleep(_batch: object) -> None:
        bench.gateways[X].hooks.before_send = None
        bench.clock.advance(LONG)
        bench.run(later=0)
        kept.append(_kept(bench))

    bench.gateways[X].hooks.before_send = asleep
    assert bench.run()["status"] == "unavailable"
    assert kept == [_kept(bench)]
    assert bench.shown(X, contact)["phone"] == "+64 9 300 2000"
    assert bench.run()["status"] == "done"
    assert not differences(bench)
    assert not bench.conflicts()


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_lease_taken_over_stops_every_transaction_of_the_last_holder(bench: Bench, moment: str) -> None:
    last = lease(bench, ELSEWHERE)
    last.acquire()
    bench.clock.advance(LONG)
    lease(bench).acquire()
    if moment == "before":  # its own clock says that it may go on: the token says that it may not
        last._until += 2 * LONG
    with pytest.raises(Lost):
        last.keep()
    with bench.engine.begin() as db, pytest.raises(Lost):
        last.fence(db)


def test_a_lease_given_back_stops_its_last_holder_as_well(bench: Bench) -> None:
    one = lease(bench)
    one.acquire()
    one.release()
    with bench.engine.begin() as db, pytest.raises(Lost):
        one.fence(db)


def test_a_late_release_leaves_the_successor_its_lease(bench: Bench) -> None:
    last = lease(bench, ELSEWHERE)
    last.acquire()
    bench.clock.advance(LONG)
    successor = lease(bench)
    successor.acquire()
    last.release()
    with bench.engine.begin() as db:
        successor.fence(db)


def test_a_lease_is_renewed_while_a_run_lasts(bench: Bench) -> None:
    """Ten times the life of a lease passes within one run, a little at each step."""
    for number in range(20):
        bench.customer(f"Customer {number}")
    bench.batch_size = 1
    bench.gateways = bench._gateways(bench.gateways[S]._rules)
    bench.at = lambda _point: bench.clock.advance(14)
    assert bench.run()["status"] == "done"
    (row,) = bench.rows(LeaseRow)
    assert row.token == 1
    assert len(bench.worlds[X].records) == 20


def test_a_request_is_not_sent_that_the_lease_would_not_outlive(bench: Bench) -> None:
    one = lease(bench)
    one.acquire()
    bench.clock.advance(LIFE.total_seconds() - TIMEOUT)
    one.keep(TIMEOUT)
    (row,) = bench.rows(LeaseRow)
    assert row.expires_at == bench.clock.now() + LIFE
    bench.clock.advance(LIFE.total_seconds())
    with pytest.raises(Lost):
        one.keep(TIMEOUT)


def test_a_pause_before_a_call_keeps_the_lease_or_stops_the_call(bench: Bench) -> None:
    """A budget may make a call wait for longer than a lease lives; it sleeps in slices, by the clock of the run."""
    account, contact = bench.linked()
    bench.edit(S, account, phone="+64 9 300 2000")

    def in_slices(_batch: object) -> None:
        for _ in range(20):
            bench.held.sleep(5)

    bench.gateways[X].hooks.before_send = in_slices
    assert bench.run()["status"] == "done"
    bench.edit(S, account, phone="+64 9 300 3000")
    bench.gateways[X].hooks.before_send = lambda _batch: bench.held.sleep(LONG)
    assert bench.run()["status"] == "unavailable"
    assert bench.shown(X, contact)["phone"] == "+64 9 300 2000"


@pytest.mark.parametrize("write", ["intend", "settle"])
def test_each_entry_of_the_journal_is_fenced(bench: Bench, write: str) -> None:
    """The lease is lost in the very moment before the journal is written: nothing is sent, or nothing settled."""
    account, contact = bench.linked()
    bench.edit(S, account, phone="+64 9 300 2000")
    taken = _taken_at(bench, "before_settle" if write == "settle" else "after_adopt")
    bench.at = taken
    assert bench.run()["status"] == "unavailable"
    (step,) = bench.rows(ActionRow, do="update")
    assert step.state == ("intended" if write == "settle" else "planned")
    assert (bench.shown(X, contact)["phone"] == "") is (write == "intend")


def _taken_at(bench: Bench, point: str) -> Callable[[str], None]:
    def take(reached: str) -> None:
        if reached == point:
            with bench.engine.begin() as db:
                table = LeaseRow.__table__
                db.execute(table.update().values(token=table.c.token + 1))  # type: ignore[attr-defined]

    return take


def test_tokens_only_grow(database: Engine) -> None:
    bench = Bench(database)
    seen = []
    for _ in range(3):
        bench.run()
        seen += [row.token for row in bench.rows(LeaseRow)]
    assert bench.killed_at("after_observe")
    bench.run()
    seen += [row.token for row in bench.rows(LeaseRow)]
    assert seen == [1, 2, 3, 5]
    bench.forget()


def test_a_killed_run_is_known_as_interrupted_by_the_next_one(bench: Bench) -> None:
    from reconciler.store.tables import RunRow

    bench.linked()
    assert bench.killed_at("after_observe")
    bench.run()
    assert [row.status for row in bench.rows(RunRow)] == ["done", "interrupted", "done"]
    assert issubclass(Killed, BaseException)
    assert timedelta(seconds=TIMEOUT) < LIFE


def test_a_runner_that_waits_for_another_waits_no_longer_when_told_to_end(bench: Bench) -> None:
    lease(bench, ELSEWHERE).acquire()

    def told(seconds: float) -> None:
        raise Stopped

    bench.clock.sleep = told  # type: ignore[method-assign]
    report = bench.run(later=0, wait=LONG)
    assert (report["status"], report["calls"]) == ("unavailable", {"salesforce": 0, "xero": 0})
    assert "told to end" in report["message"]
