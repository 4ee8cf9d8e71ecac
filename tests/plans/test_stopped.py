"""A plan that a person approved, stopped half-way: by a pause of one side, or by a kill.  What is left of it is carried
out exactly as it was approved, and once.
"""

from __future__ import annotations

from typing import Any

import pytest

from reconciler import running
from reconciler.commands import pauses, plans
from reconciler.core.schema import Flow
from reconciler.steps.context import CRASH_POINTS
from reconciler.store import connections
from reconciler.store.tables import ActionRow, PlanRow
from tests.engine.bench import Bench, S, X, differences, owned, quiet, twins

pytestmark = pytest.mark.prove
PAIRS = 6


def approved(bench: Bench) -> tuple[list[tuple[str, str]], int]:
    """Half of the pairs edited in Salesforce, half in Xero, and the plan about them approved; two writes a request."""
    pairs = [bench.pair(f"Customer {number}", phone="1") for number in range(PAIRS)]
    ids = [(account.ref.id, contact.ref.id) for account, contact in pairs]
    bench.run()
    for gateway in bench.gateways.values():
        gateway.batch_size = 2
    for number, (account, contact) in enumerate(ids):
        bench.edit(*((S, account) if number % 2 else (X, contact)), phone=f"2{number}")
    bench.clock.advance(60)
    running.make_plan(bench.works, bench.id)
    (plan,) = bench.rows(PlanRow, status="proposed")
    with bench.session() as session:
        plans.approve(session, plan.id, by="Ada", now=bench.clock.now(), reason="As it should be.")
    return ids, plan.id


def pause_xero(bench: Bench, *, again: bool = False) -> None:
    with bench.session() as session:
        do: Any = pauses.resume if again else pauses.pause
        do(session, bench.id, side=X, by="Ada", now=bench.clock.now())


def states(bench: Bench, plan: int) -> list[tuple[str, str]]:
    return sorted((row.side, row.state) for row in bench.rows(ActionRow, plan_id=plan))


def stopped_half_way(bench: Bench) -> tuple[list[tuple[str, str]], int]:
    """Xero is paused while its first request is under way."""
    ids, plan = approved(bench)
    bench.at = lambda point: pause_xero(bench) if point == "after_send" and not paused(bench) else None
    assert bench.run()["status"] == "done"
    bench.at = lambda _point: None
    assert states(bench, plan) == [("salesforce", "settled")] * 3 + [("xero", "planned"), *[("xero", "settled")] * 2]
    return ids, plan


def paused(bench: Bench) -> bool:
    with bench.engine.connect() as db:
        return connections.writes_wait(db, bench.id, X, bench.clock.now())


def test_a_plan_goes_on_where_a_pause_of_one_side_stopped_it_and_the_rest_flows_meanwhile(bench: Bench) -> None:
    ids, plan = stopped_half_way(bench)
    bench.edit(X, ids[0][1], fax="9")
    report = bench.run()
    assert report["actions"]["update"] == {"salesforce": 1, "xero": 0}
    assert "Writes to Xero are paused" in report["message"]
    assert ("xero", "planned") in states(bench, plan)
    pause_xero(bench, again=True)
    report = bench.run()
    assert (report["plan_id"], report["actions"]["update"]) == (plan, {"salesforce": 0, "xero": 1})
    assert states(bench, plan) == [("salesforce", "settled")] * 3 + [("xero", "settled")] * 3
    assert differences(bench) == quiet(bench) == []


def test_what_moved_while_a_plan_was_stopped_is_left_to_the_next_and_named(bench: Bench) -> None:
    ids, plan = stopped_half_way(bench)
    left = next(row for row in bench.rows(ActionRow, plan_id=plan) if row.state == "planned")
    account = left.source.removeprefix("salesforce:")
    bench.edit(S, account, phone="33")
    pause_xero(bench, again=True)
    report = bench.run()
    assert report["plan_id"] == plan
    assert [named.split(":")[1] for named in report["set_aside"]] == [left.ref.removeprefix("xero:")]
    bench.run()
    assert bench.shown(X, dict(ids)[account])["phone"] == "33"
    assert differences(bench) == quiet(bench) == []


@pytest.mark.parametrize("point", CRASH_POINTS)
@pytest.mark.parametrize("half", [False, True], ids=["whole", "rest"])
def test_an_approved_plan_that_is_killed_at_any_point_is_carried_out_exactly(
    bench: Bench, point: str, *, half: bool
) -> None:
    _ids, plan = stopped_half_way(bench) if half else approved(bench)
    if half:
        pause_xero(bench, again=True)
    reached = bench.killed_at(point)
    assert reached or point == "after_observe"  # an approved plan looks at its ground, and decides nothing
    assert bench.run()["status"] == "done"
    bench.run()
    in_doubt = {"unknown"} if point == "after_intent" else set()  # written down, never sent: merged anew
    assert {state for _, state in states(bench, plan)} == {"settled", *in_doubt}
    assert [row.status for row in bench.rows(PlanRow, id=plan)] == ["done"]
    assert len(states(bench, plan)) == PAIRS
    assert differences(bench) == twins(bench) == quiet(bench) == []


def test_a_plan_made_meanwhile_tells_of_the_approved_one_that_the_next_run_carries_out_first(bench: Bench) -> None:
    ids, _plan = approved(bench)
    bench.edit(X, ids[0][1], fax="9")
    told = running.make_plan(bench.works, bench.id)
    assert told["first"] != told["digest"]
    assert bench.run(later=0)["digest"] == told["first"]
    after = running.make_plan(bench.works, bench.id)
    assert after["first"] == ""
    assert bench.run(later=0)["digest"] == after["digest"]


def test_an_approved_plan_that_waits_for_a_pause_to_end_or_for_other_rules_goes_before_nothing(bench: Bench) -> None:
    stopped_half_way(bench)
    assert running.make_plan(bench.works, bench.id)["first"] == ""
    pause_xero(bench, again=True)
    assert running.make_plan(bench.works, bench.id)["first"]
    bench.rule(owned(bench, phone={"flow": Flow.S2X}))
    assert running.make_plan(bench.works, bench.id)["first"] == ""
