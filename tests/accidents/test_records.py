"""Accidents that befell whole records in other products, replayed through both simulators."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from reconciler.commands import questions
from reconciler.core.model import SIDES, Side, Status
from reconciler.core.schema import Create, OptIn
from reconciler.mapping.shipped import CUSTOMER
from reconciler.store.tables import ConflictRow, QuestionRow
from tests.accidents.conftest import Begin
from tests.e2e.live import THING, Live, differences

pytestmark = pytest.mark.prove

S, X = SIDES
EVERYBODY = replace(CUSTOMER, create=Create.BOTH, opt_in=OptIn(xero="all"), suppliers="include")
TYPED = "+64 9 555 0200"


def newcomer(live: Live, name: str, **fields: Any) -> str:
    return live.world.edit(S, "create", fields={"Name": name, "Sync_with_Xero__c": True, **fields})


def removed(live: Live, side: Side, record_id: str) -> None:
    do = "delete" if side is S else "archive"
    live.world.running(side).twin.edit({"as": "Hana Petera", "do": do, "type": THING[side], "id": record_id})


def named(live: Live, side: Side, name: str) -> list[str]:
    return [ref for ref, record in live.records(side).items() if record.fields["name"] == name]


def asked(live: Live) -> list[str]:
    return [row.type for row in live.rows(QuestionRow, status="open")]


@pytest.mark.parametrize("side", SIDES)
def test_a_removed_record_is_neither_revived_nor_made_again(begin: Begin, side: Side) -> None:
    """A write queued before the deletion brought the record back, or put it in once more under a new id."""
    live = begin()
    pair = live.pairs()[0]
    before = {one: len(live.records(one)) for one in SIDES}
    live.edit(side.other, pair[side.other], phone=TYPED)
    removed(live, side, pair[side])
    for _ in range(5):
        live.run(later=900)
    assert live.records(side)[pair[side]].status is not Status.ACTIVE
    assert {one: len(live.records(one)) for one in SIDES} == before


@pytest.mark.parametrize("point", ["after_intent", "after_send", "before_settle"])
def test_a_record_read_back_before_its_id_was_noted_is_not_made_twice(begin: Begin, point: str) -> None:
    """The reading thread was quicker than the writing back of the new id, and took our own creation for a newcomer."""
    live = begin(5, kind=EVERYBODY)
    newcomer(live, "Newcomer")
    assert live.dies(point)
    for _ in range(3):
        live.run(later=120)
    assert len(named(live, X, "Newcomer")) == len(named(live, S, "Newcomer")) == 1
    assert len(live.pairs()) == 6
    assert not differences(live)


def test_a_namesake_in_xero_is_asked_about_and_never_overwritten(begin: Begin) -> None:
    """`createContacts` with a name that exists overwrote the contact that had it, instead of failing."""
    live = begin()
    there = live.world.edit(X, "create", fields={"Name": "Adam B", "EmailAddress": "adam@books.example"})
    before = live.shown(X, there)
    newcomer(live, "Adam B", Email__c="adam@sales.example")
    live.run()
    assert live.shown(X, there) == before
    assert named(live, X, "Adam B") == [there]
    assert asked(live) == ["match"]


def test_a_taken_name_stops_nobody_else(begin: Begin) -> None:
    """One contact name was "already assigned to another contact", and nothing behind it was carried."""
    live = begin()
    live.world.edit(X, "create", fields={"Name": "Adam B"})
    for name in ("Zephyr Foods", "Adam B", "Quartz Mining"):
        newcomer(live, name)
    live.edit(S, live.pairs()[0][S], phone=TYPED)
    report = live.run()
    assert (report["actions"]["create"]["xero"], report["actions"]["update"]["xero"]) == (2, 1)
    assert asked(live) == ["match"]


def test_an_account_number_that_an_archived_contact_holds_is_told_and_stops_nobody(begin: Begin) -> None:
    """The search by number missed it, the create failed with "Account Number already exists", every night."""
    live = begin()
    holder = live.world.edit(X, "create", fields={"Name": "Old Firm", "AccountNumber": "A-77"})
    removed(live, X, holder)
    newcomer(live, "Entirely Different", AccountNumber="A-77")
    newcomer(live, "Quartz Mining")
    report = live.run()
    assert report["open"]["questions"] + report["open"]["rejections"] == 1
    assert len(named(live, X, "Quartz Mining")) == 1
    for _ in range(3):
        again = live.run(later=900)
        assert (again["writes"], again["open"]) == (0, report["open"])


def test_ten_syncs_leave_one_copy(begin: Begin) -> None:
    """A new copy at each run: fifteen duplicates of one person, and no tool to merge them."""
    live = begin()
    newcomer(live, "Newcomer")
    for number in range(10):
        live.run(later=900, full=number % 3 == 2)
    assert {side: len(live.records(side)) for side in SIDES} == {S: 6, X: 6}


@pytest.mark.parametrize("side", SIDES)
def test_an_imported_record_that_changes_its_keys_stays_the_same_record(begin: Begin, side: Side) -> None:
    """A changed e-mail address was a new key, and so a new contact."""
    live = begin()
    pair = live.pairs()[0]
    live.edit(side, pair[side], name="Renamed Entirely", email="new@elsewhere.example", account_number="N-1")
    live.run()
    live.run()
    assert {one: len(live.records(one)) for one in SIDES} == {S: 5, X: 5}
    shown = live.shown(side.other, pair[side.other])
    assert (shown["name"], shown["account_number"]) == ("Renamed Entirely", "N-1")


@pytest.mark.parametrize("point", ["after_observe", "after_adopt", "after_intent", "after_send", "before_settle"])
def test_a_sync_closed_half_way_removes_nothing(begin: Begin, point: str) -> None:
    """One application was closed in mid-sync; the next sync took the half-read list for the truth and deleted all."""
    live = begin()
    for pair in live.pairs():
        live.edit(S, pair[S], phone=TYPED)
    assert live.dies(point)
    report = live.run(later=120, full=True)
    assert report["actions"]["retire"] == {"salesforce": 0, "xero": 0}
    assert all(record.status is Status.ACTIVE for side in SIDES for record in live.records(side).values())
    assert not differences(live)


@pytest.mark.parametrize("side", SIDES)
def test_a_mass_deletion_is_asked_about_and_following_it_stops_for_a_reason(begin: Begin, side: Side) -> None:
    """Users wish to be asked: only a person knows whether it was on purpose, and even they may slip."""
    live = begin(20)
    for pair in live.pairs()[:8]:
        removed(live, side, pair[side])
    report = live.run()
    assert report["writes"] == 0
    assert len(asked(live)) == 8
    with Session(live.engine) as session:
        for row in live.rows(QuestionRow, status="open"):
            questions.answer(session, row.id, "retire", by="Ada", now=live.world.clock.now())
    report = live.run()
    assert (report["status"], report["writes"]) == ("halted", 0)
    assert [breach["limit"] for breach in report["halted"]] == ["retirements"]


@pytest.mark.parametrize("side", SIDES)
def test_hundreds_gone_on_one_side_take_nothing_from_the_other(begin: Begin, side: Side) -> None:
    """Hundreds of notes were gone: a sync cannot know that it was not on purpose, said its maker. It can ask."""
    live = begin(120)
    for pair in live.pairs()[:100]:
        removed(live, side, pair[side])
    for full in (False, True):
        report = live.run(full=full)
        assert report["writes"] == 0
    standing = [record for record in live.records(side.other).values() if record.status is Status.ACTIVE]
    assert len(standing) == 120


@pytest.mark.parametrize("side", SIDES)
def test_an_edit_survives_a_deletion_on_the_other_side(begin: Begin, side: Side) -> None:
    """Deleted here, edited there: the deletion won, and what had been typed was gone."""
    live = begin()
    pair = live.pairs()[0]
    removed(live, side, pair[side])
    live.edit(side.other, pair[side.other], phone=TYPED)
    for _ in range(3):
        live.run(later=900)
    kept = live.records(side.other)[pair[side.other]]
    assert (kept.status, kept.fields["phone"]) == (Status.ACTIVE, TYPED)
    (question,) = live.rows(QuestionRow, status="open")
    assert "edited" in question.text
    assert not live.rows(ConflictRow, status="decided")
