"""What once stopped every run for ever, or let a run go on with what no longer held."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler import running
from reconciler.commands import undo
from reconciler.core.model import Ref, Side
from reconciler.core.schema import Create, Flow, KindRule, Policy
from reconciler.core.undo import Scope
from reconciler.store.tables import LinkRow, QuestionRow, RecordRow, RejectionRow
from tests.engine.bench import Bench, Killed, S, X, make_database, owned, quiet, twins
from tests.engine.places import PlacedBench
from tests.engine.test_between_the_steps import meanwhile

MAIL = "accounts@aurora.example"


def killed_undo(bench: Bench, run_id: int) -> None:
    """Killed when what was taken back has been sent and nobody knows it yet."""

    def stop(point: str) -> None:
        if point == "after_send":
            raise Killed(point)

    bench.at = stop
    with pytest.raises(Killed):
        bench.run(undo=Scope(run_id))
    bench.left_by(pid=0)
    bench.at = lambda _point: None


@pytest.mark.parametrize("answer", ["retire", "leave", ""])
def test_a_pair_that_fell_and_can_be_read_no_more_stops_nothing(bench: Bench, answer: str) -> None:
    oldest, _ = bench.linked("Oldest")
    account, contact = bench.linked("Other", phone="111")
    bench.clock.advance(5)
    bench.worlds[S].remove(oldest)
    bench.run()
    if answer:
        (question,) = bench.rows(QuestionRow, status="open")
        bench.answer(question.id, answer)
        bench.run()
    bench.worlds[S].purge(oldest)
    bench.edit(S, account, phone="222")
    assert bench.run()["status"] != "halted"
    assert bench.shown(X, contact)["phone"] == "222"


@pytest.mark.parametrize("other", [[{"salesforce": "Mobile__c"}], [{"flow": Flow.OFF}, {"flow": Flow.BOTH}]])
def test_an_undo_in_doubt_of_a_field_that_is_read_anew_is_held_all_the_same(other: list[dict[str, object]]) -> None:
    bench = PlacedBench(make_database())
    account, contact = bench.linked(phone="111", fax="1")
    bench.edit(S, account, phone="222")
    killed_undo(bench, bench.run()["run_id"])
    for each in other:
        bench.rule(owned(bench, phone=each))
    assert bench.run(later=3600)["status"] in {"done", "open"}
    bench.run()
    assert [(row.field, row.reason) for row in bench.conflicts()] == [("phone", "undone")]
    assert bench.shown(X, contact)["phone"] == "111"


def test_a_field_that_is_mapped_elsewhere_while_its_undo_is_under_way_breaks_nothing() -> None:
    bench = PlacedBench(make_database())
    account, _ = bench.linked(phone="111", fax="1")
    bench.edit(S, account, phone="222")
    run = bench.run()["run_id"]
    elsewhere = owned(bench, phone={"salesforce": "Mobile__c"})
    meanwhile(bench, "after_intent", lambda: bench.rule(elsewhere))
    bench.run(undo=Scope(run))
    assert bench.run(later=3600)["status"] in {"done", "open"}


def by_one(names: int = 3) -> tuple[Bench, list[str], list[str]]:
    """So many pairs, and batches of one; each telephone is edited in Salesforce."""
    bench = Bench(make_database(), batch_size=1)
    pairs = [bench.linked(f"Firm {'ABC'[number] * 5}", phone="111") for number in range(names)]
    for account, _ in pairs:
        bench.edit(S, account, phone="222")
    return bench, [account for account, _ in pairs], [contact for _, contact in pairs]


def test_a_direction_that_is_turned_while_a_run_writes_holds_from_the_next_batch() -> None:
    bench, _, contacts = by_one()
    off = owned(bench, phone={"flow": Flow.OFF})
    meanwhile(bench, "after_send", lambda: bench.rule(off))
    assert bench.run()["writes"] == 1
    bench.run()
    assert sorted(str(bench.shown(X, contact)["phone"]) for contact in contacts) == ["111", "111", "222"]


def test_creates_that_are_switched_off_while_a_run_makes_some_are_made_no_more() -> None:
    bench, _, _ = by_one(1)
    for name in ("Kauri", "Rimu"):
        bench.customer(name)
    none: KindRule = replace(bench.kind, create=Create.NONE)
    meanwhile(bench, "after_send", lambda: bench.rule(none))
    bench.run()
    bench.run()
    assert len(bench.worlds[X].records) == 2


@pytest.mark.parametrize("side", [S, X])
def test_what_was_written_where_a_field_lay_before_is_not_taken_for_agreed_where_it_lies_now(side: Side) -> None:
    """The rules were saved while it was written: both places are compared as for the first time."""
    column = {S: ("salesforce", "Mobile__c"), X: ("xero", "Phones.MOBILE")}[side]
    bench = PlacedBench(make_database())
    account, contact = bench.linked(phone="111")
    bench.types(side, account if side is S else contact, {f"phone@{column[1]}": "777"})
    bench.run()
    bench.edit(S, account, phone="222")
    elsewhere = owned(bench, phone={column[0]: column[1], "policy": Policy.ASK})
    meanwhile(bench, "after_intent", lambda: bench.rule(elsewhere))
    bench.run()
    bench.run(later=3600)
    assert [(row.field, row.reason) for row in bench.conflicts()] == [("phone", "first")]
    assert bench.shown(S, account)["phone"] == "222"


@pytest.mark.parametrize("point", ["after_intent", "after_send", "before_settle"])
def test_what_was_written_where_a_field_still_lies_is_agreed_on_whatever_else_was_saved_meanwhile(point: str) -> None:
    """Or the next edit of its source would clash with what we ourselves have written."""
    bench = PlacedBench(make_database())
    account, contact = bench.linked(phone="111", fax="1")
    bench.edit(S, account, phone="222")
    meanwhile(bench, point, lambda: bench.rule(owned(bench, fax={"salesforce": "Second_Fax__c"})))
    bench.run()
    bench.edit(S, account, phone="333")
    bench.run()
    assert not bench.conflicts()
    assert bench.shown(X, contact)["phone"] == "333"


def test_what_had_landed_when_its_run_ended_is_agreed_on_whatever_else_was_saved_since() -> None:
    bench = PlacedBench(make_database())
    account, contact = bench.linked(phone="111", fax="1")
    bench.edit(S, account, phone="222")
    assert bench.killed_at("after_send")
    bench.rule(owned(bench, fax={"salesforce": "Second_Fax__c"}))
    running.make_plan(bench.works, bench.id)
    bench.edit(S, account, phone="333")
    bench.run()
    assert not bench.conflicts()
    assert bench.shown(X, contact)["phone"] == "333"


def test_what_is_in_doubt_where_a_field_lay_before_is_not_taken_for_agreed_where_it_lies_now() -> None:
    bench = PlacedBench(make_database())
    account, contact = bench.linked(phone="111")
    bench.types(S, account, {"phone@Mobile__c": "777"})
    bench.run()
    bench.edit(S, account, phone="222")
    assert bench.killed_at("after_send")
    bench.rule(owned(bench, phone={"salesforce": "Mobile__c", "policy": Policy.ASK}))
    bench.run(later=3600)
    bench.run()
    assert [(row.field, row.reason) for row in bench.conflicts()] == [("phone", "first")]
    assert bench.shown(X, contact)["phone"] == "222"


def test_two_that_return_to_one_contact_from_merges_do_not_both_get_it(bench: Bench) -> None:
    first, contact = bench.linked("Aurora Brewing", email=MAIL)
    survivor, _ = bench.linked("Basalt Foods")
    bench.clock.advance(5)
    bench.worlds[S].merge(first, survivor)
    bench.run()
    second = bench.customer("Aurora Brewing", email=MAIL).ref.id
    bench.clock.advance(60)
    bench.worlds[X].edit(contact, partner=second)
    bench.run()
    for record, act in ((second, bench.worlds[S].merge), (first, None), (second, None)):
        bench.clock.advance(5)
        _ = act(record, survivor) if act else bench.worlds[S].restore(record)
        if act:
            bench.run()
    bench.run()
    assert [row.status for row in bench.rows(LinkRow) if row.xero == contact and row.status != "closed"] == ["active"]
    assert not [found for found in twins(bench) if "links of" in found]


def test_what_was_taken_back_is_still_held_when_a_merge_is_taken_back(bench: Bench) -> None:
    account, contact = bench.linked("Aurora", phone="111")
    survivor, _ = bench.linked("Basalt")
    bench.edit(S, account, phone="222")
    bench.run(undo=Scope(bench.run()["run_id"]))
    bench.clock.advance(5)
    bench.worlds[S].merge(account, survivor)
    bench.run()
    bench.clock.advance(5)
    bench.worlds[S].restore(account)
    bench.run()
    bench.edit(S, account, phone="223")
    bench.run()
    assert bench.shown(X, contact)["phone"] == "111"
    assert [(row.reason, row.values["salesforce"]) for row in bench.conflicts()] == [("undone", "223")]


def test_a_customer_whose_id_stands_on_a_contact_that_was_merged_away_is_not_made_and_that_is_said(
    bench: Bench,
) -> None:
    """Xero keeps a number for the contact that had it: whoever wants another one made is told where it stands."""
    account, contact = bench.linked("Aurora Brewing")
    _, survivor = bench.linked("Basalt Foods")
    bench.clock.advance(5)
    bench.worlds[X].merge(contact, survivor)
    bench.run()
    with bench.session() as session:
        undo.unlink(session, Ref(X, survivor), by="Rui", now=bench.clock.now(), connection_id=bench.id)
    bench.run()
    (question,) = [row for row in bench.rows(QuestionRow, status="open") if row.type == "match"]
    bench.answer(question.id, "create_as:Aurora Two")
    assert bench.run()["open"]["rejections"] == 1
    (refused,) = bench.rows(RejectionRow, status="open")
    assert (refused.code, refused.ref) == ("id_taken", f"salesforce:{account}")
    assert quiet(bench) == []


def test_what_a_pair_stood_for_is_asked_about_again_once_the_pair_is_parted(bench: Bench) -> None:
    _, contact = bench.linked("Aurora Brewing")
    other = bench.customer("Aurora Brewing").ref.id
    bench.run()
    (question,) = bench.rows(QuestionRow, status="open")
    bench.answer(question.id, f"covered:xero:{contact}")
    bench.run()
    with bench.session() as session:
        undo.unlink(session, Ref(X, contact), by="Rui", now=bench.clock.now(), connection_id=bench.id)
    bench.run()
    (row,) = bench.rows(RecordRow, ref=other)
    assert (row.covered_by, row.unlinked) == (None, "question")
    assert f"salesforce:{other}" in [each.about for each in bench.rows(QuestionRow, status="open")]
