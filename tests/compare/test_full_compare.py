"""A full compare finds what deltas missed and says why, survives being broken off, and believes no emptied side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from reconciler.commands import pauses
from reconciler.core.model import Record
from reconciler.errors import Unavailable
from reconciler.ports import Page
from reconciler.steps import verifying
from reconciler.steps.context import CRASH_POINTS
from reconciler.store.tables import ActionRow, CompareRow, ConnectionRow, QuestionRow, RepairRow
from tests.engine.bench import Bench, Killed, S, X, differences, quiet
from tests.engine.test_clock_steps import set_clock


def slip(bench: Bench, side: Any, record_id: str, *, stamp_moves: bool = True, **fields: Any) -> None:
    """A change that a delta cannot show: committed after its stamp, or without a new one."""
    world = bench.worlds[side]
    old: Record = world.records[record_id]
    version = old.version + "+" if stamp_moves else old.version
    world.records[record_id] = replace(old, fields={**old.fields, **fields}, version=version)


def killed(bench: Bench, point: str) -> None:
    """A full run, killed there."""

    def stop(at: str) -> None:
        if at == point:
            raise Killed(point)

    bench.at = stop
    try:
        bench.run(full=True)
    finally:
        bench.at = lambda _point: None
        bench.left_by(pid=0)


def broken_off(bench: Bench, side: Any, pages: int, by: BaseException | None = None) -> None:
    """The next full reading of this side ends after so many pages."""
    gateway: Any = bench.gateways[side]
    whole = gateway.changes

    def some(kind: str, since: Any, position: str = "") -> Iterator[Page]:
        for number, page in enumerate(whole(kind, since, position)):
            if since is None and number == pages:
                gateway.changes = whole
                raise by or Unavailable("Xero cannot serve us now.", side=side)
            yield page

    gateway.changes = some


def repairs(bench: Bench) -> list[tuple[str, str, list[str]]]:
    return [(row.side, row.reason, row.fields) for row in bench.rows(RepairRow)]


def test_a_late_commit_is_found_carried_and_listed(bench: Bench) -> None:
    account, contact = bench.linked(phone="1")
    bench.clock.advance(3600)
    bench.run()
    slip(bench, S, account, phone="2")
    assert bench.run()["writes"] == 0
    assert bench.run(full=True)["status"] == "done"
    assert bench.shown(X, contact)["phone"] == "2"
    assert repairs(bench) == [("salesforce", "late", ["phone"])]


def test_a_change_whose_stamp_did_not_move_is_found_carried_and_listed(bench: Bench) -> None:
    account, contact = bench.linked(phone="1")
    bench.run()
    slip(bench, X, contact, stamp_moves=False, phone="2")
    bench.run(full=True)
    assert bench.shown(S, account)["phone"] == "2"
    assert repairs(bench) == [("xero", "same_stamp", ["phone"])]


def test_what_was_hidden_by_a_clock_that_jumped_is_told_apart(bench: Bench) -> None:
    account, contact = bench.linked(phone="+64 9 300 1000")
    bench.run(later=3600)
    bench.gateways[S].meter.offset = 1200.0  # measured; nothing was read in between
    bench.run()
    slip(bench, S, account, phone="+64 9 300 2000")
    bench.run(full=True)
    assert repairs(bench) == [("salesforce", "clock", ["phone"])]
    assert bench.shown(X, contact)["phone"] == "+64 9 300 2000"


def test_what_the_next_delta_would_show_is_no_repair(bench: Bench) -> None:
    account, contact = bench.linked(phone="1")
    bench.edit(S, account, phone="2")
    bench.run(full=True)
    assert bench.shown(X, contact)["phone"] == "2"
    assert repairs(bench) == []


def test_a_full_compare_of_two_equal_sides_writes_nothing_and_reads_each_once(bench: Bench) -> None:
    bench.linked()
    report = bench.run(full=True)
    assert (report["status"], report["writes"], report["calls"]) == ("done", 0, {"salesforce": 1, "xero": 1})


def test_a_compare_that_is_broken_off_goes_on_behind_the_last_page(bench: Bench) -> None:
    pairs = [bench.pair(f"Customer {number}", phone="1") for number in range(6)]
    bench.run()
    bench.run(later=3600)
    bench.run()
    bench.gateways[S]._page_size = 2
    broken_off(bench, S, pages=2)
    assert bench.run(full=True)["status"] == "unavailable"
    first, last = pairs[0][0].ref.id, pairs[5][0].ref.id
    bench.edit(S, first, phone="2")  # behind the place where the reading stopped: only the delta shows it
    slip(bench, S, last, stamp_moves=False, phone="3")
    assert bench.run(full=True)["status"] == "done"
    (compared,) = bench.rows(CompareRow)
    assert compared.sides["salesforce"]["read"] == 6  # none of the first four again
    assert differences(bench) == []
    assert [row.finished_at is not None for row in bench.rows(CompareRow)] == [True]


@pytest.mark.prove
@pytest.mark.parametrize("point", [*CRASH_POINTS, "between two pages"])
def test_a_compare_that_is_killed_at_any_point_repairs_all_once_and_lists_it(bench: Bench, point: str) -> None:
    pairs = [bench.pair(f"Customer {number}", phone="1") for number in range(6)]
    bench.run()
    bench.run(later=3600)
    bench.gateways[S]._page_size = 2
    last = pairs[5][0].ref.id
    slip(bench, S, last, stamp_moves=False, phone="3")
    if point == "between two pages":
        broken_off(bench, S, pages=2, by=Killed(point))
    with pytest.raises(Killed):
        killed(bench, point)
    assert bench.run(full=True)["status"] == "done"
    assert repairs(bench) == [("salesforce", "same_stamp", ["phone"])]
    assert bench.shown(X, pairs[5][1].ref.id)["phone"] == "3"
    assert len(bench.rows(ActionRow, do="update", state="settled")) == 1
    assert differences(bench) == quiet(bench) == []


def test_a_record_found_nowhere_is_asked_about_and_nothing_is_done_to_its_partner(bench: Bench) -> None:
    account, contact = bench.linked()
    bench.linked("Blixt")
    bench.worlds[S].purge(account)
    assert bench.run()["open"]["questions"] == 0
    report = bench.run(full=True)
    asked = [(row.type, row.about, row.status) for row in bench.rows(QuestionRow)]
    assert asked == [("gone", f"salesforce:{account}", "open")]
    assert report["writes"] == 0
    assert bench.worlds[X].records[contact].status == "active"
    assert repairs(bench) == [("salesforce", "gone", ["status"])]


def test_a_record_that_only_the_listing_left_out_is_not_gone(bench: Bench) -> None:
    account, _ = bench.linked()
    gateway: Any = bench.gateways[S]
    whole = gateway.changes

    def lossy(kind: str, since: Any, position: str = "") -> Iterator[Page]:
        for page in whole(kind, since, position):
            yield replace(page, records=[record for record in page.records if record.ref.id != account])

    gateway.changes = lossy
    assert bench.run(full=True)["open"]["questions"] == 0
    assert bench.rows(QuestionRow) == []


@pytest.fixture
def crowd(bench: Bench) -> Bench:
    """Sixty pairs at rest."""
    for number in range(60):
        bench.pair(f"Customer {number}", phone="1")
    bench.run()
    assert bench.run()["status"] == "done"
    return bench


def test_an_emptied_side_stops_the_run_and_asks_about_nobody(crowd: Bench) -> None:
    for record_id in list(crowd.worlds[X].records)[:40]:
        crowd.worlds[X].purge(record_id)
    report = crowd.run(full=True)
    assert (report["status"], report["writes"]) == ("halted", 0)
    assert [(b["limit"], b["side"], b["found"]) for b in report["halted"]] == [("emptied", "xero", 40)]
    assert crowd.rows(QuestionRow) == []
    assert crowd.run()["status"] == "halted"


def test_an_emptied_side_that_a_person_lets_pass_is_asked_about_record_by_record(crowd: Bench) -> None:
    for record_id in list(crowd.worlds[X].records)[:40]:
        crowd.worlds[X].purge(record_id)
    held = crowd.run(full=True)
    crowd.run(plan=held["digest"], reason="We left that Xero organisation.")
    report = crowd.run(full=True)
    assert report["status"] == "open"
    assert report["open"]["questions"] == 40


def test_nearly_all_links_changed_at_once_stops_the_run(crowd: Bench) -> None:
    for record_id in list(crowd.worlds[S].records)[:55]:
        crowd.edit(S, record_id, phone="2")
    report = crowd.run()
    assert (report["status"], report["writes"]) == ("halted", 0)
    assert [b["limit"] for b in report["halted"]] == ["everything"]
    released = crowd.run(plan=report["digest"], reason="New telephone numbers.")
    assert released["writes"] == 55
    assert crowd.run()["status"] == "done"


def test_the_alarm_outlives_a_run_that_ended_before_it_could_stop(crowd: Bench) -> None:
    for record_id in list(crowd.worlds[S].records)[:55]:
        crowd.edit(S, record_id, phone="2")
    crowd.killed_at("after_observe")
    assert crowd.run()["status"] == "halted"


def test_the_schedules_full_compare_comes_at_its_hour_and_goes_on_when_it_was_broken_off(bench: Bench) -> None:
    bench.linked()
    (row,) = _connection(bench)
    assert row.next_compare_at.strftime("%H:%M") == "02:30"
    bench.clock.advance((row.next_compare_at - bench.clock.now()).total_seconds())
    broken_off(bench, X, pages=0)
    assert bench.run(by="schedule")["status"] == "unavailable"
    assert bench.run(by="schedule", later=300)["status"] == "done"
    assert [row.finished_at is not None for row in bench.rows(CompareRow)] == [True]
    (after,) = _connection(bench)
    assert after.next_compare_at == row.next_compare_at + timedelta(days=1)
    bench.run(by="schedule", later=1800)
    assert len(bench.rows(CompareRow)) == 1


def _connection(bench: Bench) -> list[Any]:
    with bench.engine.connect() as db:
        return list(db.execute(select(ConnectionRow.__table__).where(ConnectionRow.id == bench.id)))


# -- verify


def test_verify_agrees_where_both_sides_are_equal_and_writes_nothing(bench: Bench) -> None:
    bench.linked()
    report = bench.run(verify=True)
    assert (report["status"], report["compared"], report["found"], report["writes"]) == ("agree", 1, 0, 0)


def test_verify_names_what_has_not_been_carried_yet(bench: Bench) -> None:
    account, contact = bench.linked(phone="1")
    bench.edit(S, account, phone="2")
    report = bench.run(verify=True)
    assert report["status"] == "disagree"
    (found,) = report["differences"]
    assert (found["salesforce"], found["xero"], found["field"]) == (account, contact, "phone")
    assert found["values"] == {"salesforce": "2", "xero": "1"}
    assert report["writes"] == 0
    assert bench.run()["writes"] == 1
    assert bench.run(verify=True)["status"] == "agree"


def test_verify_takes_an_open_conflict_and_a_pause_for_known(bench: Bench) -> None:
    account, contact = bench.linked(name="Aurora")
    bench.edit(S, account, name="Aurora One")
    bench.edit(X, contact, name="Aurora Two")
    bench.run()
    bench.edit(S, account, phone="2")
    with bench.session() as session:
        pauses.pause(session, bench.id, by="Ada", now=bench.clock.now(), side=X)
    report = bench.run(verify=True)
    assert (report["status"], report["known"]["conflicts"], report["known"]["waiting"]) == ("agree", 1, 1)


def test_verify_names_what_both_sides_have_edited_and_counts_beyond_what_it_lists(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifying, "MOST", 1)
    pairs = [bench.linked(name, phone="+64 9 300 1000") for name in ("Aurora Brewing", "Kauri Foods")]
    for account, contact in pairs:
        slip(bench, S, account, phone="+64 9 300 2000")
        slip(bench, X, contact, phone="+64 9 300 3000")
    report = bench.run(verify=True)
    assert (report["status"], report["found"]) == ("disagree", 2)
    assert [one["because"] for one in report["differences"]] == ["edited on both sides"]


def test_verify_names_a_record_that_ought_to_have_a_partner_unless_writes_are_paused(bench: Bench) -> None:
    account = bench.customer("Aurora").ref
    report = bench.run(verify=True)
    assert (report["status"], report["writes"]) == ("disagree", 0)
    assert {(one["salesforce"], one["xero"]) for one in report["differences"]} == {(account.id, "")}
    with bench.session() as session:
        pauses.pause(session, bench.id, by="Ada", now=bench.clock.now(), side=X)
        pauses.pause(session, bench.id, by="Ada", now=bench.clock.now(), side=S)
    report = bench.run(verify=True)
    assert (report["status"], report["found"]) == ("agree", 0)
    assert report["known"]["waiting"]


def test_verify_finds_a_change_that_no_delta_shows(bench: Bench) -> None:
    _, contact = bench.linked(phone="1")
    bench.run()
    slip(bench, X, contact, stamp_moves=False, phone="2")
    report = bench.run(verify=True)
    assert report["status"] == "disagree"
    assert [(one["side"], one["reason"]) for one in report["repairs"]] == [("xero", "same_stamp")]


def test_a_clock_set_while_a_compare_was_broken_off_decides_nothing(bench: Bench) -> None:
    """The run that goes on began to read after that: stamps from before it prove nothing about who was last."""
    account, contact = bench.linked(phone="+64 9 300 1000")
    for number in range(5):
        bench.pair(f"Customer {number}")
    bench.run(later=3600)
    bench.gateways[S]._page_size = 2
    broken_off(bench, S, pages=2)
    assert bench.run(full=True)["status"] == "unavailable"
    bench.edit(X, contact, phone="+64 9 300 2000")
    bench.clock.advance(60)
    bench.edit(S, account, phone="+64 9 300 3000")
    bench.clock.advance(60)
    set_clock(bench, S, 7200)
    bench.run(full=True)
    assert bench.shown(S, account)["phone"] == "+64 9 300 3000"
    assert [row.field for row in bench.conflicts()] == ["phone"]


def test_what_is_typed_after_a_clock_was_set_back_while_all_was_read_is_carried(bench: Bench) -> None:
    account, contact = bench.linked(phone="1")
    for number in range(5):
        bench.pair(f"Customer {number}")
    bench.run(later=3600)
    bench.run(later=3600)
    bench.gateways[S]._page_size = 2
    pages = bench.gateways[S].meter

    def edited_behind_the_reading() -> None:
        if pages.calls == 2:
            set_clock(bench, S, -3600)
            bench.edit(S, account, phone="2")

    bench.gateways[S].hooks.before_call = edited_behind_the_reading
    bench.run(full=True)
    bench.gateways[S].hooks.before_call = None
    bench.run()
    assert bench.shown(X, contact)["phone"] == "2"
