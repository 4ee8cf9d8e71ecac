"""Histories that once lost something, or did something unasked; each was found by the model and is kept here."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from reconciler import running
from reconciler.adapters.world import World
from reconciler.commands import pauses
from reconciler.core.model import SIDES, Side, Status
from reconciler.core.schema import Limits
from reconciler.core.undo import Scope
from reconciler.store.tables import ActionRow, PlanRow, QuestionRow
from tests.engine.bench import BLANK, Bench, Killed, S, X, differences

OURS, THEIRS = "+64 9 300 2000", "+64 9 300 3000"


def set_clock(bench: Bench, side: Side, seconds: int) -> None:
    """Somebody sets a side's clock."""
    world = bench.worlds[side]
    world._offset += timedelta(seconds=seconds)
    bench.gateways[side].meter.offset = world._offset.total_seconds()


@pytest.mark.parametrize("side", SIDES)
def test_an_edit_made_after_a_clock_was_set_back_is_seen(bench: Bench, side: Side) -> None:
    """Its stamp is older than the watermark: the delta alone would not show it until the clock has caught up."""
    ids = dict(zip((S, X), bench.linked(phone="+64 9 300 1000"), strict=True))
    bench.run()
    set_clock(bench, side, -1200)
    bench.edit(side, ids[side], phone=OURS)
    bench.run()
    bench.run(later=1800)
    assert bench.shown(side.other, ids[side.other])["phone"] == OURS
    assert not differences(bench)


@pytest.mark.parametrize("side", SIDES)
def test_a_run_killed_while_it_reads_again_behind_a_clock_set_back_forgets_nothing(bench: Bench, side: Side) -> None:
    ids = dict(zip((S, X), bench.linked(phone="+64 9 300 1000"), strict=True))
    bench.run()
    set_clock(bench, side, -3600)
    bench.edit(side, ids[side], phone=OURS)
    hooks, calls = bench.gateways[side].hooks, iter(range(9))

    def dies_at_the_second() -> None:
        if next(calls) == 1:
            raise Killed

    hooks.before_call = dies_at_the_second
    with pytest.raises(Killed):
        bench.run(later=1200)
    bench.left_by(pid=0)
    hooks.before_call = None
    assert bench.run(later=0)["status"] == "done"
    assert bench.shown(side.other, ids[side.other])["phone"] == OURS


def test_a_clock_set_back_costs_one_further_reading_once(bench: Bench) -> None:
    bench.linked()
    set_clock(bench, X, -600)
    assert bench.run()["calls"] == {"salesforce": 1, "xero": 2}
    assert bench.run()["calls"] == {"salesforce": 1, "xero": 1}


def test_what_a_person_typed_while_we_wrote_beside_it_is_not_dated_by_our_write(bench: Bench) -> None:
    """The stamp that first shows it is our own write's: Salesforce was edited in between, and would have lost."""
    account, contact = bench.linked(phone="+64 9 300 1000")
    bench.run()
    bench.edit(S, account, fax="+64 9 300 9000")

    def meanwhile(_batch: object) -> None:
        bench.gateways[X].hooks.before_send = None
        bench.edit(X, contact, phone=THEIRS)
        bench.clock.advance(30)
        bench.edit(S, account, phone=OURS)
        bench.clock.advance(30)

    bench.gateways[X].hooks.before_send = meanwhile
    bench.run(later=3600)
    bench.run()
    (conflict,) = bench.conflicts()
    assert conflict.values == {"salesforce": OURS, "xero": THEIRS}


def many(bench: Bench) -> str:
    """More newcomers than may be made unasked; the digest of the plan that is held for them."""
    bench.rule(replace(bench.kind, limits=Limits(creates=2)))
    for number in range(3):
        bench.customer(f"Newcomer {number}")
    report = bench.run()
    assert report["status"] == "halted"
    return str(report["digest"])


def test_a_plan_released_on_moved_ground_stays_held(bench: Bench) -> None:
    """Refused, it must not be carried out by the next run that nobody watches, nor by one that asks for a new plan."""
    digest = many(bench)
    account = min(bench.worlds[S].records)
    bench.edit(S, account, phone=OURS)
    assert bench.run(plan=digest, reason="It is meant.")["status"] == "refused"
    assert bench.run()["status"] == "halted"
    anew = bench.run(replan=True)
    assert (anew["status"], anew["digest"] != digest) == ("halted", True)
    assert not bench.worlds[X].records
    assert bench.run(plan=anew["digest"], reason="It is meant.")["status"] == "done"
    assert len(bench.worlds[X].records) == 3


def test_only_one_plan_is_held_at_a_time(bench: Bench) -> None:
    """Looking at the plan again must leave no second one that holds up the run after the release."""
    digest = many(bench)
    assert running.make_plan(bench.works, bench.id)["digest"] == digest
    assert [row.status for row in bench.rows(PlanRow)] == ["dropped", "held"]
    assert bench.run(plan=digest, reason="It is meant.")["status"] == "done"
    assert bench.run()["status"] == "done"


def test_a_plan_made_while_a_create_is_in_doubt_is_what_the_next_run_does(bench: Bench) -> None:
    """It was found in Xero by the plan as a stranger to be linked, and by the run as what had been sent."""
    bench.customer("Newcomer")
    bench.gateways[X].hooks.lose_next_answer = True
    sent = bench.run()
    assert sent["status"] == "unavailable"
    digest = running.make_plan(bench.works, bench.id)["digest"]
    (made,) = bench.rows(ActionRow, do="create")
    assert (made.state, made.run_id) == ("settled", sent["run_id"])
    assert bench.run(later=0)["digest"] == digest


def test_what_is_taken_back_of_a_record_that_another_pair_has_by_now_is_left_alone(bench: Bench) -> None:
    """It was settled on that other pair, as if its contact had shown what only the first one's ever did."""
    numbers = ("+64 9 301 0001", "+64 9 301 0002")
    pairs = [bench.pair(name) for name in ("Aurora Brewing", "Basalt Foods")]
    for (_, contact), number in zip(pairs, numbers, strict=True):
        bench.worlds[X].edit(contact.ref.id, {"fax": number})
    first = bench.run()["run_id"]
    bench.clock.advance(5)
    survivor, loser = (account.ref.id for account, _ in pairs)
    bench.worlds[S].merge(loser, survivor)
    bench.run(undo=Scope(first), by="Ada", reason="It was a mistake.")
    (link,) = bench.links()
    other = pairs[1][1].ref.id
    assert (link.salesforce, link.xero) == (survivor, other)
    assert link.baseline_xero["fax"] == numbers[1] == bench.shown(X, other)["fax"]
    assert bench.shown(S, survivor)["fax"] == numbers[0]


def test_two_customers_of_which_each_side_keeps_another_one_are_not_overwritten(bench: Bench) -> None:
    """What the two survivors show was never agreed between them, though nobody has typed it there since."""
    pairs = [bench.pair(name) for name in ("Aurora Brewing", "Basalt Foods")]
    (account, contact), (kept_account, lost_contact) = pairs
    bench.run()
    bench.edit(S, account.ref.id, phone="+64 9 300 0001")
    bench.run()
    bench.clock.advance(5)
    bench.worlds[X].merge(lost_contact.ref.id, contact.ref.id)
    bench.worlds[S].merge(account.ref.id, kept_account.ref.id)
    bench.run()
    bench.edit(S, kept_account.ref.id, phone="+64 9 300 0002")
    bench.run()
    bench.run()
    (link,) = bench.links()
    assert (link.salesforce, link.xero) == (kept_account.ref.id, contact.ref.id)
    shown = {each.field: each.values for each in bench.conflicts()}
    assert shown["phone"] == {"salesforce": "+64 9 300 0002", "xero": "+64 9 300 0001"}
    assert bench.shown(X, contact.ref.id)["phone"] == "+64 9 300 0001"


def test_what_is_typed_on_a_contact_whose_making_was_in_doubt_is_carried(bench: Bench) -> None:
    """It was taken for the form that Xero had given to what was sent, and stayed on that side for good."""
    account = bench.customer("Newcomer")
    bench.gateways[X].hooks.lose_next_answer = True
    bench.run()
    (contact,) = bench.worlds[X].records.values()
    bench.edit(X, contact.ref.id, name="Newcomer Ltd")
    bench.run()
    bench.run()
    assert bench.shown(S, account.ref.id)["name"] == bench.shown(X, contact.ref.id)["name"] == "Newcomer Ltd"
    assert len(bench.worlds[X].records) == 1


def test_so_is_what_is_typed_on_one_that_is_found_when_its_second_making_is_refused(bench: Bench) -> None:
    account = bench.customer("Newcomer")

    def earlier(point: str) -> None:
        if point == "after_intent" and not bench.worlds[X].records:
            bench.worlds[X].create({**BLANK, "name": "Newcomer Ltd"}, partner=account.ref.id)

    bench.at = earlier
    bench.run()
    bench.run()
    (contact,) = bench.worlds[X].records.values()
    assert bench.shown(S, account.ref.id)["name"] == contact.fields["name"] == "Newcomer Ltd"


def test_a_held_plan_does_not_write_over_what_was_taken_back_since(bench: Bench) -> None:
    """The records showed again what they had when it was made, and what was under review was written all the same."""
    account, contact = bench.linked()
    bench.edit(S, account, name="Aurora Brewing Ltd")
    carried = bench.run()["run_id"]
    bench.edit(S, account, name="Aurora Brewing")
    digest = many(bench)
    back = bench.run(undo=Scope(carried), by="Ada", reason="It was a mistake.")["run_id"]
    bench.run(undo=Scope(back), by="Ada", reason="So was that.")
    assert [(row.field, row.reason) for row in bench.conflicts()] == [("name", "undone")]
    assert bench.shown(X, contact)["name"] == "Aurora Brewing Ltd"
    refused = bench.run(plan=digest, reason="It is meant.")
    assert refused["status"] == "refused"
    assert "name came up for review" in str(refused["moved"])
    bench.run(plan=digest, reason="It is meant.", skip_moved=True)
    assert bench.shown(X, contact)["name"] == "Aurora Brewing Ltd"
    assert len(bench.worlds[X].records) > 1, "the rest of it is carried out"


def test_the_queue_shows_again_what_somebody_went_back_to(bench: Bench) -> None:
    """It went on showing what had been typed in between, and nothing could be decided on that."""
    account, contact = bench.linked()
    bench.edit(S, account, name="Aurora Brewing Ltd")
    carried = bench.run()["run_id"]
    bench.run(undo=Scope(carried), by="Ada", reason="It was a mistake.")
    bench.edit(S, account, name="Aurora")
    bench.run()
    bench.edit(S, account, name="Aurora Brewing Ltd")
    bench.run()
    (conflict,) = bench.conflicts()
    assert conflict.values == {"salesforce": "Aurora Brewing Ltd", "xero": bench.shown(X, contact)["name"]}
    bench.resolve(conflict.id, take=S)
    bench.run()
    assert bench.shown(X, contact)["name"] == "Aurora Brewing Ltd"


def test_what_is_left_of_an_undo_is_not_written_into_another_organisation(bench: Bench) -> None:
    """No link was active: the one pair that still stood was not shared at the time, and no canary was read."""
    parted, unshared = ((a.ref.id, c.ref.id) for a, c in (bench.pair("Aurora Brewing"), bench.pair("Kauri Foods")))
    bench.edit(S, parted[0], phone=OURS)
    bench.edit(X, parted[1], fax=THEIRS)
    carried = bench.run()["run_id"]
    bench.worlds[S].edit(unshared[0], flag=False)
    bench.run()
    with bench.session() as session:
        pauses.pause(session, bench.id, by="Ada", now=bench.clock.now(), side=S)
    bench.run(undo=Scope(carried), by="Ada", reason="It was a mistake.")
    with bench.session() as session:
        pauses.resume(session, bench.id, by="Ada", now=bench.clock.now(), side=S)
    own, bench.gateways[S].world = bench.worlds[S], World(S, bench.clock)
    report = bench.run()
    assert (report["status"], report["writes"]) == ("halted", 0)
    assert [breach["limit"] for breach in report["halted"]] == ["canary"]
    bench.gateways[S].world = own
    bench.run()
    assert bench.shown(S, parted[0])["fax"] == "", "back home it is carried out"


def parted(bench: Bench) -> tuple[str, str, str]:
    """A pair whose linking was taken back: its account, its contact, and the answer that would join them again."""
    account, contact = (record.ref.id for record in bench.pair("Aurora Brewing"))
    bench.run(undo=Scope(bench.run()["run_id"]), by="Ada", reason="It was a mistake.")
    return account, contact, f"link:xero:{contact}"


def test_one_of_a_parted_pair_that_is_removed_and_restored_is_asked_about_again(bench: Bench) -> None:
    """The question ended with the removal, and the record then stayed without a partner and without a word."""
    account, contact, link = parted(bench)
    (asked,) = bench.rows(QuestionRow)
    bench.worlds[S].edit(account, status=Status.REMOVED)
    bench.run()
    assert bench.rows(QuestionRow, status="open") == []
    bench.worlds[S].edit(account, status=Status.ACTIVE)
    report = bench.run()
    assert (report["status"], report["questions"]) == ("open", 1)
    (again,) = bench.rows(QuestionRow, status="open")
    assert (again.id, again.type, again.about) == (asked.id, "undone", f"salesforce:{account}")
    assert again.opened_at > asked.opened_at
    bench.answer(again.id, link)
    bench.run()
    assert [(pair.salesforce, pair.xero) for pair in bench.links() if pair.status == "active"] == [(account, contact)]


def test_what_a_person_left_apart_is_not_asked_about_again_when_it_is_restored(bench: Bench) -> None:
    account, _, _ = parted(bench)
    bench.answer(bench.rows(QuestionRow)[0].id, "leave")
    for status in (Status.REMOVED, Status.ACTIVE):
        bench.worlds[S].edit(account, status=status)
        bench.run()
    assert bench.rows(QuestionRow, status="open") == []
    assert not any(pair.status == "active" for pair in bench.links())


@pytest.mark.parametrize(
    ("away", "back"),
    [({"status": Status.REMOVED}, {"status": Status.ACTIVE}), ({"flag": False}, {"flag": True})],
    ids=["removed", "not shared"],
)
def test_an_answer_about_a_parted_pair_is_followed_once_both_are_there_again(
    bench: Bench, away: dict[str, Any], back: dict[str, Any]
) -> None:
    account, contact, link = parted(bench)
    bench.worlds[S].edit(account, **away)
    bench.answer(bench.rows(QuestionRow)[0].id, link)
    bench.run()
    assert not any(pair.status == "active" for pair in bench.links())
    bench.worlds[S].edit(account, **back)
    bench.run()
    assert [(pair.salesforce, pair.xero) for pair in bench.links() if pair.status == "active"] == [(account, contact)]


def test_what_a_rule_had_decided_is_not_written_once_it_waits_for_a_person(bench: Bench) -> None:
    """A clock was set while the plan was held: the stamps that had told the last writer prove nothing any more."""
    account, contact = bench.linked(phone="+64 9 300 1000")
    bench.edit(S, account, phone=OURS)
    bench.clock.advance(60)
    bench.edit(X, contact, phone=THEIRS)
    digest = many(bench)
    set_clock(bench, S, -600)
    bench.run(plan=digest, reason="It is meant.")
    assert (bench.shown(S, account)["phone"], bench.shown(X, contact)["phone"]) == (OURS, THEIRS)
    assert [(row.field, row.decision) for row in bench.conflicts()] == [("phone", {})]
    assert len(bench.worlds[X].records) > 1, "the rest of it is carried out"


def test_what_is_typed_after_a_clock_was_set_back_is_not_written_over(bench: Bench) -> None:
    """Its stamp is older than the one that was read, so that Salesforce would not have refused the write."""
    account, contact = bench.linked(name="Aurora Brewing")
    bench.edit(S, account, phone=OURS)
    bench.run()
    set_clock(bench, S, -600)
    bench.edit(X, contact, name="Aurora of Xero")
    waiting = [lambda: bench.edit(S, account, name="Aurora of Salesforce")]

    def reach(point: str) -> None:
        if point == "after_observe" and waiting:
            waiting.pop()()

    bench.at = reach
    bench.run()
    bench.run(later=1800)
    assert bench.shown(S, account)["name"] == "Aurora of Salesforce"
    assert not differences(bench) or bench.conflicts()
