"""What people have said, or typed, since something was decided: a plan is carried out on that, and not over it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from reconciler import running
from reconciler.commands import conflicts, differences, pauses, rejections, undo
from reconciler.core.model import Ref, Side, Status
from reconciler.core.schema import Create, First, Flow, Limits, Policy
from reconciler.store.tables import ActionRow, QuestionRow, RejectionRow
from tests.engine.bench import BLANK, Bench, S, X, owned, twins
from tests.engine.test_between_the_steps import meanwhile

MAIL = "accounts@aurora.example"


def held(bench: Bench) -> Callable[[], str]:
    """From now on no blank is written unasked: what is returned has a plan held, and tells its digest."""
    bench.rule(replace(bench.kind, limits=replace(bench.kind.limits, blanks=0)))
    account, _ = bench.linked("The one with a blank", fax="9")

    def digest() -> str:
        bench.edit(S, account, fax="")
        report = bench.run()
        assert report["status"] == "halted"
        return str(report["digest"])

    return digest


def released(bench: Bench, digest: str) -> dict[str, Any]:
    bench.clock.advance(60)
    return bench.run(plan=digest, reason="The blank is meant.", skip_moved=True)


def unlink(bench: Bench, contact: str) -> None:
    with bench.session() as session:
        undo.unlink(session, Ref(X, contact), by="Rui", now=bench.clock.now(), reason="Two firms of one name")


def two_of_one_name(bench: Bench) -> tuple[str, str]:
    """A pair that names each other and differs; the telephone flows to Xero."""
    account, contact = (record.ref.id for record in bench.pair("Aurora Brewing"))
    bench.edit(S, account, phone="111")
    bench.edit(X, contact, phone="999")
    return account, contact


def decided_for_salesforce(bench: Bench) -> tuple[str, str, Any]:
    """A pair whose telephone is 222 in Salesforce and 333 in Xero, and the conflict: 222 shall stand, says somebody."""
    bench.rule(owned(bench, phone={"policy": Policy.ASK}))
    account, contact = bench.linked("One", phone="111")
    bench.edit(S, account, phone="222")
    bench.edit(X, contact, phone="333")
    bench.run()
    (conflict,) = bench.conflicts()
    bench.resolve(conflict.id, take=S)
    return account, contact, conflict


def test_a_decision_that_was_withdrawn_while_its_plan_was_held_is_not_carried_out(bench: Bench) -> None:
    digest = held(bench)
    _, contact, conflict = decided_for_salesforce(bench)
    plan = digest()
    with bench.session() as session:
        conflicts.withdraw(session, conflict.id, by="Rui", now=bench.clock.now())
    released(bench, plan)
    assert bench.shown(X, contact)["phone"] == "333"
    assert [row.decision for row in bench.conflicts()] == [{}]


def test_what_is_decided_otherwise_while_its_plan_is_held_is_not_written_as_it_was_decided_first(bench: Bench) -> None:
    digest = held(bench)
    account, contact, conflict = decided_for_salesforce(bench)
    plan = digest()
    bench.resolve(conflict.id, take=X)  # at once, or by a machine whose clock is behind
    released(bench, plan)
    bench.run()
    assert bench.shown(S, account)["phone"] == bench.shown(X, contact)["phone"] == "333"


def test_what_is_decided_otherwise_while_a_run_is_about_to_write_it_is_not_written(bench: Bench) -> None:
    account, contact, conflict = decided_for_salesforce(bench)
    meanwhile(bench, "after_adopt", lambda: bench.resolve(conflict.id, take=X))
    bench.run()
    assert bench.shown(X, contact)["phone"] == "333"
    bench.run()
    assert bench.shown(S, account)["phone"] == bench.shown(X, contact)["phone"] == "333"


def test_what_is_decided_to_stay_as_it_is_while_a_run_is_about_to_write_it_is_not_written(bench: Bench) -> None:
    """The second word needs no write: the conflict is over before anything is sent."""
    bench.rule(owned(bench, phone={"flow": Flow.S2X}))
    account, contact = bench.linked("One", phone="111")
    bench.edit(X, contact, phone="333")
    bench.run()
    (put_back,) = bench.conflicts("decided")
    with bench.session() as session:
        conflicts.overturn(session, put_back.id, take=X, by="Rui", now=bench.clock.now())
    (conflict,) = bench.conflicts()
    meanwhile(bench, "after_adopt", lambda: bench.resolve(conflict.id, take=S))
    bench.run()
    bench.run()
    assert bench.shown(S, account)["phone"] == bench.shown(X, contact)["phone"] == "111"


def test_a_conflict_that_a_turned_direction_decides_does_not_hold_up_the_plan_that_was_held(bench: Bench) -> None:
    bench.rule(owned(bench, phone={"policy": Policy.ASK}))
    account, contact = bench.linked("One", phone="111")
    digest = held(bench)
    bench.edit(S, account, phone="222")
    bench.edit(X, contact, phone="333")
    bench.run()
    bench.rule(owned(bench, phone={"flow": Flow.S2X}))
    plan = digest()
    assert bench.run(plan=plan, reason="The blank is meant.")["status"] == "done"
    assert bench.shown(X, contact)["phone"] == "222"


def test_a_choice_about_two_records_that_a_held_plan_links_is_what_stands(bench: Bench) -> None:
    bench.rule(owned(bench, phone={"first": First.SALESFORCE}))
    digest = held(bench)
    account, contact = two_of_one_name(bench)
    plan = digest()
    bench.clock.advance(60)
    with bench.session() as session:
        pick = differences.Pick(account, contact, "phone")
        differences.choose(session, bench.id, [pick], "xero", by="Rui", now=bench.clock.now())
    released(bench, plan)
    bench.run()
    assert bench.shown(S, account)["phone"] == bench.shown(X, contact)["phone"] == "999"


def test_a_pair_that_was_parted_after_its_plan_had_linked_it_is_not_written(bench: Bench) -> None:
    bench.rule(owned(bench, phone={"flow": Flow.S2X}))
    digest = held(bench)
    _, contact = two_of_one_name(bench)
    plan = digest()
    with bench.session() as session:
        pauses.pause(session, bench.id, side=X, by="Ada", now=bench.clock.now())
    released(bench, plan)
    unlink(bench, contact)
    with bench.session() as session:
        pauses.resume(session, bench.id, side=X, by="Ada", now=bench.clock.now())
    bench.run()
    assert bench.shown(X, contact)["phone"] == "999"


def test_what_was_put_back_on_a_pair_that_is_parted_while_it_is_written_is_shown_all_the_same(bench: Bench) -> None:
    bench.rule(owned(bench, phone={"flow": Flow.S2X}))
    _, contact = bench.linked(phone="111")
    bench.edit(X, contact, phone="999")
    meanwhile(bench, "before_settle", lambda: unlink(bench, contact))
    bench.run()
    (shown,) = bench.conflicts("decided")
    assert (shown.reason, shown.values) == ("direction", {"salesforce": "111", "xero": "999"})


def test_a_pair_that_is_parted_in_the_run_that_links_it_is_not_written(bench: Bench) -> None:
    bench.rule(owned(bench, phone={"flow": Flow.S2X}))
    _, contact = two_of_one_name(bench)
    meanwhile(bench, "after_adopt", lambda: unlink(bench, contact))
    bench.run()
    assert bench.shown(X, contact)["phone"] == "999"


def test_a_contact_that_got_another_partner_while_its_linking_was_held_is_not_written(bench: Bench) -> None:
    bench.rule(owned(bench, phone={"flow": Flow.S2X}))
    digest = held(bench)
    own, contact = bench.linked("Aurora Brewing", phone="111", email=MAIL)
    unlink(bench, contact)
    bench.run()
    stranger = bench.customer("Aurora Brewing", phone="AAA", email=MAIL).ref.id
    bench.worlds[S].edit(stranger, partner=contact)
    plan = digest()
    with bench.session() as session:
        undo.relink(session, Ref(X, contact), by="Rui", now=bench.clock.now())
    released(bench, plan)
    assert (own, contact) in [(link.salesforce, link.xero) for link in bench.links()]
    assert bench.shown(X, contact)["phone"] == "111"


def test_an_overturn_made_while_a_run_writes_is_carried_out_by_the_next(bench: Bench) -> None:
    account, contact = bench.linked(phone="111", fax="1")
    bench.edit(S, account, phone="222")
    bench.clock.advance(60)
    bench.edit(X, contact, phone="333")
    bench.run()
    (decided,) = bench.conflicts("decided")
    bench.edit(S, account, fax="2")

    def overturn() -> None:
        with bench.session() as session:
            conflicts.overturn(session, decided.id, take=S, by="Rui", now=bench.clock.now())

    meanwhile(bench, "after_intent", overturn)
    bench.run()
    bench.run()
    assert bench.shown(S, account)["phone"] == bench.shown(X, contact)["phone"] == "222"


def test_what_was_answered_about_one_record_is_not_done_to_the_other(bench: Bench) -> None:
    """The contact was archived, and the account was to be opted out; then it was restored, and the account deleted."""
    account, contact = bench.linked(phone="111")
    bench.worlds[X].edit(contact, status=Status.ARCHIVED)
    bench.run()
    bench.answer(bench.rows(QuestionRow)[0].id, "retire")
    bench.worlds[X].restore(contact)
    bench.worlds[S].edit(account, status=Status.REMOVED)
    bench.run()
    assert bench.worlds[X].records[contact].status is Status.ACTIVE
    assert [(row.type, row.about) for row in bench.rows(QuestionRow, status="open")] == [
        ("removed", f"salesforce:{account}")
    ]


@pytest.mark.parametrize("change", [{"groups": ()}, {"is_supplier": True}])
def test_a_contact_that_may_be_shared_no_more_is_not_made_by_the_plan_that_was_held(
    bench: Bench, change: dict[str, Any]
) -> None:
    opt_in = replace(bench.kind.opt_in, xero="group", group="Share")
    shared = replace(bench.kind, create=Create.X2S, opt_in=opt_in, suppliers="leave_out", limits=Limits(creates=0))
    bench.rule(shared)
    contact = bench.worlds[X].create({**BLANK, "name": "Private Person"}, groups=("Share",)).ref.id
    digest = bench.run()["digest"]
    bench.clock.advance(60)
    bench.worlds[X].edit(contact, **change)
    bench.run()
    bench.run(plan=digest, reason="It is meant.", skip_moved=True)
    assert not bench.worlds[S].records


def leaves_the_group(bench: Bench, contact: str) -> None:
    """Which moves no stamp in Xero."""
    records = bench.worlds[X].records
    records[contact] = replace(records[contact], groups=())


def is_purged(bench: Bench, contact: str) -> None:
    bench.worlds[X].purge(contact)


@pytest.mark.parametrize("act", [leaves_the_group, is_purged])
def test_a_contact_is_looked_at_again_before_its_account_is_made(
    bench: Bench, act: Callable[[Bench, str], None]
) -> None:
    bench.linked()
    opt_in = replace(bench.kind.opt_in, xero="group", group="Share")
    bench.rule(replace(bench.kind, create=Create.X2S, opt_in=opt_in))
    contact = bench.worlds[X].create({**BLANK, "name": "Private Person"}, groups=("Share",)).ref.id
    with bench.session() as session:
        pauses.pause(session, bench.id, by="Ada", now=bench.clock.now(), side=S)
    bench.run()
    bench.run(later=3600)
    act(bench, contact)
    with bench.session() as session:
        pauses.resume(session, bench.id, by="Ada", now=bench.clock.now(), side=S)
    for _ in range(2):
        bench.run(later=3600)
    assert [record.fields["name"] for record in bench.worlds[S].records.values()] == ["Aurora Brewing"]


def test_a_number_that_somebody_gives_a_contact_while_a_run_links_it_stays(bench: Bench) -> None:
    account = bench.customer("Aurora Brewing", email=MAIL).ref.id
    contact = bench.customer("Aurora Brewing", X, email=MAIL).ref.id
    meanwhile(bench, "after_observe", lambda: bench.worlds[X].edit(contact, partner="OLD-ERP-4711"))
    bench.run()
    bench.run()
    assert bench.worlds[X].records[contact].partner == "OLD-ERP-4711"
    assert [(link.salesforce, link.xero) for link in bench.links()] == [(account, contact)]


def test_a_number_that_a_contact_bears_already_stays_when_its_account_is_made(bench: Bench) -> None:
    bench.rule(replace(bench.kind, create=Create.X2S, opt_in=replace(bench.kind.opt_in, xero="all")))
    contact = bench.worlds[X].create({**BLANK, "name": "Kauri Foods"}, partner="CUST-4711").ref.id
    bench.run()
    bench.run()
    assert bench.worlds[X].records[contact].partner == "CUST-4711"
    (link,) = bench.links()
    assert bench.worlds[S].records[link.salesforce].partner == contact


@pytest.mark.parametrize("side", [S, X], ids=lambda side: f"on the record in {side}")
def test_a_record_is_not_written_onto_another_that_bears_its_id_by_mistake(bench: Bench, side: Side) -> None:
    """A vendor finds a record by that id: making the partner would be writing onto the other."""
    if side is S:
        bench.rule(replace(bench.kind, create=Create.X2S, opt_in=replace(bench.kind.opt_in, xero="all")))
    pair = dict(zip((S, X), bench.linked("Aurora Brewing", phone="111"), strict=True))
    newcomer = bench.customer("Kauri Foods", side.other, phone="999").ref
    bench.worlds[side].edit(pair[side], partner=newcomer.id)
    bench.run()
    (question,) = bench.rows(QuestionRow, status="open")
    bench.answer(question.id, f"not:{side}:{pair[side]}")
    for _ in range(2):
        bench.run()
    assert (bench.shown(side, pair[side])["name"], bench.shown(side, pair[side])["phone"]) == ("Aurora Brewing", "111")
    assert [(link.salesforce, link.xero) for link in bench.links()] == [(pair[S], pair[X])]
    (told,) = bench.rows(RejectionRow, status="open")
    assert told.message.startswith("'Aurora Brewing' in ")
    assert (told.ref, told.code, told.retry) == (str(newcomer), "id_taken", "fix_permission")
    bench.worlds[side].edit(pair[side], partner=pair[side.other])
    bench.run()
    with bench.session() as session:
        rejections.retry(session, told.id, by="Rui", now=bench.clock.now())
    bench.run()
    assert [record.fields["name"] for record in bench.worlds[side].records.values()] == [
        "Aurora Brewing",
        "Kauri Foods",
    ]
    assert not twins(bench)


def test_nor_is_it_linked_with_one_that_bears_its_id_and_is_not_the_same(bench: Bench) -> None:
    contact = bench.customer("Aurora Brewing", X, phone="111", email=MAIL).ref.id
    account = bench.customer("Kauri Foods", phone="999").ref.id
    bench.worlds[X].edit(contact, partner=account, status=Status.ARCHIVED)
    bench.run()
    (question,) = bench.rows(QuestionRow, status="open")
    bench.answer(question.id, f"not:xero:{contact}")
    bench.worlds[X].restore(contact)
    for _ in range(3):
        bench.run()
    assert (bench.shown(S, account)["phone"], bench.shown(X, contact)["phone"]) == ("999", "111")
    assert not bench.links()
    assert not bench.rows(ActionRow, do="update")


def test_a_plan_that_another_has_overtaken_writes_over_nothing_typed_since(bench: Bench) -> None:
    account, contact = bench.linked(phone="+64 9 300 1000")
    bench.edit(S, account, phone="+64 9 300 2000")
    overtaken = running.make_plan(bench.works, bench.id)
    bench.edit(S, account, fax="+64 9 300 3000")
    bench.run()
    bench.edit(X, contact, phone="+64 9 300 1000")  # as it was when that plan was made
    assert bench.run(plan=overtaken["digest"])["status"] == "refused"
    bench.run()
    assert [bench.shown(S, account)["phone"], bench.shown(X, contact)["phone"]] == ["+64 9 300 1000"] * 2
