"""What is said and asked about records without a partner: it ends when it is over, and nothing is in no queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from reconciler.commands import rejections, undo
from reconciler.core.model import Ref, Side
from reconciler.core.schema import Create, Flow
from reconciler.core.undo import Scope
from reconciler.errors import Refusal
from reconciler.ports import Write
from reconciler.store.tables import LinkRow, QuestionRow, RecordRow, RejectionRow
from tests.engine.bench import BLANK, Bench, S, X, owned

JUNK = "junk"


def refuse_junk(write: Write) -> Refusal | None:
    return Refusal("invalid", "Xero: no.", "phone") if write.fields.get("phone") == JUNK else None


@pytest.fixture
def refused(bench: Bench) -> str:
    """An account of which Xero would make no contact."""
    bench.linked("The canary")
    bench.gateways[X].hooks.refuse = refuse_junk
    account = bench.customer("Aurora Brewing", phone=JUNK).ref.id
    assert bench.run()["rejections"] == 1
    return account


def standing(bench: Bench, record: Ref) -> RecordRow:
    (row,) = bench.rows(RecordRow, side=record.side.value, ref=record.id)
    return row


def question(bench: Bench) -> QuestionRow:
    (row,) = bench.rows(QuestionRow, status="open")
    return row


def opts_out(bench: Bench, account: str) -> None:
    bench.clock.advance(5)
    bench.worlds[S].edit(account, flag=False)


def removes_it(bench: Bench, account: str) -> None:
    bench.clock.advance(5)
    bench.worlds[S].remove(account)


def makes_none(bench: Bench, _account: str) -> None:
    bench.rule(replace(bench.kind, create=Create.NONE))


def leaves_it(bench: Bench, account: str) -> None:
    bench.customer("Aurora Brewing", X)
    bench.edit(S, account, fax="1")
    bench.run()
    bench.answer(question(bench).id, "leave")


@pytest.mark.parametrize("act", [opts_out, removes_it, makes_none, leaves_it])
def test_a_refusal_ends_when_no_partner_is_to_be_made_any_more(
    bench: Bench, refused: str, act: Callable[[Bench, str], None]
) -> None:
    act(bench, refused)
    assert bench.run()["status"] == "done"
    (row,) = bench.rows(RejectionRow)
    assert row.status == "closed"


def test_trying_again_what_is_no_longer_shared_ends_it_too(bench: Bench, refused: str) -> None:
    opts_out(bench, refused)
    (row,) = bench.rows(RejectionRow)
    with bench.session() as session:
        rejections.retry(session, row.id, by="Rui", now=bench.clock.now())
    bench.run()
    (row,) = bench.rows(RejectionRow)
    assert row.status == "closed"


def test_a_refusal_that_stands_is_not_ended_by_looking_at_it_again(bench: Bench, refused: str) -> None:
    bench.worlds[S].edit(refused)
    bench.run()
    bench.rule(owned(bench, fax={"flow": Flow.OFF}))
    bench.run()
    assert bench.rows(RejectionRow, status="open")


def test_a_field_that_is_off_bars_no_partner_from_being_made(bench: Bench, refused: str) -> None:
    bench.rule(owned(bench, phone={"flow": Flow.OFF}))
    bench.run()
    assert bench.rows(LinkRow, salesforce=refused)


def test_a_question_ends_when_rules_do_not_share_its_record_any_more(bench: Bench) -> None:
    bench.linked("The canary")
    bench.rule(replace(bench.kind, opt_in=replace(bench.kind.opt_in, xero="all"), create=Create.BOTH))
    bench.worlds[S].create({**BLANK, "name": "Aurora Brewing"}, flag=False)
    bench.customer("Aurora Brewing", X)
    bench.run()
    assert bench.rows(QuestionRow, status="open")
    bench.rule(replace(bench.kind, opt_in=replace(bench.kind.opt_in, xero="none"), create=Create.S2X))
    bench.run()
    assert not bench.rows(QuestionRow, status="open")


def test_a_question_names_who_else_may_be_meant_by_now(bench: Bench) -> None:
    bench.linked("The canary")
    bench.customer("Borealis Ltd")
    bench.customer("Borealis Ltd", X)
    bench.run()
    other = bench.customer("Borealis Ltd")
    bench.run()
    assert str(other.ref) in question(bench).refs


def covered(bench: Bench) -> Ref:
    """A second account of one customer: somebody says that the first one's link stands for it."""
    account = bench.customer("Aurora Brewing")
    bench.run()
    asked = question(bench)
    bench.answer(asked.id, next(choice for choice in asked.choices if choice.startswith("covered")))
    bench.run()
    assert standing(bench, account.ref).unlinked == "covered"
    return account.ref


def test_what_a_link_stood_for_is_asked_about_when_its_making_is_taken_back(bench: Bench) -> None:
    bench.linked("The canary")
    bench.pair("Aurora Brewing")
    adopting = bench.run()["run_id"]
    account = covered(bench)
    bench.run(undo=Scope(adopting))
    bench.run()
    assert standing(bench, account).covered_by is None
    assert any(str(account) in asked.refs for asked in bench.rows(QuestionRow, status="open"))


def test_what_a_link_stood_for_is_stood_for_by_the_one_it_was_merged_into(bench: Bench) -> None:
    survivor, _ = bench.linked("Other Ltd")
    loser, _ = bench.linked("Aurora Brewing")
    account = covered(bench)
    bench.clock.advance(5)
    bench.worlds[S].merge(loser, survivor)
    bench.run()
    (link,) = bench.rows(LinkRow, status="active")
    assert standing(bench, account).covered_by == link.id


def test_a_record_that_has_got_a_partner_is_stood_for_by_no_other_link(bench: Bench) -> None:
    bench.rule(replace(bench.kind, opt_in=replace(bench.kind.opt_in, xero="all"), create=Create.BOTH))
    first, _ = bench.linked("Aurora Brewing")
    account = covered(bench)
    bench.customer("Aurora Brewing", X)
    bench.run()
    bench.answer(question(bench).id, f"link:{account}")
    bench.run()
    assert standing(bench, account).covered_by is None
    with bench.session() as session:
        undo.unlink(session, Ref(Side.SALESFORCE, first), by="Rui", now=bench.clock.now())
    row = standing(bench, account)
    assert row.link_id is not None
    assert not row.pending
