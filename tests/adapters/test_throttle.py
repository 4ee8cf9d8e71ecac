"""Budgets: the pause comes before the call, and a long one ends the run in place of sleeping through it."""

from __future__ import annotations

import pytest

from reconciler.adapters.throttle import Allowance, Ceiling, MemoryBudget
from reconciler.core.model import Side
from reconciler.errors import Spent
from tests.adapters.clocks import SteppedClock

NOTHING = Allowance()


def spend(budget: MemoryBudget, calls: int, allowance: Allowance = NOTHING) -> None:
    for _ in range(calls):
        budget.take(Side.XERO)
        budget.done(Side.XERO, allowance)


def test_no_minute_holds_more_calls_than_the_side_takes() -> None:
    clock, made = SteppedClock(), list[float]()
    budget = MemoryBudget(clock, {Side.XERO: Ceiling(per_minute=60)})
    for _ in range(200):
        budget.take(Side.XERO)
        made.append(clock.monotonic())
        budget.done(Side.XERO, NOTHING)
        clock.advance(0.3)
    assert all(later - earlier >= 60 for earlier, later in zip(made, made[60:], strict=False))
    assert sum(clock.slept) < 200


def test_a_quiet_minute_costs_no_pause() -> None:
    clock = SteppedClock()
    spend(MemoryBudget(clock), 60)
    assert clock.slept == []


def test_a_spent_minute_that_only_the_side_knows_of_is_waited_out() -> None:
    clock = SteppedClock()
    budget = MemoryBudget(clock)
    spend(budget, 1, Allowance(minute=0))
    spend(budget, 1)
    assert 60 <= sum(clock.slept) <= 62


def test_sleeping_is_cut_into_slices_so_that_a_lease_can_be_kept_meanwhile() -> None:
    clock = SteppedClock()
    budget = MemoryBudget(clock)
    spend(budget, 1, Allowance(minute=0))
    spend(budget, 1)
    assert max(clock.slept) <= 5


def test_a_spent_day_ends_the_run_and_says_when_it_goes_on() -> None:
    clock = SteppedClock()
    budget = MemoryBudget(clock)
    spend(budget, 1, Allowance(day=0))
    with pytest.raises(Spent, match=r"Xero .* today are spent.* at 12:00 UTC on 03 March") as caught:
        budget.take(Side.XERO)
    assert caught.value.wait_seconds == 24 * 3600
    assert not caught.value.sent
    assert clock.slept == []
    clock.advance(24 * 3600)
    spend(budget, 1)


def test_calls_kept_back_for_others_are_not_used() -> None:
    budget = MemoryBudget(SteppedClock(), {Side.XERO: Ceiling(keep_back=100)})
    spend(budget, 1, Allowance(day=110))
    spend(budget, 1, Allowance(day=100))
    with pytest.raises(Spent):
        budget.take(Side.XERO)


def test_a_refused_claim_gives_its_place_back() -> None:
    clock = SteppedClock()
    budget = MemoryBudget(clock, {Side.XERO: Ceiling(in_flight=1)})
    spend(budget, 1, Allowance(day=0))
    for _ in range(3):
        with pytest.raises(Spent, match="today"):
            budget.take(Side.XERO)


class CrowdedClock(SteppedClock):
    """Whoever sleeps by it finds that another has ended its call meanwhile and begun the next."""

    budget: MemoryBudget

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.budget.done(Side.XERO, NOTHING)
        self.budget.take(Side.XERO)


def test_too_many_calls_under_way_end_the_run_when_no_place_is_ever_free() -> None:
    clock = CrowdedClock()
    clock.budget = budget = MemoryBudget(clock, {Side.XERO: Ceiling(in_flight=1)})
    budget.take(Side.XERO)
    with pytest.raises(Spent, match="under way"):
        budget.take(Side.XERO)
    budget.done(Side.XERO, NOTHING)
    spend(budget, 1)


def test_a_call_of_a_process_that_is_gone_delays_the_next_one_and_does_not_end_it() -> None:
    clock = SteppedClock()
    budget = MemoryBudget(clock, {Side.XERO: Ceiling(in_flight=1)})
    budget.take(Side.XERO)
    budget.take(Side.XERO)
    assert 60 <= sum(clock.slept) <= 65


def test_one_sides_spending_is_not_the_others() -> None:
    budget = MemoryBudget(SteppedClock())
    spend(budget, 1, Allowance(day=0))
    budget.take(Side.SALESFORCE)
