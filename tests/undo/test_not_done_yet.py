"""What was asked to be taken back, and could not be written in that run, is taken back by the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from reconciler.adapters.memory import MemoryGateway
from reconciler.commands import pauses, rejections, rules
from reconciler.core.model import Side
from reconciler.core.schema import Policy, Rules
from reconciler.core.undo import Scope
from reconciler.errors import Refusal, Unavailable
from reconciler.ports import Batch, Page
from reconciler.rules import export
from reconciler.steps.settling import RETRY_AFTER
from reconciler.store.tables import RejectionRow
from tests.engine.bench import Bench, S, X, owned, quiet
from tests.engine.test_clock_steps import set_clock

OLD, NEW = "+64 9 300 1000", "+64 9 300 2000"
BUSY = Refusal("busy", "Try again later.", retry="wait")
LATER = RETRY_AFTER.total_seconds()


def carried(bench: Bench, to: Side, name: str = "Aurora Brewing") -> tuple[dict[Side, str], int]:
    """A pair of which a phone has been carried to this side, and the run that did it."""
    pair = dict(zip((S, X), bench.linked(name, phone=OLD), strict=True))
    bench.edit(to.other, pair[to.other], phone=NEW)
    return pair, bench.run()["run_id"]


@pytest.mark.parametrize("side", [S, X])
def test_what_never_left_this_machine(bench: Bench, side: Side) -> None:
    pair, run = carried(bench, side)

    def fail(_batch: Batch) -> None:
        bench.gateways[side].hooks.before_send = None
        raise Unavailable("There is no network.", side=side, sent=False)

    bench.gateways[side].hooks.before_send = fail
    assert bench.run(undo=Scope(run))["status"] == "unavailable"
    assert bench.run()["writes"] == 1
    assert bench.shown(side, pair[side])["phone"] == OLD
    assert quiet(bench) == []


def test_what_another_field_was_edited_beside(bench: Bench) -> None:
    pair, run = carried(bench, S)

    def edit(_batch: Batch) -> None:
        bench.gateways[S].hooks.before_send = None
        bench.edit(S, pair[S], fax="+64 9 300 3000")

    bench.gateways[S].hooks.before_send = edit
    assert bench.run(undo=Scope(run))["writes"] == 1
    assert bench.shown(S, pair[S])["phone"] == NEW
    for _ in range(2):
        bench.run(later=LATER)
    assert bench.shown(S, pair[S])["phone"] == OLD
    assert bench.shown(X, pair[X])["fax"] == "+64 9 300 3000"


def test_but_for_what_was_edited_itself(bench: Bench) -> None:
    pair, run = carried(bench, S)

    def edit(_batch: Batch) -> None:
        bench.gateways[S].hooks.before_send = None
        bench.edit(S, pair[S], phone="+64 9 300 3000")

    bench.gateways[S].hooks.before_send = edit
    bench.run(undo=Scope(run))
    for _ in range(2):
        bench.run()
    assert [bench.shown(side, pair[side])["phone"] for side in (S, X)] == ["+64 9 300 3000"] * 2


def test_what_another_schedule_was_saved_before(bench: Bench) -> None:
    bench.gateways[X].batch_size = 1
    contacts = [bench.linked(name, phone=OLD) for name in ("Aurora Brewing", "Boreas Boats")]
    for account, _ in contacts:
        bench.edit(S, account, phone=NEW)
    run = bench.run()["run_id"]

    def save(_batch: Batch) -> None:
        bench.gateways[X].hooks.after_send = None
        shared = Rules({bench.kind.kind: bench.kind})
        other = replace(shared, schedule=replace(shared.schedule, every_minutes=30))
        with bench.session() as session:
            rules.save(session, bench.id, export(other), by="Ada", now=bench.clock.now())

    bench.gateways[X].hooks.after_send = save
    bench.run(undo=Scope(run))
    bench.run()
    assert [bench.shown(X, contact)["phone"] for _, contact in contacts] == [OLD] * 2


def typed_over(bench: Bench) -> tuple[dict[Side, str], dict[Side, str], int]:
    """A pair on both sides of which NEW was typed over values of their own, and the run that wrote it."""
    bench.rule(owned(bench, phone={"policy": Policy.ASK}))
    pair = dict(zip((S, X), bench.linked(phone=OLD), strict=True))
    own = {S: "+64 9 300 3000", X: "+64 9 300 4000"}
    for each in (S, X):
        bench.edit(each, pair[each], phone=own[each])
    bench.run()
    bench.resolve(bench.conflicts()[0].id, value=NEW)
    return pair, own, bench.run()["run_id"]


@pytest.mark.parametrize("side", [S, X])
def test_a_typed_value_that_one_side_gives_up_later_than_the_other(bench: Bench, side: Side) -> None:
    """It was written to both sides: that one of them shows its own again is no edit."""
    pair, own, run = typed_over(bench)
    bench.gateways[side].hooks.refuse = lambda _write: BUSY
    bench.run(undo=Scope(run))
    assert bench.shown(side, pair[side])["phone"] == NEW
    bench.gateways[side].hooks.refuse = None
    for _ in range(2):
        bench.run(later=LATER)
    assert {each: bench.shown(each, pair[each])["phone"] for each in (S, X)} == own
    assert [(row.reason, row.values) for row in bench.conflicts()] == [
        ("undone", {"salesforce": own[S], "xero": own[X]})
    ]


@pytest.mark.parametrize("side", [S, X])
def test_but_for_what_was_decided_about_once_one_side_had_given_it_up(bench: Bench, side: Side) -> None:
    pair, _, run = typed_over(bench)
    with bench.session() as session:
        pauses.pause(session, bench.id, side=side, by="Ada", now=bench.clock.now())
    bench.run(undo=Scope(run))
    bench.resolve(bench.conflicts()[0].id, value="+64 9 300 5000")
    with bench.session() as session:
        pauses.resume(session, bench.id, side=side, by="Ada", now=bench.clock.now())
    for _ in range(2):
        bench.run()
    assert [bench.shown(each, pair[each])["phone"] for each in (S, X)] == ["+64 9 300 5000"] * 2
    assert quiet(bench) == []


def test_what_a_side_refuses_while_it_refuses_another_write_of_the_record_too(bench: Bench) -> None:
    """Neither refusal names a field, and each is tried again for itself."""
    pair, run = carried(bench, X)
    bench.gateways[X].hooks.refuse = lambda _write: Refusal("invalid", "No.")
    bench.run(undo=Scope(run))
    bench.edit(S, pair[S], fax=NEW)
    bench.run()
    refused = bench.rows(RejectionRow, status="open")
    assert [row.attempted for row in refused] == [{"phone": OLD}, {"fax": NEW}]
    bench.gateways[X].hooks.refuse = None
    for row in refused:
        with bench.session() as session:
            rejections.retry(session, row.id, by="Rui", now=bench.clock.now())
    for _ in range(2):
        bench.run()
    assert (bench.shown(X, pair[X])["phone"], bench.shown(X, pair[X])["fax"]) == (OLD, NEW)
    assert not bench.rows(RejectionRow, status="open")


def test_what_a_side_refuses_is_listed_once_though_it_was_asked_for_twice(bench: Bench) -> None:
    pair, run = carried(bench, X)
    bench.gateways[X].hooks.refuse = lambda _write: Refusal("invalid", "No.")
    for _ in range(2):
        bench.run(undo=Scope(run))
    (row,) = bench.rows(RejectionRow)
    assert (row.attempted, row.attempts) == ({"phone": OLD}, 2)
    assert bench.shown(X, pair[X])["phone"] == NEW


def test_what_a_side_refuses_for_long_keeps_no_edit_from_being_carried(bench: Bench) -> None:
    """A run that takes something back does nothing else: every other one looks at all that waits."""
    pair, run = carried(bench, X)
    account, contact = bench.linked("Boreas Boats", phone=OLD)
    bench.gateways[X].hooks.refuse = lambda write: BUSY if write.id == pair[X] else None
    bench.run(undo=Scope(run))
    bench.edit(S, account, phone=NEW)
    for _ in range(4):
        bench.run(later=LATER)
    assert bench.shown(X, contact)["phone"] == NEW
    (row,) = bench.rows(RejectionRow, status="open")
    assert row.attempts == 3
    bench.gateways[X].hooks.refuse = None
    for _ in range(2):
        bench.run(later=LATER)
    assert bench.shown(X, pair[X])["phone"] == OLD


def test_several_that_a_side_refuses_for_long_keep_no_edit_from_being_carried(bench: Bench) -> None:
    """Each is tried in its turn, and after each try all else that waits is looked at."""
    pairs = [carried(bench, X, name) for name in ("Aurora Brewing", "Cirrus Cider", "Dunes Dairy")]
    account, contact = bench.linked("Boreas Boats", phone=OLD)
    refused = {pair[X] for pair, _ in pairs}
    bench.gateways[X].hooks.refuse = lambda write: BUSY if write.id in refused else None
    for _, run in pairs:
        bench.run(undo=Scope(run))
    bench.edit(S, account, phone=NEW)
    for _ in range(2):
        bench.run(later=LATER)
    assert bench.shown(X, contact)["phone"] == NEW
    for _ in range(5):
        bench.run(later=LATER)
    assert [row.attempts for row in bench.rows(RejectionRow)] == [2, 2, 2]
    bench.gateways[X].hooks.refuse = None
    for _ in range(6):
        bench.run(later=LATER)
    assert [bench.shown(X, pair[X])["phone"] for pair, _ in pairs] == [OLD] * 3


def test_what_is_edited_beside_at_each_try_keeps_no_edit_from_being_carried(bench: Bench) -> None:
    pair, run = carried(bench, S)
    account, contact = bench.linked("Boreas Boats", phone=OLD)
    tries: list[Batch] = []

    def edit(batch: Batch) -> None:
        if any(write.id == pair[S] for write in batch.writes):
            tries.append(batch)
            bench.edit(S, pair[S], fax=f"+64 9 300 {3000 + len(tries)}")

    bench.gateways[S].hooks.before_send = edit
    bench.run(undo=Scope(run))
    bench.edit(S, account, phone=NEW)
    for _ in range(2):
        bench.run(later=LATER)
    assert bench.shown(X, contact)["phone"] == NEW
    bench.gateways[S].hooks.before_send = None
    for _ in range(3):
        bench.run(later=LATER)
    assert bench.shown(S, pair[S])["phone"] == OLD
    assert not bench.rows(RejectionRow, status="open")


def test_what_salesforce_did_not_show_when_its_opt_in_was_looked_at_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.linked("The canary")
    pair, run = carried(bench, X)
    read = MemoryGateway.read

    def hide(gateway: MemoryGateway, kind: str, ids: Sequence[str]) -> Page:
        return read(gateway, kind, [each for each in ids if each != pair[S]])

    with monkeypatch.context() as hidden:
        hidden.setattr(MemoryGateway, "read", hide)
        bench.run(undo=Scope(run))
    assert bench.shown(X, pair[X])["phone"] == NEW
    (row,) = bench.rows(RejectionRow, status="open")
    assert (row.code, row.attempted) == ("not_now", {"phone": OLD})
    for _ in range(2):
        bench.run(later=LATER)
    assert bench.shown(X, pair[X])["phone"] == OLD
    assert not bench.rows(RejectionRow, status="open")


def test_what_was_edited_by_a_clock_that_runs_ahead(bench: Bench) -> None:
    """Its stamp has not cooled when it is to be written, however long that waits."""
    pair, run = carried(bench, S)
    set_clock(bench, S, 300)
    bench.edit(S, pair[S], fax="+64 9 300 3000")
    bench.run()
    set_clock(bench, S, -300)
    bench.run(undo=Scope(run), later=0)
    assert bench.shown(S, pair[S])["phone"] == NEW
    for _ in range(2):
        bench.run(later=LATER)
    assert bench.shown(S, pair[S])["phone"] == OLD


def test_what_was_given_up_for_other_rules_is_not_listed_for_ever_as_being_tried(bench: Bench) -> None:
    pair, run = carried(bench, X)
    bench.gateways[X].hooks.refuse = lambda _write: BUSY
    bench.run(undo=Scope(run))
    bench.gateways[X].hooks.refuse = None
    bench.rule(owned(bench, fax={"policy": Policy.ASK}))
    for _ in range(3):
        bench.run(later=LATER)
    assert bench.shown(X, pair[X])["phone"] == NEW
    (row,) = bench.rows(RejectionRow)
    assert (row.status, "given up" in row.closed_because) == ("closed", True)
