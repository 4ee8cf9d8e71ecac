"""What Concord wrote is taken back where nobody has touched it since, named where somebody has, and then held."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from reconciler import running
from reconciler.commands import pauses, plans, rejections, rules, undo
from reconciler.core.model import Ref, Status
from reconciler.core.schema import Flow, Limits
from reconciler.core.undo import Scope
from reconciler.errors import Refusal, Usage
from reconciler.ports import Write
from reconciler.store.tables import ActionRow, EventRow, LinkRow, PlanRow, QuestionRow, RecordRow, RejectionRow
from tests.engine.bench import Bench, S, X, owned, quiet


def take_back(bench: Bench, run: int, **scope: Any) -> dict[str, Any]:
    return bench.run(undo=Scope(run, **scope))


def told(bench: Bench) -> dict[str, Any]:
    """What the newest undo has left alone and what it asks a person to do."""
    return dict(bench.rows(PlanRow)[-1].summary["undo"])


@contextmanager
def xero_paused(bench: Bench) -> Iterator[None]:
    """Nothing is written to Xero meanwhile."""
    with bench.session() as session:
        pauses.pause(session, bench.id, side=X, by="Ada", now=bench.clock.now())
    yield
    with bench.session() as session:
        pauses.resume(session, bench.id, side=X, by="Ada", now=bench.clock.now())


def carried(bench: Bench) -> tuple[str, str, int]:
    """A customer whose phone was typed in Salesforce and carried to Xero; the run that did it."""
    account, contact = bench.linked(phone="+64 9 1", fax="+64 9 2")
    bench.edit(S, account, phone="+64 9 555 1111", fax="+64 9 555 2222")
    return account, contact, bench.run()["run_id"]


def test_what_a_sync_wrote_is_put_back_where_it_was_written(bench: Bench) -> None:
    account, contact, run = carried(bench)
    report = take_back(bench, run)
    assert report["actions"]["update"] == {"salesforce": 0, "xero": 1}
    assert bench.shown(X, contact)["phone"] == "+64 9 1"
    assert bench.shown(S, account)["phone"] == "+64 9 555 1111"


def test_what_was_taken_back_stays_so_until_a_person_decides(bench: Bench) -> None:
    _account, contact, run = carried(bench)
    undone = take_back(bench, run)
    for _ in range(10):
        assert bench.run()["writes"] == 0
    assert quiet(bench) == []
    held = bench.conflicts()
    assert [(row.field, row.reason, row.run_id) for row in held] == [
        ("phone", "undone", undone["run_id"]),
        ("fax", "undone", undone["run_id"]),
    ]
    bench.resolve(held[0].id, take=S)
    bench.run()
    assert bench.shown(X, contact)["phone"] == "+64 9 555 1111"
    assert bench.shown(X, contact)["fax"] == "+64 9 2"


def test_a_value_edited_since_is_left_alone_and_named(bench: Bench) -> None:
    _account, contact, run = carried(bench)
    bench.edit(X, contact, phone="+64 9 777")
    take_back(bench, run)
    assert bench.shown(X, contact)["phone"] == "+64 9 777"
    assert bench.shown(X, contact)["fax"] == "+64 9 2"
    (left,) = told(bench)["left"]
    assert (left["ref"], left["field"]) == (f"xero:{contact}", "phone")
    assert "edited since" in left["why"]


def test_a_field_that_is_shared_no_more_is_left_alone_and_named(bench: Bench) -> None:
    _account, contact, run = carried(bench)
    bench.rule(owned(bench, phone={"flow": Flow.OFF}))
    take_back(bench, run)
    assert (bench.shown(X, contact)["phone"], bench.shown(X, contact)["fax"]) == ("+64 9 555 1111", "+64 9 2")
    assert [(left["field"], left["why"]) for left in told(bench)["left"]] == [("phone", "it is not shared any more")]


def test_one_field_of_one_record_can_be_taken_back_alone(bench: Bench) -> None:
    account, contact, run = carried(bench)
    take_back(bench, run, record=Ref(S, account), field="fax")
    assert bench.shown(X, contact)["fax"] == "+64 9 2"
    assert bench.shown(X, contact)["phone"] == "+64 9 555 1111"


def test_one_record_of_a_run_can_be_taken_back_alone(bench: Bench) -> None:
    one, other = bench.linked("One", phone="+64 9 1"), bench.linked("Other", phone="+64 9 1")
    for account, _ in (one, other):
        bench.edit(S, account, phone="+64 9 3")
    run = bench.run()["run_id"]
    take_back(bench, run, record=Ref(X, one[1]))
    assert bench.shown(X, one[1])["phone"] == "+64 9 1"
    assert bench.shown(X, other[1])["phone"] == "+64 9 3"


def test_taking_back_a_second_time_writes_nothing_and_says_why(bench: Bench) -> None:
    *_, run = carried(bench)
    take_back(bench, run)
    assert take_back(bench, run)["writes"] == 0
    assert {left["why"] for left in told(bench)["left"]} == {"it is as it was before"}


def test_what_is_asked_back_again_and_again_while_a_side_is_paused_is_taken_back_once(bench: Bench) -> None:
    """Each asking was a plan of its own, and all but one found that somebody had edited what they meant to put back."""
    _account, contact, run = carried(bench)
    with xero_paused(bench):
        for scope in ({}, {"field": "fax"}, {}, {}):
            assert take_back(bench, run, **scope)["writes"] == 0
        assert [row.status for row in bench.rows(PlanRow)[-4:]] == ["dropped", "started", "dropped", "started"]
    report = bench.run()
    assert (report["writes"], report["set_aside"]) == (1, [])
    assert (bench.shown(X, contact)["phone"], bench.shown(X, contact)["fax"]) == ("+64 9 1", "+64 9 2")
    assert bench.rows(PlanRow)[-4].reason == "It was asked for again."


def made_by_a_sync(bench: Bench, *names: str) -> tuple[list[str], int]:
    """Customers of these names, and the run that made their contacts; the accounts' ids."""
    accounts = [bench.customer(name, phone="111").ref.id for name in names]
    return accounts, bench.run()["run_id"]


def standing(bench: Bench) -> dict[Any, Status]:
    """Each contact by its name."""
    return {record.fields["name"]: record.status for record in bench.worlds[X].records.values()}


def test_a_record_that_a_sync_made_is_archived_once_xero_is_resumed_however_often_that_was_asked(bench: Bench) -> None:
    """Only the first plan parts the pair: those after it find two records that are linked no more, and hold nothing."""
    _, run = made_by_a_sync(bench, "Aurora Brewing")
    with xero_paused(bench):
        for _ in range(3):
            assert take_back(bench, run)["writes"] == 0
    bench.run()
    assert standing(bench) == {"Aurora Brewing": Status.ARCHIVED}
    bench.run()
    assert {row.status for row in bench.rows(PlanRow)} == {"done"}


def test_what_was_asked_again_is_done_once_where_the_first_plan_parted_some_pairs_and_others_stand(
    bench: Bench,
) -> None:
    old, contact = bench.linked("Old", phone="111")
    bench.edit(S, old, phone="222")
    _, run = made_by_a_sync(bench, "Aurora Brewing")
    with xero_paused(bench):
        for _ in range(2):
            take_back(bench, run)
    reports = [bench.run() for _ in range(3)]
    assert [report["writes"] for report in reports] == [1, 1, 0]
    assert not any(report["set_aside"] for report in reports)
    assert standing(bench) == {"Old": Status.ACTIVE, "Aurora Brewing": Status.ARCHIVED}
    assert bench.shown(X, contact)["phone"] == "111"


def test_a_value_of_a_link_that_is_taken_back_twice_while_xero_is_paused_is_put_back(bench: Bench) -> None:
    bench.rule(owned(bench, phone={"flow": Flow.S2X}))
    account, contact = (record.ref.id for record in bench.pair("Aurora Brewing"))
    bench.edit(S, account, phone="111")
    bench.edit(X, contact, phone="999")
    run = bench.run()["run_id"]
    with xero_paused(bench):
        for _ in range(2):
            take_back(bench, run)
    bench.run()
    assert (bench.shown(S, account)["phone"], bench.shown(X, contact)["phone"]) == ("111", "999")


def test_another_schedule_drops_no_plan_that_was_approved(bench: Bench) -> None:
    _, run = made_by_a_sync(bench, "Aurora Brewing")
    with xero_paused(bench):
        take_back(bench, run)
        with bench.session() as session:
            rules.set_schedule(session, bench.id, 30, by="Ada", now=bench.clock.now())
    bench.run()
    assert standing(bench) == {"Aurora Brewing": Status.ARCHIVED}


def test_what_waits_for_a_paused_side_holds_up_no_other_plan_that_was_approved(bench: Bench) -> None:
    one, other = bench.linked("One", phone="111"), bench.linked("Other", phone="111")
    runs = []
    for side, ref in ((S, one[0]), (X, other[1])):
        bench.edit(side, ref, phone="222")
        runs.append(bench.run()["run_id"])
    for run in reversed(runs):  # the one that waits for Xero is the newest
        with bench.session() as session:
            found = undo.propose(session, Scope(run), by="Rui", now=bench.clock.now())
            plans.approve(session, found.plan_id, by="Ada", now=bench.clock.now(), reason="It was a mistake.")
    with xero_paused(bench):
        bench.run()
        assert (bench.shown(X, one[1])["phone"], bench.shown(S, other[0])["phone"]) == ("222", "111")
    bench.run()
    assert bench.shown(X, one[1])["phone"] == "111"


def test_a_record_that_a_sync_made_is_archived_in_xero_and_not_made_again(bench: Bench) -> None:
    account = bench.customer("Aurora Brewing", phone="+64 9 1").ref.id
    run = bench.run()["run_id"]
    take_back(bench, run)
    (contact,) = bench.worlds[X].records.values()
    assert contact.status is Status.ARCHIVED
    assert bench.worlds[S].records[account].status is Status.ACTIVE
    for _ in range(3):
        bench.run()
    bench.edit(S, account, phone="+64 9 2")
    bench.run()
    assert len(bench.worlds[X].records) == 1
    (question,) = bench.rows(QuestionRow, status="open")
    assert question.type == "undone"
    assert "cannot reverse" in question.text
    assert [link.closed_as for link in bench.rows(LinkRow)] == ["undone"]


def test_a_made_record_that_somebody_has_worked_on_stays(bench: Bench) -> None:
    bench.customer("Aurora Brewing", phone="+64 9 1")
    run = bench.run()["run_id"]
    (contact,) = bench.worlds[X].records.values()
    bench.edit(X, contact.ref.id, fax="+64 9 9")
    take_back(bench, run)
    assert bench.worlds[X].records[contact.ref.id].status is Status.ACTIVE
    assert len(bench.links()) == 1
    assert told(bench)["left"][0]["field"] == "fax"


def test_a_link_that_is_taken_back_stays_apart_until_the_question_is_answered(bench: Bench) -> None:
    account, contact = (record.ref for record in bench.pair("Aurora Brewing", phone="+64 9 1"))
    run = bench.run()["run_id"]
    take_back(bench, run)
    assert bench.links() == []
    for _ in range(3):
        assert bench.run()["writes"] == 0
    assert bench.links() == []
    (question,) = bench.rows(QuestionRow, status="open")
    bench.answer(question.id, f"link:{contact}")
    bench.run()
    (link,) = bench.links()
    assert (link.salesforce, link.xero) == (account.id, contact.id)


def test_an_archive_is_asked_back_by_hand_and_the_question_ends_with_the_restoring(bench: Bench) -> None:
    account, contact = bench.linked()
    bench.worlds[S].remove(account)
    bench.run()
    (question,) = bench.rows(QuestionRow, status="open")
    bench.answer(question.id, "retire")
    run = bench.run()["run_id"]
    assert bench.worlds[X].records[contact].status is Status.ARCHIVED
    with bench.session() as session:
        found = undo.propose(session, Scope(run), by="Rui", now=bench.clock.now())
    assert found.actions == 0
    assert "only a person" in found.by_hand[0]["text"]
    take_back(bench, run)
    assert [row.type for row in bench.rows(QuestionRow, status="open")] == ["undone"]
    bench.worlds[S].restore(account)
    bench.worlds[X].restore(contact)
    bench.run()
    assert bench.rows(QuestionRow, status="open") == []


def test_a_proposal_is_kept_and_nothing_is_written(bench: Bench) -> None:
    _account, contact, run = carried(bench)
    with bench.session() as session:
        found = undo.propose(session, Scope(run), by="Rui", now=bench.clock.now())
    assert bench.shown(X, contact)["phone"] == "+64 9 555 1111"
    assert bench.rows(EventRow)[-1].what == "undo.proposed"
    report = bench.run(plan=found.digest)
    assert report["digest"] == found.digest
    assert bench.shown(X, contact)["phone"] == "+64 9 1"


def test_a_run_that_made_much_is_not_unmade_without_a_reason(bench: Bench) -> None:
    for number in range(6):
        bench.customer(f"Customer {number}")
    run = bench.run()["run_id"]
    report = take_back(bench, run)
    assert report["status"] == "halted"
    assert report["halted"][0]["limit"] == "retirements"
    assert all(record.status is Status.ACTIVE for record in bench.worlds[X].records.values())
    bench.run(plan=report["digest"], reason="They were made by mistake.")
    assert all(record.status is Status.ARCHIVED for record in bench.worlds[X].records.values())


def test_nothing_is_put_back_on_a_record_that_is_shared_no_more(bench: Bench) -> None:
    account, contact, run = carried(bench)
    bench.clock.advance(5)
    bench.worlds[S].edit(account, flag=False)
    assert take_back(bench, run)["writes"] == 0
    assert bench.shown(X, contact)["phone"] == "+64 9 555 1111"
    assert "not shared any more" in told(bench)["left"][0]["why"]


def test_nothing_is_put_back_on_a_record_that_no_longer_stands(bench: Bench) -> None:
    account, contact, run = carried(bench)
    bench.clock.advance(5)
    bench.worlds[X].remove(contact)
    assert take_back(bench, run)["writes"] == 0
    assert "no longer stands in Xero" in told(bench)["left"][0]["why"]
    assert bench.shown(S, account)["phone"] == "+64 9 555 1111"


def test_nothing_is_put_back_where_two_records_are_no_longer_linked(bench: Bench) -> None:
    account, contact, run = carried(bench)
    with bench.session() as session:
        undo.unlink(session, Ref(X, contact), by="Rui", now=bench.clock.now())
    assert take_back(bench, run)["writes"] == 0
    assert [left["why"] for left in told(bench)["left"]] == ["its two records are no longer linked"]
    assert bench.shown(X, contact)["phone"] == "+64 9 555 1111"
    assert bench.shown(S, account)["phone"] == "+64 9 555 1111"


@pytest.mark.parametrize("point", ["after_intent", "after_send", "before_settle"])
def test_an_undo_that_is_killed_is_made_good_by_the_next_run(bench: Bench, point: str) -> None:
    _account, contact, run = carried(bench)

    def stop(at: str) -> None:
        if at == point:
            raise KeyboardInterrupt

    bench.at = stop
    with pytest.raises(KeyboardInterrupt):
        take_back(bench, run)
    bench.left_by(pid=0)
    bench.at = lambda _point: None
    bench.run()
    bench.run()
    assert bench.shown(X, contact)["phone"] == "+64 9 1"
    assert {row.field for row in bench.conflicts()} == {"phone", "fax"}
    assert quiet(bench) == []


def test_parting_two_records_leaves_both_and_links_them_no_more(bench: Bench) -> None:
    account, contact = bench.linked(phone="+64 9 1")
    with bench.session() as session:
        undo.unlink(session, Ref(X, contact), by="Rui", now=bench.clock.now(), reason="Two firms of one name.")
    bench.edit(S, account, phone="+64 9 2")
    for _ in range(3):
        assert bench.run()["writes"] == 0
    assert bench.shown(X, contact)["phone"] == "+64 9 1"
    assert bench.links() == []
    assert {row.unlinked for row in bench.rows(RecordRow)} == {"left"}
    (link,) = bench.rows(LinkRow)
    assert link.baseline_xero["phone"] == "+64 9 1"
    assert "Two firms" in link.closed_because


def test_what_was_never_linked_cannot_be_parted(bench: Bench) -> None:
    account = bench.customer("Aurora Brewing").ref
    with bench.session() as session, pytest.raises(Usage, match="never been read"):
        undo.unlink(session, account, by="Rui", now=bench.clock.now())


def test_what_waits_for_a_person_is_not_taken_back_a_second_time(bench: Bench) -> None:
    _account, contact, run = carried(bench)
    take_back(bench, run, record=Ref(X, contact), field="phone")
    bench.edit(X, contact, phone="+64 9 555 1111")  # a person types again what the sync had written
    take_back(bench, run, record=Ref(X, contact), field="phone")
    assert bench.shown(X, contact)["phone"] == "+64 9 555 1111"
    assert [left["why"] for left in told(bench)["left"]] == ["a conflict about it is open: decide that"]


# -- linked again ------------------------------------------------------------------------------------------------------


def relink(bench: Bench, ref: Ref) -> int:
    with bench.session() as session:
        return undo.relink(session, ref, by="Rui", now=bench.clock.now())


def unlink(bench: Bench, ref: Ref) -> None:
    with bench.session() as session:
        undo.unlink(session, ref, by="Rui", now=bench.clock.now())


def test_two_records_that_were_parted_are_linked_again_with_what_they_had_agreed(bench: Bench) -> None:
    account, contact = bench.linked(phone="1", fax="2")
    before = bench.links()[0]
    unlink(bench, Ref(S, account))
    bench.edit(S, account, phone="9")
    bench.run()
    assert bench.shown(X, contact)["phone"] == "1"
    assert relink(bench, Ref(X, contact)) == before.id
    bench.run()
    assert bench.shown(X, contact)["phone"] == "9"
    assert quiet(bench) == []


def test_what_both_sides_edited_while_they_were_parted_is_asked_whatever_the_policy(bench: Bench) -> None:
    account, contact = bench.linked(phone="1")
    unlink(bench, Ref(S, account))
    bench.edit(S, account, phone="9")
    bench.clock.advance(600)
    bench.edit(X, contact, phone="8")
    bench.run()
    relink(bench, Ref(S, account))
    bench.run()
    assert [(row.field, row.reason) for row in bench.conflicts()] == [("phone", "resumed")]


def test_records_are_not_linked_again_where_one_has_gone_or_nobody_parted_them(bench: Bench) -> None:
    account, contact = bench.linked(phone="1")
    with pytest.raises(Usage, match="cannot be linked again"):
        relink(bench, Ref(S, account))
    unlink(bench, Ref(S, account))
    bench.worlds[X].remove(contact)
    bench.run()
    with pytest.raises(Usage, match="cannot be linked again"):
        relink(bench, Ref(S, account))
    bench.worlds[X].restore(contact)
    bench.run()
    assert relink(bench, Ref(S, account))


def test_what_no_sync_can_have_written_cannot_be_taken_back(bench: Bench) -> None:
    account, _ = bench.linked(phone="1")
    for scope, why in (
        (Scope(1, Ref(S, account), "shoe_size"), "not a shared field"),
        (Scope(1, Ref(X, "nobody")), "never been read"),
        (Scope(1, field="phone"), "of one record"),
        (Scope(99), "no sync 99"),
    ):
        with bench.session() as session, pytest.raises(Usage, match=why):
            undo.connection_of(session, scope)


def test_a_pair_that_was_parted_stays_asked_about_though_a_held_plan_meant_to_write_it(bench: Bench) -> None:
    """The plan's step finds its ground moved and has the record looked at again, which answers no question."""
    _account, contact = bench.linked(phone="+64 9 1")
    (linking,) = bench.rows(ActionRow, do="adopt")
    bench.rule(replace(bench.kind, limits=Limits(blanks=0)))
    bench.edit(X, contact, phone="")
    held = bench.run()
    assert held["status"] == "halted"
    take_back(bench, linking.run_id)
    assert bench.run(plan=held["digest"], reason="It is meant.", skip_moved=True)["writes"] == 0
    bench.run()
    assert [(row.type, row.status) for row in bench.rows(QuestionRow)] == [("undone", "open")]


def test_what_was_written_on_a_record_that_was_merged_since_is_not_taken_back_of_its_survivor(bench: Bench) -> None:
    """It shows the same, and has always done: nobody has written that there."""
    account, contact = bench.linked(phone="111")
    own = bench.customer("Aurora of the bookkeeper's own", X, phone="222").ref.id
    bench.run()
    bench.edit(S, account, phone="222")
    run = bench.run()["run_id"]
    bench.worlds[X].merge(contact, own)
    bench.run()
    take_back(bench, run)
    assert bench.shown(X, own)["phone"] == "222"
    assert {left["why"] for left in told(bench)["left"]} == {"one of the two was merged into another record since"}


def test_the_survivor_of_a_record_that_a_sync_made_is_not_archived(bench: Bench) -> None:
    bench.customer("Aurora Brewing", phone="111")
    run = bench.run()["run_id"]
    (made,) = bench.worlds[X].records
    own = bench.customer("Aurora of old", X).ref.id
    bench.run()
    bench.worlds[X].merge(made, own)
    bench.worlds[X].edit(own, {"name": "Aurora Brewing", "phone": "111"})
    bench.run()
    take_back(bench, run)
    assert bench.worlds[X].records[own].status is Status.ACTIVE


def test_a_record_that_a_sync_made_stays_where_an_edit_of_it_would_not_be_seen(bench: Bench) -> None:
    bench.customer("Aurora Brewing", phone="111")
    run = bench.run()["run_id"]
    bench.rule(owned(bench, phone={"flow": Flow.OFF}))
    take_back(bench, run)
    (contact,) = bench.worlds[X].records.values()
    assert contact.status is Status.ACTIVE
    assert [(left["field"], left["why"]) for left in told(bench)["left"]] == [
        ("phone", "it is shared no more, and an edit is not seen")
    ]


# -- refused -----------------------------------------------------------------------------------------------------------


def refusing(bench: Bench, again: str = "fix") -> None:
    """Xero takes no telephone and archives nothing."""

    def refuse(write: Write) -> Refusal | None:
        taken = "phone" not in write.fields and not write.archive
        return None if taken else Refusal("LOCKED", "Not now.", "phone" if write.fields else "", retry=again)

    bench.gateways[X].hooks.refuse = refuse


def retry(bench: Bench) -> None:
    (row,) = bench.rows(RejectionRow)
    with bench.session() as session:
        rejections.retry(session, row.id, by="Rui", now=bench.clock.now())


def phone_carried(bench: Bench) -> tuple[str, str, int]:
    account, contact = bench.linked(phone="111")
    bench.edit(S, account, phone="222")
    return account, contact, bench.run()["run_id"]


def waiting(bench: Bench) -> list[tuple[str, int]]:
    return [(row.status, row.attempts) for row in bench.rows(RejectionRow)]


def test_what_is_refused_when_it_is_put_back_waits_and_is_put_back_when_somebody_says_so(bench: Bench) -> None:
    _, contact, run = phone_carried(bench)
    refusing(bench)
    assert take_back(bench, run)["open"]["rejections"] == 1
    bench.run(full=True)
    retry(bench)
    bench.run()
    assert waiting(bench) == [("open", 2)]
    bench.gateways[X].hooks.refuse = None
    assert bench.run()["writes"] == 0
    retry(bench)
    bench.run()
    assert bench.shown(X, contact)["phone"] == "111"
    assert [(row.field, row.reason) for row in bench.conflicts()] == [("phone", "undone")]
    assert waiting(bench) == [("closed", 2)]
    steps = [row for row in bench.rows(ActionRow) if row.notes["undoes"]]  # a vendor repeats its answer about a step
    assert [row.state for row in steps] == ["refused", "refused", "settled"]
    assert quiet(bench) == []


def test_what_cannot_be_put_back_yet_is_put_back_when_it_is_due_and_a_plan_made_before_names_it(bench: Bench) -> None:
    _, contact, run = phone_carried(bench)
    refusing(bench, "wait")
    digest = take_back(bench, run)["digest"]
    bench.gateways[X].hooks.refuse = None
    assert bench.run(later=60)["writes"] == 0
    bench.clock.advance(600)
    assert running.make_plan(bench.works, bench.id)["first"] == digest
    assert bench.run(later=0)["digest"] == digest
    assert bench.shown(X, contact)["phone"] == "111"
    assert waiting(bench) == [("closed", 1)]


def test_what_was_refused_when_it_was_put_back_is_over_when_somebody_edits_it(bench: Bench) -> None:
    _, contact, run = phone_carried(bench)
    refusing(bench)
    take_back(bench, run)
    bench.edit(X, contact, phone="333")
    bench.run()
    assert waiting(bench) == [("closed", 1)]


def test_what_was_refused_when_it_was_put_back_is_over_when_another_value_is_typed(bench: Bench) -> None:
    account, contact, run = phone_carried(bench)
    refusing(bench)
    take_back(bench, run)
    bench.gateways[X].hooks.refuse = None
    with bench.session() as session:
        rejections.edit(session, bench.rows(RejectionRow)[0].id, "222", by="Rui", now=bench.clock.now())
    for _ in range(2):
        bench.run()
    assert waiting(bench) == [("closed", 1)]
    assert bench.shown(S, account)["phone"] == bench.shown(X, contact)["phone"] == "222"


@pytest.mark.parametrize("again", ["fix", "wait"])
def test_a_record_whose_archiving_is_refused_is_archived_when_it_is_tried_again(bench: Bench, again: str) -> None:
    _, run = made_by_a_sync(bench, "Aurora Brewing")
    refusing(bench, again)
    take_back(bench, run)
    bench.run()
    assert (standing(bench), waiting(bench)) == ({"Aurora Brewing": Status.ACTIVE}, [("open", 1)])
    bench.gateways[X].hooks.refuse = None
    if again == "fix":
        retry(bench)
    for _ in range(2):
        bench.run(later=600)
    assert (standing(bench), waiting(bench)) == ({"Aurora Brewing": Status.ARCHIVED}, [("closed", 1)])


def test_a_record_that_is_edited_before_its_archiving_is_tried_again_stays(bench: Bench) -> None:
    _, run = made_by_a_sync(bench, "Aurora Brewing")
    refusing(bench)
    take_back(bench, run)
    bench.gateways[X].hooks.refuse = None
    (contact,) = bench.worlds[X].records
    bench.edit(X, contact, phone="333")
    retry(bench)
    assert bench.run()["set_aside"]
    bench.run()
    assert (standing(bench), waiting(bench)) == ({"Aurora Brewing": Status.ACTIVE}, [("closed", 1)])


def test_a_value_that_was_once_refused_when_it_was_put_back_is_an_ordinary_one_when_somebody_types_it(
    bench: Bench,
) -> None:
    account, contact, run = phone_carried(bench)
    refusing(bench)
    take_back(bench, run)
    for side, ref, phone in ((X, contact, "333"), (X, contact, "222"), (S, account, "111")):
        bench.edit(side, ref, phone=phone)
        bench.run()
    assert [(row.status, row.attempted["phone"]) for row in bench.rows(RejectionRow)][-1] == ("open", "111")
    bench.gateways[X].hooks.refuse = None
    with bench.session() as session:
        rejections.retry(session, bench.rows(RejectionRow)[-1].id, by="Rui", now=bench.clock.now())
    bench.run()
    assert bench.shown(S, account)["phone"] == bench.shown(X, contact)["phone"] == "111"
    assert bench.conflicts() == []
    assert {row.status for row in bench.rows(RejectionRow)} == {"closed"}
