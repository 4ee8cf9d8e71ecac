"""What a side would take later is sent then, whatever has been looked at in between."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reconciler import running
from reconciler.core.model import Side
from reconciler.core.schema import Policy
from reconciler.errors import Refusal
from reconciler.ports import Batch
from reconciler.steps.settling import RETRY_AFTER
from reconciler.store.tables import RejectionRow
from tests.engine.bench import BLANK, Bench, S, X, differences, owned

OLD, NEW = "+64 9 300 1000", "+64 9 300 2000"
BUSY = Refusal("busy", "Xero: try again later.", retry="wait")
LATER = RETRY_AFTER.total_seconds()


def told_to_wait(bench: Bench) -> None:
    """One run in which Xero takes nothing for now."""
    bench.gateways[X].hooks.refuse = lambda _write: BUSY
    assert bench.run()["rejections"] >= 1
    bench.gateways[X].hooks.refuse = None


def is_sent_once(bench: Bench) -> None:
    assert [bench.run(later=LATER)["writes"] for _ in range(3)] == [1, 0, 0]
    assert not differences(bench)
    assert not bench.rows(RejectionRow, status="open")


def names(bench: Bench) -> list[str]:
    return sorted(str(record.fields["name"]) for record in bench.worlds[X].records.values())


def edits_another_field(bench: Bench, pair: dict[Side, str]) -> None:
    bench.edit(X, pair[X], fax=NEW)


def saves_rules(bench: Bench, _pair: dict[Side, str]) -> None:
    bench.rule(owned(bench, fax={"policy": Policy.ASK}))


@pytest.mark.parametrize("act", [edits_another_field, saves_rules])
def test_whatever_happens_before_it_is_due(bench: Bench, act: Callable[[Bench, dict[Side, str]], None]) -> None:
    pair = dict(zip((S, X), bench.linked(phone=OLD), strict=True))
    bench.edit(S, pair[S], phone=NEW)
    told_to_wait(bench)
    act(bench, pair)
    bench.run(later=10)
    assert bench.shown(X, pair[X])["phone"] == OLD
    is_sent_once(bench)


def test_where_the_other_side_is_written_in_the_same_run(bench: Bench) -> None:
    account, contact = bench.linked(phone=OLD)
    bench.edit(S, account, phone=NEW)
    bench.edit(X, contact, fax=NEW)
    told_to_wait(bench)
    is_sent_once(bench)


def test_where_the_pair_is_found_in_the_same_run(bench: Bench) -> None:
    account = bench.customer("Aurora Brewing", phone=OLD, email="a@b.example")
    bench.worlds[X].create({**BLANK, "name": "Aurora Brewing", "email": "a@b.example"}, partner=account.ref.id)
    told_to_wait(bench)
    is_sent_once(bench)


def test_a_customer_that_is_looked_at_before_its_making_is_due(bench: Bench) -> None:
    bench.linked("The canary")
    bench.customer("Aurora Brewing")
    told_to_wait(bench)
    assert bench.run()["writes"] == 0
    bench.run(later=LATER)
    bench.run(later=LATER)
    assert names(bench) == ["Aurora Brewing", "The canary"]
    assert not differences(bench)
    assert not bench.rows(RejectionRow, status="open")


def test_a_customer_that_is_looked_at_again_by_the_run_that_was_to_make_it(bench: Bench) -> None:
    account, contact = bench.linked("The canary", phone=OLD)
    bench.customer("Aurora Brewing")
    bench.edit(X, contact, phone=NEW)

    def edit_meanwhile(_batch: Batch) -> None:
        bench.gateways[S].hooks.before_send = None
        bench.worlds[S].edit(account, {"fax": NEW})

    bench.gateways[S].hooks.before_send = edit_meanwhile
    told_to_wait(bench)
    bench.run(later=LATER)
    bench.run(later=LATER)
    assert names(bench) == ["Aurora Brewing", "The canary"]


def test_a_plan_says_that_it_is_due(bench: Bench) -> None:
    bench.customer("Aurora Brewing")
    told_to_wait(bench)
    bench.run()
    bench.clock.advance(LATER)
    plan = running.make_plan(bench.works, bench.id)
    assert "create" in {action["do"] for action in plan["actions"]}
    assert bench.run(later=0)["digest"] == plan["digest"]


def test_of_a_pair_whose_account_is_merged_into_another_before_it_is_due(bench: Bench) -> None:
    account, contact = bench.linked(phone=OLD)
    survivor = bench.customer("Basalt Foods", phone=OLD).ref.id
    bench.worlds[S].edit(survivor, flag=False)
    bench.run()
    bench.edit(X, contact, phone=NEW)
    bench.gateways[S].hooks.refuse = lambda _write: BUSY
    assert bench.run()["rejections"] == 1
    bench.gateways[S].hooks.refuse = None
    bench.worlds[S].edit(survivor, flag=True)
    bench.worlds[S].merge(account, survivor)
    for _ in range(4):
        bench.run(later=60)
    bench.run(later=LATER)
    assert bench.shown(S, survivor)["phone"] == NEW
    assert not bench.rows(RejectionRow, status="open", code="busy")
