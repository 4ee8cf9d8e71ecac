"""A conflict that no decision can act on is not in the queue: its pair is not shared, or a record of it has gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconciler import running
from reconciler.commands import conflicts, undo
from reconciler.core.closing import FALLEN, UNSHARED
from reconciler.core.model import Ref
from reconciler.core.schema import Flow, Policy
from reconciler.core.undo import Scope
from reconciler.errors import Stale
from reconciler.store.tables import ConflictRow, LinkRow, QuestionRow
from tests.engine.bench import Bench, S, X, owned, quiet

Pair = tuple[str, str]


def asked(bench: Bench) -> Pair:
    """A pair whose telephone is 222 in Salesforce and 333 in Xero, which waits for a person."""
    bench.linked("The canary")
    bench.rule(owned(bench, phone={"policy": Policy.ASK}))
    account, contact = bench.linked("Aurora Brewing", phone="111")
    bench.edit(S, account, phone="222")
    bench.edit(X, contact, phone="333")
    assert bench.run()["conflicts"]["opened"] == 1
    return account, contact


def flag(bench: Bench, pair: Pair, *, on: bool) -> None:
    bench.clock.advance(5)
    bench.worlds[S].edit(pair[0], flag=on)


def opts_out(bench: Bench, pair: Pair) -> None:
    flag(bench, pair, on=False)


def opts_in(bench: Bench, pair: Pair) -> None:
    flag(bench, pair, on=True)


def deletes(bench: Bench, pair: Pair) -> None:
    bench.clock.advance(5)
    bench.worlds[S].remove(pair[0])


def undeletes(bench: Bench, pair: Pair) -> None:
    bench.clock.advance(5)
    bench.worlds[S].restore(pair[0])


def archives(bench: Bench, pair: Pair) -> None:
    bench.clock.advance(5)
    bench.worlds[X].remove(pair[1])


def restores(bench: Bench, pair: Pair) -> None:
    bench.clock.advance(5)
    bench.worlds[X].restore(pair[1])


Act = Callable[[Bench, Pair], None]
WAYS: list[tuple[Act, Act, str]] = [
    (opts_out, opts_in, UNSHARED),
    (deletes, undeletes, FALLEN),
    (archives, restores, FALLEN),
]
ways = pytest.mark.parametrize(("go", "come_back", "because"), WAYS)


def the_one(bench: Bench) -> Any:
    (row,) = bench.rows(ConflictRow)
    return row


@ways
def test_a_conflict_leaves_the_queue_when_nothing_can_be_carried_out(
    bench: Bench, go: Act, come_back: Act, because: str
) -> None:
    pair = asked(bench)
    go(bench, pair)
    report = bench.run()
    assert report["conflicts"]["closed"] == 1
    assert report["open"]["conflicts"] == 0
    row = the_one(bench)
    assert (row.status, row.closed_because) == ("closed", because)
    assert row.values == {"salesforce": "222", "xero": "333"}
    assert quiet(bench) == []


@ways
def test_it_is_open_again_as_it_was_when_the_pair_is_compared_again(
    bench: Bench, go: Act, come_back: Act, because: str
) -> None:
    pair = asked(bench)
    go(bench, pair)
    bench.run()
    come_back(bench, pair)
    report = bench.run()
    assert (report["conflicts"]["opened"], report["writes"]) == (1, 0)
    row = the_one(bench)
    assert (row.status, row.closed_because, row.closed_at, row.reason) == ("open", "", None, "clash")
    bench.resolve(row.id, take=X)
    bench.run()
    assert bench.shown(S, pair[0])["phone"] == "333"
    assert the_one(bench).status == "decided"
    assert quiet(bench) == []


@ways
def test_a_rule_that_was_made_meanwhile_does_not_decide_it(bench: Bench, go: Act, come_back: Act, because: str) -> None:
    pair = asked(bench)
    go(bench, pair)
    bench.run()
    bench.rule(owned(bench, phone={"policy": Policy.XERO}))
    come_back(bench, pair)
    assert bench.run()["writes"] == 0
    assert the_one(bench).status == "open"


@ways
def test_what_was_decided_and_not_carried_out_is_said_and_asked_again(
    bench: Bench, go: Act, come_back: Act, because: str
) -> None:
    pair = asked(bench)
    bench.resolve(the_one(bench).id, take=X)
    go(bench, pair)
    assert bench.run()["writes"] == 0
    row = the_one(bench)
    assert (row.status, row.decision, row.winner) == ("closed", {}, "")
    assert row.noted == "Rui had decided that “333” shall stand. It was not carried out."
    come_back(bench, pair)
    assert bench.run()["writes"] == 0
    row = the_one(bench)
    assert (row.status, row.decision) == ("open", {})
    assert "not carried out" in row.noted


@ways
def test_what_had_been_carried_out_when_its_run_was_killed_is_decided(
    bench: Bench, go: Act, come_back: Act, because: str
) -> None:
    pair = asked(bench)
    bench.resolve(the_one(bench).id, take=X)
    assert bench.killed_at("after_send")
    go(bench, pair)
    bench.run()
    row = the_one(bench)
    assert (row.status, row.winner, row.noted) == ("decided", "xero", "")


@ways
def test_it_stays_closed_when_one_side_went_back_meanwhile_and_the_other_is_carried(
    bench: Bench, go: Act, come_back: Act, because: str
) -> None:
    account, contact = pair = asked(bench)
    side, record = (S, account) if go is archives else (X, contact)
    go(bench, pair)
    bench.run()
    bench.edit(side, record, phone="111")
    come_back(bench, pair)
    bench.run()
    row = the_one(bench)
    assert row.status == "closed"
    assert row.closed_because.startswith("One side went back")
    assert bench.shown(S, account)["phone"] == bench.shown(X, contact)["phone"] != "111"
    go(bench, pair)
    bench.run()
    come_back(bench, pair)
    bench.run()
    assert the_one(bench).status == "closed"


@ways
def test_what_was_taken_back_is_still_held_afterwards(bench: Bench, go: Act, come_back: Act, because: str) -> None:
    """The baseline has moved with it: nothing but the conflict knows that the field waits for a person."""
    bench.linked("The canary")
    account, contact = pair = bench.linked("Aurora Brewing", phone="111")
    bench.edit(S, account, phone="222")
    bench.run(undo=Scope(bench.run()["run_id"]))
    assert the_one(bench).reason == "undone"
    go(bench, pair)
    bench.run()
    assert the_one(bench).status == "closed"
    if go is not deletes:
        bench.edit(S, account, phone="223")
    come_back(bench, pair)
    assert bench.run()["writes"] == 0
    assert bench.shown(X, contact)["phone"] == "111"
    assert (the_one(bench).status, the_one(bench).reason) == ("open", "undone")


@ways
def test_a_run_killed_before_it_is_open_again_forgets_nothing(
    bench: Bench, go: Act, come_back: Act, because: str
) -> None:
    pair = asked(bench)
    go(bench, pair)
    bench.run()
    come_back(bench, pair)
    assert bench.killed_at("after_observe")
    bench.run()
    assert the_one(bench).status == "open"


@ways
def test_a_plan_says_that_it_comes_back(bench: Bench, go: Act, come_back: Act, because: str) -> None:
    pair = asked(bench)
    go(bench, pair)
    bench.run()
    come_back(bench, pair)
    bench.clock.advance(60)
    assert running.make_plan(bench.works, bench.id)["conflicts"] == 1


@ways
def test_nothing_is_decided_otherwise_while_nothing_can_be_carried_out(
    bench: Bench, go: Act, come_back: Act, because: str
) -> None:
    pair = asked(bench)
    bench.resolve(the_one(bench).id, take=X)
    bench.run()
    go(bench, pair)
    bench.run()
    with bench.session() as session, pytest.raises(Stale, match="not shared at present, or a record"):
        conflicts.overturn(session, the_one(bench).id, take=S, by="Rui", now=bench.clock.now())


def test_an_answer_about_the_record_that_has_gone_is_followed_all_the_same(bench: Bench) -> None:
    pair = asked(bench)
    deletes(bench, pair)
    bench.run()
    (question,) = bench.rows(QuestionRow, status="open")
    bench.answer(question.id, "retire")
    assert bench.run()["actions"]["retire"] == {"salesforce": 0, "xero": 1}
    assert the_one(bench).closed_because == FALLEN
    assert not bench.conflicts()


def test_what_is_decided_on_goes_with_a_pair_that_is_parted(bench: Bench) -> None:
    _, contact = asked(bench)
    bench.resolve(the_one(bench).id, value="444")
    with bench.session() as session:
        undo.unlink(session, Ref(X, contact), by="Rui", now=bench.clock.now(), connection_id=bench.id)
    row = the_one(bench)
    assert (row.status, row.decision) == ("closed", {})
    assert row.noted == "Rui had decided that “444” shall stand. It was not carried out."
    with bench.session() as session:
        undo.relink(session, Ref(X, contact), by="Rui", now=bench.clock.now(), connection_id=bench.id)
    assert bench.run()["writes"] == 0
    assert [row.decision for row in bench.conflicts()] == [{}]


def test_a_survivor_takes_the_place_of_a_record_in_what_is_to_come_back(bench: Bench) -> None:
    """The account is opted out, and merged into another one while it is."""
    account, contact = pair = asked(bench)
    opts_out(bench, pair)
    bench.run()
    survivor = bench.customer("Aurora Brewing Ltd", phone="555")
    bench.worlds[S].edit(survivor.ref.id, flag=False)
    bench.run()
    bench.clock.advance(5)
    bench.worlds[S].merge(account, survivor.ref.id)
    bench.run()
    assert [link.salesforce for link in bench.rows(LinkRow, xero=contact)] == [survivor.ref.id]
    opts_in(bench, (survivor.ref.id, contact))
    bench.run()
    (row,) = bench.conflicts()
    assert (row.salesforce, row.values["salesforce"]) == (survivor.ref.id, "555")


def switches_off(bench: Bench, _pair: Pair) -> None:
    bench.rule(owned(bench, phone={"flow": Flow.OFF}))


def turns_the_arrow(bench: Bench, _pair: Pair) -> None:
    bench.rule(owned(bench, phone={"flow": Flow.S2X}))


def goes_back(bench: Bench, pair: Pair) -> None:
    bench.edit(X, pair[1], phone="111")


@pytest.mark.parametrize("act", [switches_off, turns_the_arrow, goes_back])
def test_a_decision_that_a_rule_or_an_edit_has_ended_is_said_not_to_have_been_carried_out(
    bench: Bench, act: Act
) -> None:
    pair = asked(bench)
    bench.resolve(the_one(bench).id, take=X)
    act(bench, pair)
    bench.run()
    assert bench.shown(S, pair[0])["phone"] == "222"
    row = bench.rows(ConflictRow)[0]
    assert (row.status, row.winner, row.by) == ("closed", "", "")
    assert row.noted == "Rui had decided that “333” shall stand. It was not carried out."
