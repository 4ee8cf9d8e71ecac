"""A value that a side would not take: a person types another, both sides get it; and the others never wait for one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm import Session

from reconciler.commands import rejections
from reconciler.core.model import Side, Value
from reconciler.core.schema import Create, FieldRule, Flow, OptIn
from reconciler.errors import Refusal, Usage
from reconciler.ports import Write
from reconciler.store.tables import ActionRow, ConflictRow, RejectionRow
from tests.engine.bench import HERE, THERE, Bench, S, X, differences, owned, quiet


def no_letters_in_phones(side: Side, rule: FieldRule, value: Value) -> Refusal | None:
    bad = side is X and rule.key == "account_number" and isinstance(value, str) and "!" in value
    return Refusal("invalid_account_number", "Xero: no exclamation marks.", rule.key) if bad else None


@pytest.fixture
def refused(bench: Bench) -> tuple[Bench, str, str, Any]:
    bench.cannot_hold = no_letters_in_phones
    account, contact = bench.linked(account_number="C-1")
    bench.edit(S, account, account_number="C-1!")
    bench.run()
    (row,) = bench.rows(RejectionRow)
    return bench, account, contact, row


def no_such_street(write: Write) -> Refusal | None:
    """As a vendor refuses a record as a whole, and names no field of ours."""
    return Refusal("invalid_address", "There is no such street.") if write.fields.get("billing") == HERE else None


def edit(bench: Bench, number: int, value: Any, field: str = "") -> None:
    with Session(bench.engine) as session:
        rejections.edit(session, number, value, by="Rui", now=bench.clock.now(), field=field, reason="No marks")


def retry(bench: Bench, number: int) -> None:
    with Session(bench.engine) as session:
        rejections.retry(session, number, by="Rui", now=bench.clock.now())


def test_another_value_stands_on_both_sides_after_the_next_run(refused: tuple[Bench, str, str, Any]) -> None:
    bench, account, contact, row = refused
    edit(bench, row.id, "C-2")
    bench.run()
    assert [bench.shown(side, ref)["account_number"] for side, ref in ((S, account), (X, contact))] == ["C-2", "C-2"]
    assert [each.status for each in bench.rows(RejectionRow)] == ["closed"]
    (decided,) = bench.rows(ConflictRow)
    assert (decided.status, decided.by, decided.winner, decided.reason) == ("decided", "Rui", "value", "refused")
    assert differences(bench) == quiet(bench) == []


def test_it_is_written_to_both_sides_by_one_plan_which_does_not_take_its_own_first_write_for_an_edit(
    refused: tuple[Bench, str, str, Any],
) -> None:
    bench, *_, row = refused
    edit(bench, row.id, "C-2")
    assert bench.run()["set_aside"] == []
    written = [each for each in bench.rows(ActionRow, do="update") if each.fields["account_number"]["to"] == "C-2"]
    assert [(each.side, each.state) for each in written] == [("xero", "settled"), ("salesforce", "settled")]
    assert len({each.plan_id for each in written}) == 1


def no_phone(again: str) -> Callable[[Write], Refusal | None]:
    """As a vendor refuses any telephone, for now or for good."""
    return lambda write: Refusal("bad", "No.", "phone", retry=again) if "phone" in write.fields else None


@pytest.mark.parametrize("again", ["fix", "wait"])
def test_what_is_tried_again_and_refused_again_is_the_same_refusal_with_one_more_attempt(
    bench: Bench, again: str
) -> None:
    """Whoever has it in hand, and what was said about it, stays with it."""
    account, contact = bench.linked(phone="111")
    bench.gateways[X].hooks.refuse = no_phone(again)
    bench.edit(S, account, phone="222")
    for attempts in (1, 2, 3):
        bench.run(later=600)
        (row,) = bench.rows(RejectionRow)
        assert (row.status, row.attempts) == ("open", attempts)
        if again == "fix":
            retry(bench, row.id)
    bench.gateways[X].hooks.refuse = None
    bench.run(later=600)
    assert bench.shown(X, contact)["phone"] == "222"
    assert [row.status for row in bench.rows(RejectionRow)] == ["closed"]


def test_a_refusal_is_over_when_another_value_is_tried(bench: Bench) -> None:
    account, _ = bench.linked(phone="111")
    bench.gateways[X].hooks.refuse = no_phone("fix")
    bench.edit(S, account, phone="222")
    bench.run()
    retry(bench, bench.rows(RejectionRow)[0].id)
    bench.edit(S, account, phone="333")
    bench.run()
    assert [(row.status, row.attempted["phone"], row.attempts) for row in bench.rows(RejectionRow)] == [
        ("closed", "222", 1),
        ("open", "333", 1),
    ]


def test_a_value_edited_meanwhile_is_not_written_over(refused: tuple[Bench, str, str, Any]) -> None:
    bench, account, contact, row = refused
    edit(bench, row.id, "C-2")
    bench.edit(X, contact, account_number="C-3")
    bench.run()
    assert bench.shown(S, account)["account_number"] == "C-1!"
    assert bench.shown(X, contact)["account_number"] == "C-3"
    (open_,) = bench.rows(ConflictRow)
    assert (open_.status, "Rui had decided" in open_.noted) == ("open", True)


@pytest.mark.prove
def test_a_value_that_is_refused_too_is_refused_at_once(refused: tuple[Bench, str, str, Any]) -> None:
    bench, *_, row = refused
    with pytest.raises(Usage):
        edit(bench, row.id, {"street": "no group"})
    assert bench.rows(ConflictRow) == []


def test_a_value_that_flows_one_way_is_corrected_where_it_comes_from(refused: tuple[Bench, str, str, Any]) -> None:
    bench, *_, row = refused
    bench.rule(owned(bench, account_number={"flow": Flow.S2X}))
    with pytest.raises(Usage, match="one way only") as caught:
        edit(bench, row.id, "C-2")
    assert "Correct it in Salesforce" in str(caught.value)
    assert bench.rows(ConflictRow) == []


@pytest.mark.prove
def test_a_record_that_was_made_without_the_value_gets_the_one_that_is_typed(bench: Bench) -> None:
    bench.cannot_hold = no_letters_in_phones
    account = bench.customer("Aurora", account_number="!").ref.id
    bench.run()
    (row,) = bench.rows(RejectionRow, status="open")
    edit(bench, row.id, "C-2")
    bench.run()
    (contact,) = bench.worlds[X].records
    assert [bench.shown(side, ref)["account_number"] for side, ref in ((S, account), (X, contact))] == ["C-2", "C-2"]
    assert bench.rows(RejectionRow, status="open") == []


@pytest.mark.parametrize("side", [S, X])
def test_a_record_that_was_refused_as_a_whole_is_made_with_the_value_that_is_typed(bench: Bench, side: Side) -> None:
    bench.rule(replace(owned(bench, billing={"flow": Flow.BOTH}), create=Create.BOTH, opt_in=OptIn(xero="all")))
    bench.gateways[side.other].hooks.refuse = no_such_street
    ref = bench.customer("Aurora", side, billing=HERE, phone="1").ref.id
    bench.run()
    (row,) = bench.rows(RejectionRow, status="open")
    assert (row.link_id, sorted(row.attempted)) == (None, ["billing", "name", "phone"])
    with pytest.raises(Usage, match="not about one value"):
        edit(bench, row.id, THERE)
    edit(bench, row.id, THERE, field="billing")
    assert bench.run()["actions"]["create"][side.other] == 1
    bench.run()
    (other,) = bench.worlds[side.other].records
    assert [bench.shown(*one)["billing"] for one in ((side, ref), (side.other, other))] == [THERE, THERE]
    assert bench.shown(side.other, other)["phone"] == "1"
    assert [each.status for each in bench.rows(RejectionRow)] == ["closed"]
    (decided,) = bench.rows(ConflictRow)
    assert (decided.status, decided.by, decided.reason, decided.winner) == ("decided", "Rui", "refused", "value")
    assert differences(bench) == quiet(bench) == []


@pytest.mark.prove
def test_a_record_that_is_corrected_where_it_stands_is_not_made_with_what_was_typed_before(bench: Bench) -> None:
    bench.gateways[X].hooks.refuse = no_such_street
    ref = bench.customer("Aurora", billing=HERE).ref.id
    bench.run()
    (row,) = bench.rows(RejectionRow, status="open")
    edit(bench, row.id, THERE, field="billing")
    mended = ("3 Wharf Lane", *HERE[1:])
    bench.edit(S, ref, billing=mended)
    bench.run()
    (contact,) = bench.worlds[X].records
    assert bench.shown(S, ref)["billing"] == bench.shown(X, contact)["billing"] == mended
    assert [each.status for each in bench.rows(ConflictRow)] == ["closed"]
    assert differences(bench) == quiet(bench) == []


@pytest.mark.prove
def test_what_is_typed_and_refused_again_waits_again(bench: Bench) -> None:
    bench.gateways[X].hooks.refuse = lambda _write: Refusal("bad", "No.", "name")
    bench.customer("Aurora")
    bench.run()
    (row,) = bench.rows(RejectionRow, status="open")
    edit(bench, row.id, "Aurora Brewing")
    bench.run()
    (again,) = bench.rows(RejectionRow)
    assert (again.id, again.status, again.attempted["name"]) == (row.id, "open", "Aurora Brewing")
    assert bench.run()["writes"] == 0
    bench.gateways[X].hooks.refuse = None
    edit(bench, row.id, "Aurora Two")
    bench.run()
    bench.run()
    shown = [record.fields["name"] for side in (S, X) for record in bench.worlds[side].records.values()]
    assert shown == ["Aurora Two", "Aurora Two"]
    assert differences(bench) == quiet(bench) == []


@pytest.mark.prove
def test_what_is_closed_or_not_there_cannot_be_edited(refused: tuple[Bench, str, str, Any]) -> None:
    bench, account, _, row = refused
    bench.edit(S, account, account_number="C-9")
    bench.run()
    for number in (row.id, 10**6):
        with pytest.raises(Usage):
            edit(bench, number, "C-2")


@pytest.mark.parametrize("side", [S, X])
def test_one_refused_record_never_stops_the_others(bench: Bench, side: Side) -> None:
    pairs = [bench.pair(f"Customer {number}", account_number=f"C-{number}") for number in range(8)]
    bench.run()
    bench.cannot_hold = lambda to, rule, value: (
        Refusal("bad", "No.", rule.key) if rule.key == "phone" and value == "+64 3" else None
    )
    for number, pair in enumerate(pairs):
        record = pair[0 if side is S else 1]
        bench.edit(side, record.ref.id, phone=f"+64 {number}", fax=f"+64 99 {number}")
    bench.run()
    other = [pair[1 if side is S else 0].ref.id for pair in pairs]
    shown = [bench.shown(side.other, ref) for ref in other]
    assert [fields["fax"] for fields in shown] == [f"+64 99 {number}" for number in range(8)]
    assert [fields["phone"] for fields in shown] == [f"+64 {n}" if n != 3 else "" for n in range(8)]
    assert len(bench.rows(RejectionRow, status="open")) == 1
