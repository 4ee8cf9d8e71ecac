"""Budgets: how many calls a side may still be asked, before the vendor has to say no.

A 429 is a failure of ours, so the pause comes before the call: a short one is slept, a long one is `Spent`, and the run
resumes later.  What is counted and how is `core.budget`; where it is kept is handed in: `MemoryBudget` keeps it in one
process, for sides that are not connected yet, and connected ones share it through the store.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Mapping
from typing import Protocol

from reconciler.core.budget import Account, Allowance, Ceiling, Wait, claim, told
from reconciler.core.model import Side
from reconciler.errors import Spent, Stopped
from reconciler.ports import Clock

__all__ = ["CEILINGS", "Allowance", "Budget", "Ceiling", "MemoryBudget", "Throttle"]

LONGEST_PAUSE = 95.0  # seconds: calls of a killed run may fill a minute that begins when they are given up
SLICE = 5.0  # sleeps are cut, so that the clock handed in may see to what must not be forgotten meanwhile

# Xero: 60 a minute and 5 at a time per organisation; Salesforce has a daily quota only.
CEILINGS: Mapping[Side, Ceiling] = {Side.SALESFORCE: Ceiling(in_flight=20), Side.XERO: Ceiling(per_minute=60)}


class Budget(Protocol):
    """Claims calls; `take` before each request, `done` after it, whatever became of it."""

    def take(self, side: Side) -> None:
        """Claim one call, pausing shortly if need be; raises `Spent` when the wait would be long."""
        ...

    def done(self, side: Side, allowance: Allowance) -> None:
        """Note what the answer said is left, and that the call is over."""
        ...


class Accounts(Protocol):
    """Where accounts are kept.  `change` replaces one by what `how` makes of it, whole: no other change comes between.

    When `how` answers with a `Wait` nothing is changed.
    """

    def change(self, side: Side, how: Callable[[Account], Account | Wait]) -> Account | Wait:
        """Change the account of one side; returns what `how` did."""
        ...


class Throttle:
    """A `Budget` over accounts kept anywhere; once `told` to end it grants nothing.  Serves one thread at a time, as a
    gateway does.
    """

    def __init__(
        self,
        clock: Clock,
        accounts: Accounts,
        ceilings: Mapping[Side, Ceiling] = CEILINGS,
        told: threading.Event | None = None,
    ) -> None:
        self._clock, self._accounts, self._ceilings = clock, accounts, ceilings
        self._told = told or threading.Event()
        self._claims: dict[Side, list[str]] = {side: [] for side in Side}

    def take(self, side: Side) -> None:
        """Claim one call, pausing shortly if need be; raises `Spent` when the wait would be long."""
        if self._told.is_set():
            raise Stopped
        call, slept = uuid.uuid4().hex, 0.0
        while isinstance(wait := self._claim(side, call), Wait):
            pause = wait.seconds(self._clock.now())
            if pause + slept > LONGEST_PAUSE:
                raise _spent(side, wait, pause)
            self._clock.sleep(min(pause, SLICE))
            slept += min(pause, SLICE)
        self._claims[side].append(call)

    def done(self, side: Side, allowance: Allowance) -> None:
        """Note what the answer said is left, and that the call is over."""
        call, now = self._claims[side].pop(), self._clock.now()
        self._accounts.change(side, lambda account: told(account, self._ceilings[side], allowance, now, call))

    def _claim(self, side: Side, call: str) -> Account | Wait:
        now = self._clock.now()
        return self._accounts.change(side, lambda account: claim(account, self._ceilings[side], now, call))


class MemoryBudget(Throttle):
    """One process's own count."""

    def __init__(self, clock: Clock, ceilings: Mapping[Side, Ceiling] = CEILINGS) -> None:
        super().__init__(clock, _InMemory(), ceilings)


class _InMemory:
    """Accounts of one process."""

    def __init__(self) -> None:
        self._lock, self._accounts = threading.Lock(), dict.fromkeys(Side, Account())

    def change(self, side: Side, how: Callable[[Account], Account | Wait]) -> Account | Wait:
        with self._lock:
            changed = how(self._accounts[side])
            if isinstance(changed, Account):
                self._accounts[side] = changed
            return changed


def _spent(side: Side, wait: Wait, pause: float) -> Spent:
    name = side.name.title()
    said = {
        "day": f"The calls that {name} allows us for today are spent.",
        "minute": f"The calls that {name} allows us for this minute are spent.",
        "in flight": f"Too many calls to {name} are under way.",
    }
    return Spent(
        said[wait.budget],
        remedy=f"Nothing is lost: syncs go on by themselves, at {wait.until:%H:%M} UTC on {wait.until:%d %B}.",
        side=side,
        wait_seconds=pause,
    )
