"""What is carried out in part: what is done is settled and shown, the rest is neither forgotten nor taken for done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler.core.model import Side
from reconciler.core.schema import Flow, Policy
from reconciler.core.undo import Scope
from reconciler.store.tables import ActionRow
from tests.engine.bench import Bench, S, X, owned, quiet

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
