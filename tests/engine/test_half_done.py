"""What is carried out in part: what is done is settled and shown, the rest is neither forgotten nor taken for done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler.commands import conflicts, pauses, rejections
from reconciler.core.model import Side
from reconciler.core.schema import Flow, Policy
from reconciler.core.undo import Scope
from reconciler.errors import Refusal
from reconciler.store.tables import ActionRow, RejectionRow
from tests.engine.bench import Bench, S, X, baselines, owned, quiet

InDoubt = Callable[[Bench], object]


def _killed(bench: Bench) -> object:
    return bench.killed_at("after_send")


def _unanswered(bench: Bench) -> object:
    bench.gateways[X].hooks.lose_next_answer = True
    return bench.run()


in_doubt = pytest.mark.parametrize("left_in_doubt", [_killed, _unanswered])


# -- a write in doubt, one field of which somebody has edited since


@in_doubt
def test_what_a_write_in_doubt_wrote_over_is_shown_though_another_field_was_edited_since(
    bench: Bench, left_in_doubt: InDoubt
) -> None:
    bench.rule(owned(bench, phone={"flow": Flow.S2X}))
    account, contact = bench.linked(phone="111", fax="1")
    bench.edit(X, contact, phone="999")
    bench.edit(S, account, fax="2")
    left_in_doubt(bench)
    bench.edit(X, contact, fax="77")
    bench.run()
    shown = [(row.field, row.reason, row.values) for row in bench.conflicts("decided") if row.field == "phone"]
    assert shown == [("phone", "direction", {"salesforce": "111", "xero": "999"})]
    assert bench.shown(X, contact)["phone"] == "111"


@in_doubt
def test_what_a_write_in_doubt_wrote_is_not_carried_back_as_an_edit(bench: Bench, left_in_doubt: InDoubt) -> None:
    bench.rule(owned(bench, phone={"policy": Policy.ASK}, fax={"policy": Policy.ASK}))
    account, contact = bench.linked(phone="111", fax="1")
    bench.edit(S, account, phone="222", fax="2")
    left_in_doubt(bench)
    bench.edit(X, contact, fax="77")
    bench.edit(S, account, phone="111")
    bench.run()
    assert bench.shown(S, account)["phone"] == bench.shown(X, contact)["phone"] == "111"
    assert [(row.field, set(row.values.values())) for row in bench.conflicts()] == [("fax", {"2", "77"})]
    assert not quiet(bench)


@pytest.mark.parametrize("source", Side)
def test_a_write_that_was_never_sent_settles_nothing_though_its_target_was_edited(bench: Bench, source: Side) -> None:
    bench.rule(owned(bench, phone={"policy": Policy.ASK}, fax={"policy": Policy.ASK}))
    ids = dict(zip((S, X), bench.linked(phone="111", fax="1"), strict=True))
    bench.edit(source, ids[source], phone="222", fax="2")
    assert bench.killed_at("after_intent")
    bench.edit(source.other, ids[source.other], fax="77")
    bench.run()
    assert [row.state for row in bench.rows(ActionRow, do="update")] == ["unknown", "settled"]
    assert bench.shown(S, ids[S])["phone"] == bench.shown(X, ids[X])["phone"] == "222"
    assert [row.field for row in bench.conflicts()] == ["fax"]


def test_what_an_undo_in_doubt_put_back_is_held_though_another_field_was_edited_since(bench: Bench) -> None:
    account, contact = bench.linked(phone="111", fax="1")
    bench.edit(S, account, phone="222", fax="2")
    written = bench.run()["run_id"]
    bench.gateways[X].hooks.lose_next_answer = True
    bench.run(undo=Scope(written))
    bench.edit(X, contact, fax="77")
    bench.run()  # it ends the undo
    bench.run()
    assert (bench.shown(S, account)["phone"], bench.shown(X, contact)["phone"]) == ("222", "111")
    assert [(row.field, row.reason) for row in bench.conflicts()] == [("phone", "undone")]
    assert bench.shown(S, account)["fax"] == bench.shown(X, contact)["fax"] == "77"


# -- a typed value that stands on one side only as yet


def _half_carried(bench: Bench) -> tuple[str, str, int]:
    """222 in Salesforce, 333 in Xero, decided for 444: it stands in Xero, and Salesforce is paused."""
    bench.rule(owned(bench, phone={"policy": Policy.ASK}))
    account, contact = bench.linked(phone="111")
    bench.edit(S, account, phone="222")
    bench.edit(X, contact, phone="333")
    bench.run()
    (conflict,) = bench.conflicts()
    bench.resolve(conflict.id, value="444")
    _pause(bench)
    bench.run()
    assert _shown(bench, account, contact) == ("222", "444")
    return account, contact, conflict.id


def _pause(bench: Bench) -> None:
    with bench.session() as session:
        pauses.pause(session, bench.id, side=S, by="Ada", now=bench.clock.now())


def _resume(bench: Bench) -> None:
    with bench.session() as session:
        pauses.resume(session, bench.id, side=S, by="Ada", now=bench.clock.now())


def _withdraw(bench: Bench, conflict: int) -> None:
    with bench.session() as session:
        conflicts.withdraw(session, conflict, by="Rui", now=bench.clock.now())


def _shown(bench: Bench, account: str, contact: str) -> tuple[object, object]:
    return bench.shown(S, account)["phone"], bench.shown(X, contact)["phone"]


def _refuses(bench: Bench, side: Side, *values: str) -> None:
    no = Refusal("BAD", "No.", "phone")
    bench.gateways[side].hooks.refuse = lambda write: no if write.fields.get("phone") in values else None


def test_a_decision_half_carried_out_is_carried_out_by_the_next_run_and_shown_as_it_was_decided(bench: Bench) -> None:
    account, contact, conflict = _half_carried(bench)
    bench.run()
    _resume(bench)
    bench.run()
    assert _shown(bench, account, contact) == ("444", "444")
    (row,) = bench.conflicts("decided")
    assert (row.id, row.values) == (conflict, {"salesforce": "222", "xero": "333"})
    assert not baselines(bench)
    assert not quiet(bench)


def test_a_decision_half_carried_out_and_withdrawn_is_asked_about_with_the_values_that_stand(bench: Bench) -> None:
    account, contact, conflict = _half_carried(bench)
    _withdraw(bench, conflict)
    _resume(bench)
    bench.run()
    (row,) = bench.conflicts()
    assert (row.id, row.values) == (conflict, {"salesforce": "222", "xero": "444"})
    bench.resolve(conflict, take=S)
    bench.run()
    assert _shown(bench, account, contact) == ("222", "222")
    assert not quiet(bench)


def test_an_edit_does_not_write_over_a_decision_half_carried_out(bench: Bench) -> None:
    account, contact, conflict = _half_carried(bench)
    bench.edit(S, account, phone="555")
    _resume(bench)
    bench.run()
    assert _shown(bench, account, contact) == ("555", "444")
    (row,) = bench.conflicts()
    assert (row.id, row.values, bool(row.noted)) == (conflict, {"salesforce": "555", "xero": "444"}, True)


def test_a_direction_turned_over_a_decision_half_carried_out_is_followed(bench: Bench) -> None:
    account, contact, _ = _half_carried(bench)
    bench.rule(owned(bench, phone={"flow": Flow.S2X}))
    _resume(bench)
    bench.run()
    assert _shown(bench, account, contact) == ("222", "222")
    (row,) = bench.conflicts("closed")
    assert "direction" in row.closed_because
    (decided,) = bench.conflicts("decided")
    assert decided.values == {"salesforce": "222", "xero": "444"}


@pytest.mark.parametrize(("choice", "value"), [({"take": S}, "222"), ({"value": "666"}, "666")])
def test_a_decision_that_one_side_refuses_can_be_made_anew(bench: Bench, choice: dict[str, Any], value: str) -> None:
    account, contact, conflict = _half_carried(bench)
    _refuses(bench, S, "444")
    _resume(bench)
    bench.run()
    bench.resolve(conflict, **choice)
    bench.run()
    assert _shown(bench, account, contact) == (value, value)
    assert [row.status for row in bench.rows(RejectionRow)] == ["closed"]
    assert not quiet(bench)


def test_another_value_can_be_typed_for_a_decided_one_that_one_side_refuses(bench: Bench) -> None:
    account, contact, _ = _half_carried(bench)
    _refuses(bench, S, "444")
    _resume(bench)
    bench.run()
    (rejection,) = bench.rows(RejectionRow, status="open")
    with bench.session() as session:
        rejections.edit(session, rejection.id, "555", by="Rui", now=bench.clock.now())
    bench.run()
    assert _shown(bench, account, contact) == ("555", "555")


def test_a_value_typed_for_a_partner_to_be_made_and_then_withdrawn_is_asked_about(bench: Bench) -> None:
    _refuses(bench, X, "111 ext 5")
    account = bench.customer("Aurora Brewing", phone="111 ext 5").ref.id
    bench.run()
    (rejection,) = bench.rows(RejectionRow, status="open")
    with bench.session() as session:
        rejections.edit(session, rejection.id, "111", field="phone", by="Rui", now=bench.clock.now())
    _pause(bench)
    bench.run()
    (conflict,) = bench.conflicts()
    _withdraw(bench, conflict.id)
    _resume(bench)
    bench.run()
    (link,) = bench.links()
    assert _shown(bench, account, link.xero) == ("111 ext 5", "111")
    assert [(row.id, row.values) for row in bench.conflicts()] == [
        (conflict.id, {"salesforce": "111 ext 5", "xero": "111"})
    ]
