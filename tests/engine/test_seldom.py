"""What seldom happens in the middle of a run, and what becomes of the one write that was under way."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.adapters.memory import MemoryGateway
from reconciler.commands import rejections, undo
from reconciler.core.model import Ref, Side, Status
from reconciler.core.schema import Limits
from reconciler.errors import Refusal, Unavailable
from reconciler.ports import Batch, Page, Write
from reconciler.steps.settling import RETRY_AFTER
from reconciler.store.tables import ActionRow, QuestionRow, RejectionRow
from tests.engine.bench import Bench, S, X, differences, quiet

OLD, NEW = "+64 9 300 1000", "+64 9 300 2000"
BUSY = Refusal("busy", "Xero: try again later.", retry="wait")


def edited(bench: Bench, side: Side = S) -> dict[Side, str]:
    """A linked customer with an edit on one side that waits to be carried."""
    pair = dict(zip((S, X), bench.linked(phone=OLD), strict=True))
    bench.edit(side, pair[side], phone=NEW)
    return pair


@pytest.mark.parametrize("side", [S, X])
def test_what_never_left_this_machine_is_not_in_doubt_and_is_sent_by_the_next_run(bench: Bench, side: Side) -> None:
    pair = edited(bench, side.other)

    def cannot_connect(_batch: Batch) -> None:
        bench.gateways[side].hooks.before_send = None
        raise Unavailable("No route to the host.", side=side, sent=False)

    bench.gateways[side].hooks.before_send = cannot_connect
    assert bench.run()["status"] == "unavailable"
    assert [row.state for row in bench.rows(ActionRow, do="update")] == ["unsent"]
    assert bench.run()["writes"] == 1
    assert bench.shown(side, pair[side])["phone"] == NEW
    assert not differences(bench)


def test_what_the_vendor_will_take_later_is_sent_later_and_not_before(bench: Bench) -> None:
    pair = edited(bench)
    bench.gateways[X].hooks.refuse = lambda _write: BUSY
    assert bench.run()["rejections"] == 1
    bench.gateways[X].hooks.refuse = None
    assert bench.run()["writes"] == 0
    assert bench.run(later=RETRY_AFTER.total_seconds())["writes"] == 1
    assert bench.shown(X, pair[X])["phone"] == NEW
    assert not bench.rows(RejectionRow, status="open")


def test_a_customer_whose_making_the_vendor_will_take_later_is_made_later_once(bench: Bench) -> None:
    bench.customer("Aurora Brewing")
    bench.gateways[X].hooks.refuse = lambda _write: BUSY
    bench.run()
    bench.gateways[X].hooks.refuse = None
    bench.run(later=RETRY_AFTER.total_seconds())
    bench.run()
    assert [record.fields["name"] for record in bench.worlds[X].records.values()] == ["Aurora Brewing"]
    assert not differences(bench)


def test_a_create_that_was_refused_is_not_tried_again_until_something_changes(bench: Bench) -> None:
    account = bench.customer("Aurora Brewing", phone=OLD).ref.id
    tried: list[Write] = []

    def refuse(write: Write) -> Refusal:
        tried.append(write)
        return Refusal("invalid", "Xero: no.", "phone")

    bench.gateways[X].hooks.refuse = refuse
    for _ in range(3):
        bench.run()
        bench.worlds[S].edit(account)  # a stamp moves, and nothing that is shared
    assert len(tried) == 1
    bench.gateways[X].hooks.refuse = None
    bench.edit(S, account, phone=NEW)
    bench.run()
    assert [record.fields["phone"] for record in bench.worlds[X].records.values()] == [NEW]


def hide(monkeypatch: pytest.MonkeyPatch, gateway: MemoryGateway, record_id: str) -> None:
    """From its second reading by id on (the first is the canary's), this record is not shown."""
    real, readings = gateway.read, iter(range(99))

    def read(kind: str, ids: list[str]) -> Page:
        page, nth = real(kind, ids), next(readings)
        return replace(page, records=[r for r in page.records if nth == 0 or r.ref.id != record_id])

    monkeypatch.setattr(gateway, "read", read)


def test_a_source_that_the_proof_of_its_opt_in_does_not_show_is_not_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Purged, or no longer shared with the integration user: what was read before proves nothing any more."""
    bench.linked("The canary")
    pair = edited(bench)
    hide(monkeypatch, bench.gateways[S], pair[S])
    report = bench.run()
    assert report["writes"] == 0
    assert "Salesforce did not show it when its opt-in was looked at again" in str(report["set_aside"])
    assert bench.shown(X, pair[X])["phone"] == OLD
    monkeypatch.undo()
    bench.run()
    assert bench.shown(X, pair[X])["phone"] == NEW


def test_a_record_that_is_hot_and_cannot_be_read_again_is_left_to_the_next_run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.linked("The canary")
    pair = edited(bench, X)
    bench.edit(S, pair[S], fax=NEW)
    hide(monkeypatch, bench.gateways[S], pair[S])
    bench.run(later=0)
    assert bench.shown(S, pair[S])["phone"] == OLD
    monkeypatch.undo()
    bench.run()
    assert bench.shown(S, pair[S])["phone"] == NEW
    assert not differences(bench)


def test_a_customer_linked_by_hand_while_its_making_was_held_is_not_made(bench: Bench) -> None:
    bench.rule(replace(bench.kind, limits=Limits(creates=1)))
    account = bench.customer("Aurora Brewing")
    bench.customer("Kauri Foods")
    digest = bench.run()["digest"]
    contact = bench.worlds[X].create({**account.fields, "name": "By hand"}, partner=account.ref.id)
    report = bench.run(plan=digest, reason="It is meant.", skip_moved=True)
    assert [record.ref for record in bench.worlds[X].records.values() if record.partner == account.ref.id] == [
        contact.ref
    ]
    assert report["status"] in {"done", "open"}


def test_a_chain_of_merges_is_followed_to_its_end(bench: Bench) -> None:
    pair = edited(bench)
    middle, last = (bench.customer(name).ref.id for name in ("Aurora 2", "Aurora 3"))
    for one in (middle, last):
        bench.worlds[S].edit(one, flag=False)
    bench.run()
    bench.worlds[S].merge(middle, last)
    bench.worlds[S].merge(pair[S], middle)
    bench.worlds[S].edit(last, flag=True)
    bench.run()
    assert [(link.salesforce, link.xero) for link in bench.links()] == [(last, pair[X])]


def test_a_survivor_that_no_delta_has_shown_is_read_by_its_id(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = edited(bench)
    bench.run()
    survivor = bench.customer("Aurora of old").ref.id
    real = bench.gateways[S].changes

    def changes(*asked: object) -> object:
        for page in real(*asked):  # type: ignore[arg-type]
            yield replace(page, records=[r for r in page.records if r.ref.id != survivor])

    monkeypatch.setattr(bench.gateways[S], "changes", changes)
    bench.worlds[S].merge(pair[S], survivor)
    bench.run()
    assert [(link.salesforce, link.xero) for link in bench.links()] == [(survivor, pair[X])]


def test_a_merge_into_a_record_that_nobody_shows_us_is_asked_about(bench: Bench) -> None:
    pair = edited(bench)
    bench.run()
    bench.worlds[S].merge(pair[S], "001000000000099AAA")
    bench.run()
    assert [(row.type, row.about) for row in bench.rows(QuestionRow, status="open")] == [
        ("merged", f"salesforce:{pair[S]}")
    ]
    assert [(link.salesforce, link.xero) for link in bench.links()] == [(pair[S], pair[X])]


def test_a_newcomer_whose_name_another_takes_in_the_same_run_is_told_and_made_once_it_is_free(bench: Bench) -> None:
    account, contact = bench.linked("Aurora Brewing")
    bench.edit(S, account, name="Kauri Foods")
    newcomer = bench.customer("Kauri Foods").ref
    bench.run()
    (told,) = bench.rows(RejectionRow, status="open")
    assert (told.ref, told.field) == (str(newcomer), "name")
    assert f"xero:{contact}" in told.message
    bench.edit(S, account, name="Kauri Bakery")
    bench.run()
    with bench.session() as session:
        rejections.retry(session, told.id, by="Rui", now=bench.clock.now())
    bench.run()
    names = {record.fields["name"]: record.partner for record in bench.worlds[X].records.values()}
    assert names == {"Kauri Bakery": account, "Kauri Foods": newcomer.id}


def test_each_write_is_told_in_the_log_where_everything_is(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    pair = edited(bench)
    with caplog.at_level(logging.DEBUG, logger="reconciler.steps.settling"):
        bench.run()
    told = [record for record in caplog.records if record.message == "action.done"]
    assert [record.ref for record in told] == [f"xero:{pair[X]}"]  # type: ignore[attr-defined]
    assert NEW not in caplog.text


def test_a_clock_that_was_never_measured_decides_nothing_and_stops_nothing(bench: Bench) -> None:
    bench.gateways[S].meter.offset = None
    pair = edited(bench)
    bench.run()
    assert bench.shown(X, pair[X])["phone"] == NEW


def test_an_archived_record_is_compared_with_its_partner_no_more(bench: Bench) -> None:
    pair = edited(bench)
    bench.edit(X, pair[X], phone=OLD + "1")
    bench.worlds[X].edit(pair[X], status=Status.ARCHIVED)
    bench.run()
    assert not bench.conflicts()
    assert (bench.shown(S, pair[S])["phone"], bench.shown(X, pair[X])["phone"]) == (NEW, OLD + "1")


def test_what_both_typed_while_one_was_merged_away_is_asked_about_when_it_is_restored(bench: Bench) -> None:
    """A clash that a rule would decide, had the two been compared all the time."""
    account, contact = bench.linked(phone="111")
    survivor = bench.customer("Borealis").ref.id
    bench.run()
    bench.clock.advance(60)
    bench.worlds[S].merge(account, survivor)
    bench.run()
    bench.edit(X, contact, phone="333")
    bench.clock.advance(600)
    bench.worlds[S].restore(account)
    bench.edit(S, account, phone="222")
    bench.run()
    assert (account, contact) in [(link.salesforce, link.xero) for link in bench.links()]
    assert [(row.reason, row.values) for row in bench.conflicts()] == [
        ("resumed", {"salesforce": "222", "xero": "333"})
    ]


def is_archived_before(bench: Bench, contact: str, _other: str) -> None:
    bench.worlds[X].remove(contact)


def is_asked_and_merged(bench: Bench, contact: str, other: str) -> None:
    bench.run()
    bench.clock.advance(60)
    bench.worlds[X].merge(contact, other)


@pytest.mark.parametrize("falls", [is_archived_before, is_asked_and_merged])
def test_a_partner_of_what_was_merged_is_asked_about_when_it_stands_again(
    bench: Bench, falls: Callable[[Bench, str, str], None]
) -> None:
    (account, contact), (survivor, other) = bench.linked("Aurora Brewing"), bench.linked("Kauri Foods")
    bench.clock.advance(60)
    bench.worlds[S].merge(account, survivor)
    falls(bench, contact, other)
    bench.run()
    assert not bench.rows(QuestionRow, status="open")
    bench.clock.advance(60)
    bench.worlds[X].restore(contact)
    bench.run()
    (question,) = bench.rows(QuestionRow, status="open")
    assert (question.type, question.about) == ("merged", f"xero:{contact}")
    bench.answer(question.id, "leave")
    bench.clock.advance(60)
    bench.worlds[X].remove(contact)
    bench.run()
    bench.worlds[X].restore(contact)
    bench.run()
    assert not bench.rows(QuestionRow, status="open")
    assert not quiet(bench)


def test_what_was_merged_and_is_itself_again_is_not_asked_about_when_its_pair_has_been_parted(bench: Bench) -> None:
    (account, contact), (survivor, _) = bench.linked("Aurora Brewing"), bench.linked("Kauri Foods")

    def after(act: Callable[[str], object], record_id: str) -> None:
        bench.clock.advance(60)
        act(record_id)
        bench.run()

    after(bench.worlds[X].remove, contact)
    after(lambda loser: bench.worlds[S].merge(loser, survivor), account)
    after(bench.worlds[S].restore, account)
    after(bench.worlds[X].restore, contact)
    with bench.session() as session:
        undo.unlink(session, Ref(X, contact), by="Rui", now=bench.clock.now())
    after(bench.worlds[X].remove, contact)
    after(bench.worlds[X].restore, contact)
    assert not bench.rows(QuestionRow, status="open")
