"""Accidents that befell values in other products, replayed through both simulators: what Concord does instead."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciler.core.model import SIDES, Side
from reconciler.core.schema import Blank, Drift, KindRule, Policy
from reconciler.core.undo import Scope
from reconciler.mapping.shipped import CUSTOMER
from reconciler.store.tables import ConflictRow
from tests.accidents.conftest import Begin
from tests.e2e.live import Live, differences

pytestmark = pytest.mark.prove

S, X = SIDES
WAS, REPS, FORMS, BOOKS = ("+64 9 555 0100", "+64 9 555 0200", "+64 9 555 0300", "+64 9 555 0400")


def phones(live: Live, pair: dict[Side, str]) -> dict[Side, Any]:
    return {side: live.shown(side, pair[side])["phone"] for side in SIDES}


def ruled(**changed: Any) -> KindRule:
    return replace(CUSTOMER, fields=tuple(replace(rule, **changed) for rule in CUSTOMER.fields))


def at_rest(live: Live, runs: int = 5) -> None:
    """So many further runs write nothing."""
    for _ in range(runs):
        report = live.run(later=900)
        assert report["writes"] == 0, report


def late(live: Live, record_id: str, seconds: int, **fields: Any) -> None:
    """An edit in Salesforce that bears a stamp from so many seconds ago."""
    clock = live.world.running(S).twin.clock
    clock.set(offset_seconds=-seconds)
    live.edit(S, record_id, **fields)
    clock.set(offset_seconds=0)


def test_an_old_form_that_arrives_late_does_not_overwrite_what_was_typed_after_it(begin: Begin) -> None:
    """A web form sent an hour ago is processed at last, and the number the rep has just corrected is gone.

    Here the newer edit stands on both sides, and the form's value is in the queue beside it.
    """
    live = begin()
    pair = live.pairs()[0]
    live.edit(X, pair[X], phone=FORMS)
    live.world.clock.advance(3600)
    live.edit(S, pair[S], phone=REPS)
    live.run()
    assert phones(live, pair) == {S: REPS, X: REPS}
    (shown,) = live.rows(ConflictRow)
    assert (shown.status, shown.winner, shown.values) == ("decided", "salesforce", {"salesforce": REPS, "xero": FORMS})


def test_values_do_not_flip_and_flop_after_rapid_edits_on_both_sides(begin: Begin) -> None:
    """Two queues, each sending the other's older value back, take turns for ever.

    Here the last edit stands on both sides, the other is in the queue, and nothing is written after that.
    """
    live = begin()
    pair = live.pairs()[0]
    for number in range(3):
        live.edit(S, pair[S], phone=f"+64 9 555 10{number}0")
        live.edit(X, pair[X], phone=f"+64 9 555 20{number}0")
    live.run()
    at_rest(live)
    assert phones(live, pair) == {S: "+64 9 555 2020", X: "+64 9 555 2020"}
    (shown,) = live.rows(ConflictRow)
    assert shown.values == {"salesforce": "+64 9 555 1020", "xero": "+64 9 555 2020"}


@pytest.mark.parametrize("side", SIDES)
def test_one_edit_is_one_write_and_never_a_loop(begin: Begin, side: Side) -> None:
    """Each side takes the other's write for an edit and sends it back: the release had to be called off."""
    live = begin()
    pair = live.pairs()[0]
    live.edit(side, pair[side], phone=REPS)
    assert live.run()["actions"]["update"] == {side.value: 0, side.other.value: 1}
    at_rest(live)


@pytest.mark.parametrize("side", SIDES)
def test_a_guard_against_loops_drops_no_edit_made_right_after_our_write(begin: Begin, side: Side) -> None:
    """Whatever was typed while it was "currently pulling" was taken for the echo of a write and dropped."""
    live = begin()
    pair = live.pairs()[0]
    live.edit(side.other, pair[side.other], phone=REPS)
    live.run()
    act = live.person(side, pair[side], phone=BOOKS)
    live.world.clock.advance(2)
    live.world.running(side).twin.edit(act)
    live.run(later=2)
    assert phones(live, pair) == {S: BOOKS, X: BOOKS}


@pytest.mark.parametrize("side", SIDES)
def test_a_record_that_is_only_touched_is_not_new(begin: Begin, side: Side) -> None:
    """A version taken from the clock made every record look new at every sync, and two instances never stopped."""
    live = begin()
    for pair in live.pairs():
        same = live.shown(side, pair[side])["phone"]
        live.world.running(side).twin.edit(live.person(side, pair[side], phone=same))
    at_rest(live)


def test_records_that_share_one_stamp_are_all_carried(begin: Begin) -> None:
    """Some accounts were missed although their stamps had moved: a page ended among equals. A bulk job makes equals."""
    live = begin(60)
    twin = live.world.running(S).twin
    live.world.clock.advance(60)
    twin.clock.set(offset_seconds=0, frozen=True)
    for number, pair in enumerate(live.pairs()[:40]):
        twin.edit(live.person(S, pair[S], fax=f"+64 9 556 {number:04}"))
    twin.clock.set(offset_seconds=0, frozen=False)
    assert live.run()["actions"]["update"]["xero"] == 40
    assert not differences(live)


def test_what_commits_behind_the_watermark_is_still_read(begin: Begin) -> None:
    """A transaction took its stamp before a sync read past it and ended after: it was never read again."""
    live = begin()
    pair = live.pairs()[0]
    live.run()
    late(live, pair[S], 400, phone=REPS)
    live.run(later=5)
    assert phones(live, pair) == {S: REPS, X: REPS}


def test_a_sync_that_did_harm_is_taken_back_and_stays_so(begin: Begin) -> None:
    """Both sides broken, no way back but by hand: "is there a good way to revert a bunch of changes?"."""
    live = begin()
    before = {pair[X]: live.shown(X, pair[X])["phone"] for pair in live.pairs()}
    for pair in live.pairs():
        live.edit(S, pair[S], phone=FORMS)
    done = live.run()
    assert done["actions"]["update"]["xero"] == 5
    live.run(undo=Scope(done["run_id"]), by="Ada", reason="A wrong import.")
    assert {pair[X]: live.shown(X, pair[X])["phone"] for pair in live.pairs()} == before
    at_rest(live, 10)
    assert {row.reason for row in live.rows(ConflictRow, status="open")} == {"undone"}


def test_resolved_conflicts_are_listed_one_by_one_with_both_values_and_the_rule(begin: Begin) -> None:
    """It said "conflicts resolved: 2", and not a word which, between what, or by whose rule."""
    live = begin()
    for pair in live.pairs()[:2]:
        live.edit(X, pair[X], phone=BOOKS)
        live.world.clock.advance(600)
        live.edit(S, pair[S], phone=REPS)
    report = live.run()
    assert report["conflicts"]["decided"] == 2
    for row in live.rows(ConflictRow, status="decided"):
        assert row.values == {"salesforce": REPS, "xero": BOOKS}
        assert (row.winner, row.by) == ("salesforce", "rule")
        assert "edited last" in row.why


@pytest.mark.parametrize("settled", [Policy.ASK, Policy.SALESFORCE])
def test_a_connection_can_promise_never_to_overwrite_what_a_person_typed(begin: Begin, settled: Policy) -> None:
    """What was asked for in vain: a mode that never overwrites.  Here: protect one-way fields and only fill blanks."""
    live = begin()
    live.rule(ruled(policy=settled, drift=Drift.PROTECT, blank=Blank.FILL))
    pair = live.pairs()[0]
    for side, value in ((S, REPS), (X, BOOKS)):
        live.edit(side, pair[side], phone=value)
    at_rest(live)
    assert phones(live, pair) == {S: REPS, X: BOOKS}


def test_where_clashes_are_asked_neither_value_is_overwritten_until_somebody_decides(begin: Begin) -> None:
    live = begin()
    live.rule(ruled(policy=Policy.ASK))
    pair = live.pairs()[0]
    live.edit(X, pair[X], phone=BOOKS)
    live.world.clock.advance(3600)
    live.edit(S, pair[S], phone=REPS)
    at_rest(live)
    assert phones(live, pair) == {S: REPS, X: BOOKS}
    assert [row.status for row in live.rows(ConflictRow)] == ["open"]


def test_a_field_hidden_between_two_syncs_is_never_taken_for_blank(begin: Begin) -> None:
    """An administrator takes a field from the integration user, and what is no longer shown is erased elsewhere.

    Here the sync names the field and writes nothing, and goes on where it stopped once the field is back.
    """
    live = begin()
    pair, twin = live.pairs()[0], live.world.running(S).twin
    before = phones(live, pair)
    live.edit(X, pair[X], name="Renamed meanwhile")
    twin.settings({"hidden_fields": ["Phone"]})
    for full in (False, True):
        report = live.run(full=full)
        assert (report["status"], report["writes"]) == ("unavailable", 0)
        assert "no field Phone" in report["message"]
    twin.settings({"hidden_fields": []})
    live.run()
    assert phones(live, pair) == before
    assert live.shown(S, pair[S])["name"] == "Renamed meanwhile"
