"""A plan that a guard holds: killed around the moment it is held, it has written nothing and is held still."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconciler.commands import plans
from reconciler.store.tables import PlanRow
from tests.engine.bench import Bench, Killed, S, X, differences, quiet

pytestmark = pytest.mark.prove


def too_much(bench: Bench) -> list[str]:
    """Six new customers where five may be made."""
    bench.linked()
    bench.rule(replace(bench.kind, limits=replace(bench.kind.limits, creates=5)))
    bench.run()
    return [bench.customer(f"Customer {number}").ref.id for number in range(6)]


def test_a_run_killed_before_it_is_stopped_is_stopped_by_the_next_and_released_by_a_person(bench: Bench) -> None:
    too_much(bench)
    assert bench.killed_at("after_observe")
    first, again = bench.run(), bench.run()
    assert (first["status"], again["status"], again["writes"]) == ("halted", "halted", 0)
    assert first["digest"] == again["digest"]
    (plan,) = bench.rows(PlanRow, status="held")
    with bench.session() as session:
        plans.approve(session, plan.id, by="Ada", now=bench.clock.now(), reason="A new branch.")
    assert bench.killed_at("after_send")
    assert bench.run()["status"] == "done"
    assert len(bench.worlds[X].records) == 7
    assert differences(bench) == quiet(bench) == []


def test_a_run_killed_while_the_canary_is_read_writes_nothing(bench: Bench) -> None:
    account, contact = bench.linked(phone="1")
    bench.edit(S, account, phone="2")
    calls = iter(range(100))

    def die() -> None:
        if next(calls) == 1:  # the first call reads what has changed, the second the pair known to exist
            raise Killed("canary")

    bench.gateways[S].hooks.before_call = die
    with pytest.raises(Killed):
        bench.run()
    bench.gateways[S].hooks.before_call = None
    bench.left_by(pid=0)
    assert bench.shown(X, contact)["phone"] == "1"
    bench.run()
    assert bench.shown(X, contact)["phone"] == "2"
    assert differences(bench) == quiet(bench) == []
