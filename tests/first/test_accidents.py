"""The accidents that users of such products tell of, replayed: each stops before its first write and says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session

from reconciler.commands import plans
from reconciler.core.model import SIDES, Side
from reconciler.core.schema import Create, OptIn, Rules
from reconciler.doctor import examine
from reconciler.mapping.shipped import CUSTOMER
from reconciler.ports import Clock, Gateway
from reconciler.queries import plans as shown_plans
from reconciler.queries.plans import PlanView
from reconciler.store.tables import ActionRow, ConnectionRow, QuestionRow
from tests.adapters.wired import Wired
from tests.e2e.live import Live
from tests.first.conftest import Begin

S, X = SIDES


def activate(live: Live) -> Live:
    with live.engine.begin() as db:
        now = live.world.clock.now()
        db.execute(update(ConnectionRow).where(ConnectionRow.id == live.id).values(activated_at=now))
    return live


def load(live: Live, records: int, *, flag: bool, begin: str = "Bulk") -> None:
    """A bulk load, as an administrator's import tool makes one."""
    twin = live.world.running(S).twin
    for number in range(records):
        fields = {"Name": f"{begin} {number:06} Trading", "Sync_with_Xero__c": flag}
        twin.edit({"as": "Import tool", "do": "create", "type": "Account", "fields": fields})


def limits(report: Mapping[str, Any]) -> set[str]:
    return {breach["limit"] for breach in report["halted"]}


def calmed(live: Live) -> Live:
    """All is well until here, and from here on the simulators count."""
    assert live.run()["status"] == "done"
    for side in SIDES:
        live.world.running(side).rig.calls.reset()
    return live


def stopped(live: Live, report: Mapping[str, Any], limit: str) -> PlanView:
    """Stopped before the first write, by the vendors' own count too, and explained to whoever looks; its plan."""
    assert (report["status"], report["writes"], live.writes()) == ("halted", 0, 0), report
    breach = next(each for each in report["halted"] if each["limit"] == limit)
    assert breach["found"] > breach["allowed"]
    with Session(live.engine) as session:
        held = shown_plans.held(session, live.id)
    assert held is not None
    assert limit in {each["limit"] for each in held.halted}
    return held


def released(live: Live, plan: PlanView) -> Mapping[str, Any]:
    """What comes of it when a person says that it is meant."""
    with Session(live.engine) as session:
        plans.approve(session, plan.id, by="Ada", now=live.world.clock.now(), reason="A firm we bought.")
    report: Mapping[str, Any] = live.run()
    return report


def bulk_load(begin: Begin, records: int) -> None:
    live = calmed(activate(begin("synced", 10)))
    before = len(live.records(X))
    load(live, records, flag=False)
    report = live.run()
    assert (report["status"], report["writes"], live.writes()) == ("done", 0, 0)
    assert len(live.records(X)) == before
    assert live.rows(ActionRow, do="create") == []


def test_a_bulk_load_of_records_that_nobody_opted_in_shares_none(begin: Begin) -> None:
    bulk_load(begin, 2_000)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_a_bulk_load_of_100_000_records_that_nobody_opted_in_shares_none(begin: Begin) -> None:
    bulk_load(begin, 100_000)


def test_a_bulk_load_that_opts_everybody_in_stops_and_is_released_by_a_person(begin: Begin) -> None:
    live = calmed(activate(begin("synced", 10)))
    load(live, 150, flag=True)
    report = live.run()
    assert limits(report) == {"creates"}
    stopped(live, report, "creates")
    assert released(live, stopped(live, live.run(), "creates"))["actions"]["create"]["xero"] == 150
    assert live.writes() >= 3, "the same count that said none before says some now"
    assert len(live.records(X)) == 160


def test_a_bulk_load_that_was_not_meant_is_dropped_and_nothing_of_it_is_shared(begin: Begin) -> None:
    live = calmed(activate(begin("synced", 10)))
    load(live, 150, flag=True)
    held = stopped(live, live.run(), "creates")
    for each in live.world.running(S).twin.state("Account"):
        if each["Name"].startswith("Bulk"):
            live.world.running(S).twin.edit({"do": "delete", "type": "Account", "id": each["Id"]})
    live.world.clock.advance(5)
    with Session(live.engine) as session:
        plans.drop(session, held.id, by="Ada", now=live.world.clock.now(), reason="The wrong file.")
    report = live.run()
    assert (report["status"], live.writes(), len(live.records(X))) == ("done", 0, 10), report


EVERYBODY = replace(CUSTOMER, create=Create.BOTH, opt_in=OptIn(xero="all"), suppliers="include")


def weekend(begin: Begin, records: int) -> None:
    """Everything on, both ways, on two systems that hold the same customers without knowing of each other."""
    live = activate(begin("unlinked", records))
    live.rule(EVERYBODY)
    for side in SIDES:
        live.world.running(side).rig.calls.reset()
    before = {side: set(live.records(side)) for side in SIDES}
    report = live.run()
    stopped(live, report, "creates")
    assert {side: set(live.records(side)) for side in SIDES} == before
    names = {side: {str(r.fields["name"]).casefold() for r in live.records(side).values()} for side in SIDES}
    planned = [row for row in live.rows(ActionRow, do="create") if row.plan_id == report["plan_id"]]
    twins = [row for row in planned if str(row.fields["name"]["to"]).casefold() in names[Side(row.side)]]
    assert twins == []


def test_everything_switched_on_over_a_weekend_makes_no_duplicates(begin: Begin) -> None:
    weekend(begin, 500)


@pytest.mark.prove
@pytest.mark.timeout(900)
def test_everything_switched_on_over_a_weekend_makes_none_of_5_000_duplicates(begin: Begin) -> None:
    weekend(begin, 5_000)


def test_a_side_that_looks_empty_stops_the_run_and_is_left_alone(begin: Begin) -> None:
    live = calmed(activate(begin("synced", 60)))
    live.world.running(X).twin.reset("empty", 0, 1)
    live.edit(S, next(iter(live.records(S))), phone="+64 9 555 0101")
    before = {record_id: record.fields for record_id, record in live.records(S).items()}
    report = live.run(full=True)
    assert (report["status"], report["writes"], live.writes()) == ("halted", 0, 0), report
    (breach,) = report["halted"]
    assert (breach["limit"], breach["side"], breach["found"]) == ("emptied", X, 60)
    assert {record_id: record.fields for record_id, record in live.records(S).items()} == before
    assert live.records(X) == {}
    assert live.run()["status"] == "halted", "it stays stopped"
    assert live.writes() == 0
    assert live.rows(QuestionRow, type="removed") == []


class Pinned(Live):
    """As the product connects: each gateway knows which organisation it belongs to."""

    __slots__ = ()

    def _gateways(self, connection: Any, rules: Rules, clock: Clock) -> Mapping[Side, Gateway]:
        kept = {side: connection.sides[side].organisation_id for side in SIDES}
        user = connection.sides[S].user_id
        return {
            S: self.world.salesforce(rules=rules, user_id=user, organisation_id=kept[S]),
            X: self.world.xero(rules=rules, organisation_id=kept[X]),
        }


def test_a_refreshed_sandbox_is_refused_although_it_carries_all_the_ids(world: Wired, engine: Engine) -> None:
    world.clock.advance(86_400)
    live = Pinned(world.reset("synced", 20), engine)
    calmed(live)
    sandbox: Any = world.pair.salesforce.twin
    kept = list(sandbox.state("Account"))
    sandbox.org.organization["Id"] = "00D9A0000000001AAA"
    sandbox.settings({"environment": "sandbox"})
    live.edit(S, kept[0]["Id"], phone="+64 9 555 0101")
    try:
        report = live.run()
        assert (report["status"], report["writes"], live.writes()) == ("unavailable", 0, 0)
        assert (
            "Another organisation is behind this sign-in: Salesforce answers for 00D9A0000000001" in report["message"]
        )
        found = examine(live.works, live.id)
        assert not found.sound
        assert any("Another organisation" in each.text for each in found.sides[S] if each.verdict == "bad")
        assert {each["Id"] for each in sandbox.state("Account")} == {each["Id"] for each in kept}, "all ids are there"
        assert live.writes() == 0
    finally:
        sandbox.settings({"environment": "live"})
        world.reset()
