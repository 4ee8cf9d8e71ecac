"""What the other side cannot hold and names that cannot be had are listed with the reason; nothing else waits."""

from __future__ import annotations

from reconciler.commands import rejections
from reconciler.core.model import Side, Status, Value
from reconciler.core.schema import FieldRule, Flow, Policy
from reconciler.core.undo import Scope
from reconciler.errors import Refusal
from reconciler.store.tables import QuestionRow, RecordRow, RejectionRow
from tests.engine.bench import Bench, S, X, make_database, owned, quiet
from tests.engine.places import PlacedBench

NO_NAME = Refusal("invalid", "Xero: not a name.", "name")


def no_marks(side: Side, rule: FieldRule, value: Value) -> Refusal | None:
    bad = side is X and rule.key == "account_number" and "!" in str(value)
    return Refusal("invalid", "Xero: no exclamation marks.", rule.key) if bad else None


def test_a_customer_is_made_without_what_the_other_side_cannot_hold_and_that_is_listed(bench: Bench) -> None:
    bench.cannot_hold = no_marks
    account = bench.customer("Aurora", account_number="C-1!").ref
    assert bench.run()["actions"]["create"]["xero"] == 1
    (row,) = bench.rows(RejectionRow, status="open")
    assert (row.field, row.attempted) == ("account_number", {"account_number": "C-1!"})
    assert quiet(bench) == []
    bench.edit(S, account.id, account_number="C-1")
    assert bench.run()["writes"] == 1
    assert not bench.rows(RejectionRow, status="open")


def test_a_customer_whose_name_the_other_side_cannot_hold_is_not_made(bench: Bench) -> None:
    bench.cannot_hold = lambda side, rule, _value: NO_NAME if (side, rule.key) == (X, "name") else None
    bench.customer("Aurora")
    report = bench.run()
    assert (report["writes"], report["open"]["rejections"]) == (0, 1)
    assert [row.unlinked for row in bench.rows(RecordRow)] == ["refused"]
    assert quiet(bench) == []


def test_a_customer_is_made_under_the_name_it_has_now_though_names_do_not_flow() -> None:
    bench = PlacedBench(make_database())
    bench.rule(owned(bench, name={"flow": Flow.OFF}))
    account = bench.customer("Aurora").ref.id
    bench.run()
    (contact,) = bench.worlds[X].records.values()
    assert (contact.fields["name"], contact.partner) == ("Aurora", account)


def test_two_customers_that_take_each_others_names_are_told_why_neither_name_is_carried(bench: Bench) -> None:
    one, other = bench.linked("Aurora", phone="1"), bench.linked("Blixt", phone="1")
    bench.edit(S, one[0], name="Blixt", phone="2")
    bench.edit(S, other[0], name="Aurora")
    report = bench.run()
    assert report["rejections"] == 2
    assert bench.shown(X, one[1])["phone"] == "2"
    assert {bench.shown(X, ref)["name"] for _, ref in (one, other)} == {"Aurora", "Blixt"}
    assert {row.field for row in bench.rows(RejectionRow, status="open")} == {"name"}
    bench.edit(S, other[0], name="Crane")
    bench.run()
    (left,) = bench.rows(RejectionRow, status="open")
    with bench.session() as session:
        rejections.retry(session, left.id, by="Rui", now=bench.clock.now())
    bench.run()
    assert (bench.shown(X, one[1])["name"], bench.shown(X, other[1])["name"]) == ("Blixt", "Crane")
    assert not bench.rows(RejectionRow, status="open")


def test_a_name_that_the_same_plan_frees_is_taken_once_it_is_free(bench: Bench) -> None:
    bench.rule(owned(bench, name={"policy": Policy.NEWEST}))
    bench.linked("Aurora Brewing")
    renamed, _ = bench.linked("Boreas Boats")
    bench.customer("Aurora Brewing")
    bench.run()
    (question,) = bench.rows(QuestionRow, status="open")
    bench.answer(question.id, "create_as:Boreas Boats")
    bench.edit(S, renamed, name="Castor Cranes")
    for _ in range(2):
        bench.run()
    names = sorted(str(contact.fields["name"]) for contact in bench.worlds[X].records.values())
    assert names == ["Aurora Brewing", "Boreas Boats", "Castor Cranes"]
    assert not bench.rows(RejectionRow)


def test_two_fields_that_are_refused_one_after_the_other_are_not_sent_again_in_turns(bench: Bench) -> None:
    """No refusal says which field it means: each that was refused is listed, and waits."""
    account, _ = bench.linked(phone="111", fax="1")
    bench.gateways[X].hooks.refuse = lambda write: Refusal("invalid", "No.") if write.fields else None
    bench.edit(S, account, phone="222")
    bench.run()
    bench.edit(S, account, fax="2")
    bench.run()
    (row,) = bench.rows(RejectionRow, status="open")
    assert (row.attempted, row.attempts) == ({"phone": "222", "fax": "2"}, 2)
    assert quiet(bench) == []
    assert bench.rows(RejectionRow)[0].attempts == 2


def test_values_refused_together_are_listed_as_long_as_each_is_meant(bench: Bench) -> None:
    account, contact = bench.linked(phone="111", fax="1")
    bench.edit(S, account, phone="222", fax="2")
    no = Refusal("invalid", "No.")
    bench.gateways[X].hooks.refuse = lambda write: no if write.fields.get("phone") == "222" else None
    bench.run()
    bench.edit(S, account, phone="223")
    bench.run()
    assert bench.shown(X, contact)["phone"] == "223"
    (row,) = bench.rows(RejectionRow, status="open")
    assert row.attempted == {"fax": "2"}
    bench.edit(S, account, fax="1")
    bench.run()
    assert not bench.rows(RejectionRow, status="open")


def test_what_is_refused_to_be_taken_back_hides_no_other_refusal_of_its_field(bench: Bench) -> None:
    account, contact = bench.linked(phone="111", fax="1")
    bench.edit(S, account, phone="222")
    run = bench.run()["run_id"]
    bench.gateways[X].hooks.refuse = lambda write: Refusal("invalid", "No.") if "phone" in write.fields else None
    bench.edit(S, account, phone="333")
    bench.run()
    bench.run(undo=Scope(run))
    bench.edit(S, account, fax="2")
    bench.run()
    assert bench.shown(X, contact)["fax"] == "2"


def test_what_is_refused_for_good_keeps_nothing_from_being_tried_again_that_was_refused_for_now(bench: Bench) -> None:
    """Neither refusal says which field it means."""
    account, contact = bench.linked(phone="111", fax="1")
    bench.gateways[X].hooks.refuse = lambda _write: Refusal("busy", "Later.", retry="wait")
    bench.edit(S, account, phone="222")
    bench.run()
    bench.gateways[X].hooks.refuse = lambda write: Refusal("invalid", "No.") if "fax" in write.fields else None
    bench.edit(S, account, fax="2")
    bench.run()
    assert {row.retry: row.attempted for row in bench.rows(RejectionRow, status="open")} == {
        "wait": {"phone": "222"},
        "fix_data": {"fax": "2"},
    }
    bench.run(later=900)
    assert bench.shown(X, contact)["phone"] == "222"
    (row,) = bench.rows(RejectionRow, status="open")
    assert row.attempted == {"fax": "2"}


def test_what_was_refused_for_now_and_then_for_good_is_listed_once_and_no_longer_tried(bench: Bench) -> None:
    account, _ = bench.linked(phone="111", fax="1")
    bench.gateways[X].hooks.refuse = lambda _write: Refusal("busy", "Later.", retry="wait")
    bench.edit(S, account, phone="222")
    bench.run()
    bench.gateways[X].hooks.refuse = lambda write: Refusal("invalid", "No.") if write.fields else None
    bench.edit(S, account, fax="2")
    bench.run()
    bench.run(later=900)
    (row,) = bench.rows(RejectionRow, status="open")
    assert (row.retry, row.attempted, row.due_at) == ("fix_data", {"phone": "222", "fax": "2"}, None)
    assert quiet(bench) == []


def test_a_name_of_a_contact_that_the_same_plan_archives_is_free(bench: Bench) -> None:
    bench.linked("The canary")
    account, contact = bench.linked("Aurora Brewing")
    other, renamed = bench.linked("Boreas Boats")
    bench.clock.advance(5)
    bench.worlds[S].remove(account)
    bench.run()
    (question,) = bench.rows(QuestionRow, status="open")
    bench.answer(question.id, "retire")
    bench.edit(S, other, name="Aurora Brewing")
    bench.run()
    assert bench.worlds[X].records[contact].status is Status.ARCHIVED
    assert bench.shown(X, renamed)["name"] == "Aurora Brewing"
    assert not bench.rows(RejectionRow)
