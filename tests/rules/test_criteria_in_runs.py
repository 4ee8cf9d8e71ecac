"""Criteria in a run: who is shared, who stops being shared, and what is judged once more right before a write."""

from __future__ import annotations

from dataclasses import replace

from reconciler.core.criteria import Operator, Row, version
from reconciler.core.model import Side
from reconciler.mapping.shipped import CUSTOMER
from reconciler.store.tables import ActionRow
from tests.engine.bench import HERE, THERE, Bench

S, X = Side.SALESFORCE, Side.XERO
LOCAL = Row("billing.country", Operator.EQUAL, ("New Zealand",))
LOCALS = replace(CUSTOMER, opt_in=replace(CUSTOMER.opt_in, criteria=LOCAL))


def test_only_those_who_meet_the_criteria_are_shared(bench: Bench) -> None:
    bench.rule(LOCALS)
    here = bench.customer("Here Ltd", billing=HERE)
    bench.customer("There Ltd", billing=THERE)
    bench.run()
    assert [record.partner for record in bench.worlds[X].records.values()] == [here.ref.id]
    proofs = [row.notes["proof"] for row in bench.rows(ActionRow) if row.do == "create"]
    assert [proof["criteria"] for proof in proofs] == [version(LOCAL)]


def test_a_customer_who_no_longer_meets_them_rests_and_returns(bench: Bench) -> None:
    bench.rule(LOCALS)
    account, contact = bench.linked(billing=HERE)
    bench.edit(S, account, billing=THERE, phone="1")
    bench.run()
    assert bench.shown(X, contact)["phone"] == ""
    assert bench.shown(X, contact)["billing"] == HERE
    bench.edit(S, account, billing=HERE)
    bench.run()
    assert bench.shown(X, contact)["billing"] == HERE


def test_the_criteria_are_judged_again_right_before_the_write(bench: Bench) -> None:
    bench.rule(LOCALS)
    account, contact = bench.linked(billing=HERE)
    bench.edit(S, account, phone="1")

    def moves_away(point: str) -> None:
        if point == "after_observe":
            bench.edit(S, account, billing=THERE)

    bench.at = moves_away
    bench.run()
    assert bench.shown(X, contact)["phone"] == ""
