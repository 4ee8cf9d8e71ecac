"""People who edit while Concord writes: between its reading and its writing, in the same second, on the same field.

The simulators let a person save in the very moment before a request is carried out.  Salesforce refuses a write onto
what has moved; Xero knows no such condition, so there an edit of the same field between probe and write is lost, and
nothing else.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from reconciler.core.model import Side
from reconciler.store.tables import ConflictRow
from tests.adapters.wired import Wired
from tests.e2e.live import Live, differences

S, X = Side.SALESFORCE, Side.XERO
OURS, THEIRS = "+64 9 300 2000", "+64 9 300 3000"
WRITE = {S: "/composite$", X: "/Contacts$"}


@pytest.fixture
def live(twins: tuple[Wired, Engine]) -> Live:
    """Two customers, linked and at rest."""
    world, engine = twins
    world.clock.advance(3600)
    one = Live(world.reset("synced", 2), engine)
    one.run()
    return one


def a_person_saves(live: Live, side: Side, when: tuple[str, str], nth: int = 1, **edit: Any) -> dict[Side, str]:
    """In the moment before the nth such request is carried out; returns the first pair's ids."""
    pair = live.pairs()[0]
    act = live.person(side, pair[side], **edit.pop("fields", {}))
    act["fields"] |= edit.pop("vendor_fields", {})
    method, path = when
    live.fault(side, path, {"edit": act, "when": "before"}, method=method, nth=nth)
    return pair


def both_are_kept(live: Live, pair: dict[Side, str], last_writer: Side | None = None) -> bool:
    """Whether the two phones wait in one open conflict, each still standing where it was typed.

    Where it is clear who wrote last, that value stands on both sides and the queue shows both.
    """
    (conflict,) = live.rows(ConflictRow)
    assert conflict.status == ("decided" if last_writer else "open")
    typed = {"salesforce": THEIRS, "xero": OURS}
    shown = {side.value: live.shown(side, pair[side])["phone"] for side in (S, X)}
    wanted = dict.fromkeys(typed, typed[last_writer.value]) if last_writer else typed
    return bool(conflict.values == typed and shown == wanted)


@pytest.mark.parametrize("seconds", [0, 1, 2, 30])
def test_in_salesforce_the_same_field_edited_before_our_write_is_not_overwritten(live: Live, seconds: int) -> None:
    pair = a_person_saves(live, S, ("POST", WRITE[S]), fields={"phone": THEIRS})
    live.edit(X, pair[X], phone=OURS)
    live.run(later=seconds)
    assert both_are_kept(live, pair, last_writer=S if seconds > 10 else None)


@pytest.mark.parametrize("seconds", [0, 30])
def test_in_salesforce_another_field_edited_before_our_write_is_carried_with_ours(live: Live, seconds: int) -> None:
    pair = a_person_saves(live, S, ("POST", WRITE[S]), fields={"fax": THEIRS})
    live.edit(X, pair[X], phone=OURS)
    report = live.run(later=seconds)
    assert (report["status"], report["conflicts"]["opened"]) == ("done", 0)
    assert not differences(live)
    assert (live.shown(S, pair[S])["phone"], live.shown(X, pair[X])["fax"]) == (OURS, THEIRS)


@pytest.mark.parametrize("nth", [1, 2])
def test_an_edit_that_shares_its_second_with_our_reading_is_not_overwritten(live: Live, nth: int) -> None:
    """The account was edited a moment before we read it; the second edit follows before or after that second ends."""
    pair = a_person_saves(live, S, ("GET", "/queryAll"), nth=nth, fields={"phone": THEIRS})
    live.edit(X, pair[X], phone=OURS)
    live.world.running(S).twin.edit(live.person(S, pair[S], fax="+64 9 300 9000"))
    live.run(later=0)
    live.run()
    assert both_are_kept(live, pair)


@pytest.mark.parametrize("seconds", [0, 1, 2, 30])
def test_in_xero_the_same_field_edited_before_our_probe_is_not_overwritten(live: Live, seconds: int) -> None:
    """The third reading of a run that writes to Xero is the probe: delta, canary, probe."""
    pair = a_person_saves(live, X, ("GET", WRITE[X]), nth=3, fields={"phone": OURS})
    live.edit(S, pair[S], phone=THEIRS)
    live.run(later=seconds)
    assert both_are_kept(live, pair, last_writer=X if seconds > 10 else None)


def test_in_xero_the_same_field_edited_between_probe_and_write_is_the_only_edit_lost(live: Live) -> None:
    """Xero's window, as small as one round trip: everything else of the contact that was typed in it stands."""
    pair = a_person_saves(live, X, ("POST", WRITE[X]), fields={"phone": OURS, "fax": THEIRS, "name": "Aurora"})
    live.edit(S, pair[S], phone=THEIRS)
    live.run()
    live.run()
    assert not differences(live)
    shown = live.shown(S, pair[S])
    assert (shown["phone"], shown["fax"], shown["name"]) == (THEIRS, THEIRS, "Aurora")


def test_a_source_edited_between_reading_and_writing_is_written_as_it_stands_last(live: Live) -> None:
    """The query that proves opt-in shows the newer value: the older one is not sent."""
    pair = a_person_saves(live, S, ("GET", "/queryAll"), nth=3, fields={"phone": THEIRS})
    live.edit(S, pair[S], phone=OURS)
    report = live.run()
    assert report["actions"]["update"]["xero"] == 1
    assert live.shown(X, pair[X])["phone"] == THEIRS


def test_a_customer_opted_out_between_reading_and_writing_is_not_written(live: Live) -> None:
    pair = live.pairs()[0]
    a_person_saves(live, S, ("GET", "/queryAll"), nth=3, vendor_fields={"Sync_with_Xero__c": False})
    before = live.shown(X, pair[X])
    live.edit(S, pair[S], phone=OURS)
    live.edit(S, live.pairs()[1][S], phone=THEIRS)
    report = live.run()
    assert report["actions"]["update"]["xero"] == 1
    assert live.shown(X, pair[X]) == before


def test_a_newcomer_opted_out_between_reading_and_writing_is_not_made(live: Live) -> None:
    fields = {"Name": "Newcomer", "Sync_with_Xero__c": True}
    newcomer = live.world.edit(S, "create", fields=fields)
    out = {"as": "Hana Petera", "do": "update", "type": "Account", "fields": {"Sync_with_Xero__c": False}}
    live.fault(S, "/queryAll", {"edit": out | {"id": newcomer}, "when": "before"}, method="GET", nth=3)
    report = live.run()
    assert report["actions"]["create"]["xero"] == 0
    assert len(live.records(X)) == 2


def test_a_contact_archived_before_our_write_is_asked_about(live: Live) -> None:
    pair = live.pairs()[0]
    gone = {"as": "Hana Petera", "do": "archive", "type": "Contact", "id": pair[X]}
    live.fault(X, WRITE[X], {"edit": gone, "when": "before"}, method="POST")
    live.edit(S, pair[S], phone=OURS)
    report = live.run()
    assert report["open"] == {"conflicts": 0, "questions": 1, "rejections": 0}
    assert live.shown(S, pair[S])["phone"] == OURS


def test_an_account_deleted_before_our_write_is_asked_about(live: Live) -> None:
    pair = live.pairs()[0]
    gone = {"as": "Hana Petera", "do": "delete", "type": "Account", "id": pair[S]}
    live.fault(S, WRITE[S], {"edit": gone, "when": "before"}, method="POST")
    live.edit(X, pair[X], phone=OURS)
    report = live.run()
    assert report["open"] == {"conflicts": 0, "questions": 1, "rejections": 0}
    assert live.shown(X, pair[X])["phone"] == OURS


def test_a_namesake_made_before_our_create_is_asked_about(live: Live) -> None:
    """A person makes the contact by hand while we are about to: the probe sees it, and nothing is made twice."""
    live.world.edit(S, "create", fields={"Name": "Newcomer", "Sync_with_Xero__c": True})
    by_hand = {"as": "Hana Petera", "do": "create", "type": "Contact", "fields": {"Name": "Newcomer"}}
    live.fault(X, WRITE[X], {"edit": by_hand, "when": "before"}, method="GET", nth=3)
    report = live.run()
    assert report["actions"]["create"]["xero"] == 0
    assert report["open"]["questions"] == 1
    assert sum(record.fields["name"] == "Newcomer" for record in live.records(X).values()) == 1


@pytest.mark.parametrize("side", [S, X])
def test_an_edit_in_the_moment_after_our_write_is_carried_by_the_next_run(live: Live, side: Side) -> None:
    pair = live.pairs()[0]
    live.edit(side.other, pair[side.other], phone=OURS)
    act = live.person(side, pair[side], phone=THEIRS)
    live.fault(side, WRITE[side], {"edit": act, "when": "after"}, method="POST")
    live.run(later=0)
    live.run()
    assert live.shown(side.other, pair[side.other])["phone"] == THEIRS
    assert not live.rows(ConflictRow)
    assert live.run()["writes"] == 0
