"""A day that starts with forty calls left, over both simulators: none is refused, nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine

from reconciler.adapters.throttle import Throttle
from reconciler.core.model import Side
from reconciler.core.schema import Rules
from reconciler.ports import Clock, Gateway
from reconciler.running import Works
from reconciler.store.budgets import StoredAccounts, accounts
from tests.adapters.wired import Wired, wired
from tests.e2e.live import Live

S, X = Side.SALESFORCE, Side.XERO


@pytest.fixture(scope="module")
def world() -> Iterator[Wired]:
    with wired() as both:
        yield both


class Scarce(Live):
    """Both simulators, with calls counted in the store as in the running product."""

    @property
    def works(self) -> Works:
        def gateways(connection: Any, rules: Rules, clock: Clock) -> Mapping[Side, Gateway]:
            budget = Throttle(clock, StoredAccounts(self.engine, self.id))
            user = connection.sides[S].user_id
            return {
                S: self.world.salesforce(rules=rules, user_id=user, budget=budget),
                X: self.world.xero(rules=rules, organisation_id=connection.sides[X].organisation_id, budget=budget),
            }

        return replace(super().works, gateways=gateways)


def refused(world: Wired) -> int:
    calls = world.pair.xero.rig.calls.summary()["calls"]
    return sum(call["count"] for call in calls if call["status"] == 429)


def test_a_day_that_starts_with_forty_calls_left_ends_with_none_refused_and_nothing_lost(
    world: Wired, database: Engine
) -> None:
    world.reset("synced", 6)
    live = Scarce(world, database)
    live.run()
    world.pair.xero.twin.settings({"day_limit": 41})
    pairs, turned, runs = live.pairs(), 0, 0
    for number in range(60):
        pair = pairs[number % len(pairs)]
        live.edit(S, pair[S], phone=f"+64 9 555 {number:04d}")
        report = live.run(later=300)
        turned += refused(world)
        runs += 1
        if report["status"] == "unavailable":
            assert report["problem"] == "spent"
            assert "Xero allows us for today are spent" in report["message"]
            break
    assert report["status"] == "unavailable"
    assert runs > 8
    with live.engine.connect() as db:
        left = accounts(db, live.id)[X].left
    assert left is not None
    assert left >= 1
    world.pair.xero.twin.settings({"day_limit": 5_000})
    for _ in range(8):
        live.run(later=4 * 3600)
        turned += refused(world)
    assert turned == 0
    assert all(live.shown(S, pair[S])["phone"] == live.shown(X, pair[X])["phone"] for pair in live.pairs())
