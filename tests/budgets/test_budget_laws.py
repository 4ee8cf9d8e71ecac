"""Calls, counted purely: whatever the side's windows, none is refused that we could have known of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.budget import DAY, LOOKS, Account, Allowance, Ceiling, Wait, claim, lasts_until, stretched, told

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
XERO = Ceiling(per_minute=60)


class Vendor:
    """Counts in fixed windows of its own phase, and refuses what is too much."""

    def __init__(self, *, day: int, minute: int, phase: float, spent: int) -> None:
        self.day, self.minute, self.phase = day, minute, phase
        self.windows: dict[tuple[int, int], int] = {}
        self.spent, self.refused = spent, 0
        self.first = self._window(START, 86_400)

    def _window(self, now: datetime, length: int) -> tuple[int, int]:
        return length, int((now.timestamp() + self.phase) // length)

    def call(self, now: datetime) -> Allowance:
        minute, day = self._window(now, 60), self._window(now, 86_400)
        used = {key: self.windows.get(key, 0) for key in (minute, day)}
        used[day] += self.spent if day == self.first else 0
        if used[minute] >= self.minute or used[day] >= self.day:
            self.refused += 1
            return Allowance(minute=0, day=max(0, self.day - used[day]))
        for key in (minute, day):
            self.windows[key] = self.windows.get(key, 0) + 1
        return Allowance(minute=self.minute - used[minute] - 1, day=self.day - used[day] - 1)


@given(
    gaps=st.lists(st.sampled_from([0.0, 0.2, 5.0, 70.0, 4_000.0, 50_000.0]), min_size=1, max_size=120),
    day=st.integers(7, 200),
    phase=st.floats(0, 86_400),
    spent=st.integers(0, 150),
)
def test_no_call_is_refused_whatever_the_windows(gaps: list[float], day: int, phase: float, spent: int) -> None:
    vendor = Vendor(day=day, minute=60, phase=phase, spent=min(spent, day - 1))
    account, now, made = Account(), START, 0
    for number, gap in enumerate(gaps):
        now += timedelta(seconds=gap)
        got = claim(account, XERO, now, str(number))
        if isinstance(got, Wait):
            assert got.until > now
            continue
        made += 1
        account = told(got, XERO, vendor.call(now), now, str(number))
    assert vendor.refused == 0
    assert made >= 1


@given(
    late=st.dictionaries(st.integers(0, 70), st.floats(0, 20), max_size=3),
    lost=st.sets(st.integers(0, 70), max_size=3),
    others=st.integers(0, 3),
    gap=st.floats(0, 0.5),
    phase=st.floats(0, 60),
)
def test_no_call_is_refused_whenever_it_arrives_between_its_claim_and_its_answer(
    late: dict[int, float], lost: set[int], others: int, gap: float, phase: float
) -> None:
    """A slow machine sends late what it claimed early, a killed process hears no answer, connecting is not counted."""
    vendor = Vendor(day=5_000, minute=60, phase=phase, spent=0)
    account, now = Account(), START
    for _ in range(others):
        vendor.call(now)
    for number in range(150):
        now += timedelta(seconds=gap)
        while isinstance(got := claim(account, XERO, now, str(number)), Wait):
            now = got.until
        account, now = got, now + timedelta(seconds=late.get(number, 0))
        said = vendor.call(now)
        if number not in lost:
            account = told(account, XERO, said, now, str(number))
    assert vendor.refused == 0


def spend(account: Account, now: datetime, vendor: Vendor) -> tuple[Account, bool]:
    got = claim(account, XERO, now, "one")
    if isinstance(got, Wait):
        return account, False
    return told(got, XERO, vendor.call(now), now, "one"), True


def test_a_day_that_starts_with_forty_calls_is_used_to_the_last_and_the_last_are_for_looking() -> None:
    vendor = Vendor(day=5_000, minute=60, phase=0, spent=4_960)
    account, now, made = Account(), START, list[datetime]()
    while len(made) < 38:
        now += timedelta(seconds=10)
        account, did = spend(account, now, vendor)
        made += [now] if did else []
    assert vendor.refused == 0
    assert made[40 - LOOKS - 1] - START < timedelta(minutes=7)  # those for work go at once
    assert all(later - earlier > timedelta(hours=1) for earlier, later in pairwise(made[35:]))


def test_a_new_day_is_noticed_by_looking() -> None:
    vendor = Vendor(day=100, minute=60, phase=86_400 - (START.timestamp() % 86_400) + 82_800, spent=60)
    account, now = Account(), START
    for _ in range(40):
        now += timedelta(seconds=2)
        account, _ = spend(account, now, vendor)
    assert account.left is not None
    assert account.left <= LOOKS
    while (account.left or 0) <= LOOKS:
        now += timedelta(minutes=10)
        account, _ = spend(account, now, vendor)
    assert now - START < DAY
    assert vendor.refused == 0


def test_a_claim_of_a_process_that_died_is_forgotten() -> None:
    one = Ceiling(in_flight=1)
    held = claim(Account(), one, START, "dead")
    assert isinstance(held, Account)
    assert isinstance(claim(held, one, START + timedelta(seconds=10), "next"), Wait)
    assert isinstance(claim(held, one, START + timedelta(minutes=3), "next"), Account)


def test_a_clock_set_back_an_hour_does_not_stop_us_for_an_hour() -> None:
    account = Account(recent=tuple([START] * 60))
    wait = claim(account, XERO, START - timedelta(hours=1), "one")
    assert isinstance(wait, Wait)
    assert wait.seconds(START - timedelta(hours=1)) <= 61


def test_polls_are_kept_apart_when_few_calls_are_left_and_not_otherwise() -> None:
    every = timedelta(minutes=1)
    starter = Account(left=1_000, limit=1_000, day_from=START)
    assert stretched(starter, XERO, every, START) == DAY / ((1_000 - LOOKS) / 2)
    assert stretched(starter, XERO, timedelta(minutes=15), START) == timedelta(minutes=15)
    assert stretched(Account(left=5_000, limit=5_000, day_from=START), XERO, every, START) == every
    assert stretched(Account(), XERO, every, START) == every


def test_the_forecast_says_when_calls_run_out_and_nothing_when_they_last() -> None:
    now = START + timedelta(hours=1)
    assert lasts_until(Account(left=100, used=100, day_from=START), XERO, now) == now + timedelta(hours=1)
    assert lasts_until(Account(left=4_900, used=100, day_from=START), XERO, now) is None
    assert lasts_until(Account(), XERO, now) is None


def test_what_a_first_sync_spends_in_a_minute_is_not_the_pace_of_the_day() -> None:
    now = START + timedelta(minutes=1)
    assert lasts_until(Account(left=4_985, used=15, day_from=START), XERO, now) is None
    assert lasts_until(Account(left=4_000, used=1_000, day_from=START), XERO, now) == now + timedelta(hours=4)
