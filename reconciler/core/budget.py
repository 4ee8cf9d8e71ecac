"""What a side still lets us call, as a value: claimed before a call, told by its answer.  Pure; the time is handed in.

Xero counts in fixed windows whose beginnings it does not tell, Salesforce over the last 24 hours.  So no sliding minute
holds more than a minute's calls (then no fixed one does), and of a day only two things are known: what the last answer
said is left, and the latest moment at which that day can have begun.  Nobody announces a new day either: the last
calls of a day are kept for looking, evenly spread, whether there are more.

A call is counted by the side when it arrives, which is some time between its claim and its answer: until the answer
it may still arrive now, and after it the answer's time is the latest that it can have been.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

MINUTE = timedelta(seconds=61)  # a second more: calls may arrive closer together than they were sent
DAY = timedelta(hours=24)
LOOKS = 5  # calls of a day that are kept for looking whether there are more
# A claim older than this belongs to a process that is gone: time-outs end a call within 30 s, and by then it has
# arrived.  A run waits for its turn longer than both, so that calls of a killed run delay the next and never end it.
CALL_LASTS = timedelta(seconds=60)
ARRIVES_WITHIN = timedelta(seconds=30)
BUSY_PAUSE = 0.5  # seconds between two looks for a free place
POLL_SHARE = 0.5  # of what is left of a day, this much may go into looking for changes; the rest is for writing them


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an answer's headers say is left; None where they say nothing."""

    minute: int | None = None
    day: int | None = None
    day_limit: int | None = None


@dataclass(frozen=True, slots=True)
class Ceiling:
    """The most a side takes from us.  `keep_back` is left of the day for others who use the same organisation."""

    per_minute: int | None = None
    in_flight: int = 5
    keep_back: int = 0


@dataclass(frozen=True, slots=True)
class Account:
    """One side's calls.  `left` and `minute_left` count down with each claim and are put right by each answer."""

    recent: tuple[datetime, ...] = ()  # by when each call of the last minute had arrived
    under_way: Mapping[str, datetime] = field(default_factory=dict)  # claim -> when it was made
    minute_left: int | None = None  # what the side says this minute still holds, others' calls included
    minute_told: datetime | None = None  # when it said so
    day_from: datetime | None = None  # the latest moment at which the side's day can have begun
    left: int | None = None
    limit: int | None = None
    used: int = 0  # by us, since `day_from`
    looked_at: datetime | None = None  # the last call out of those kept for looking

    def day_ends(self) -> datetime | None:
        """When the day is certainly over; None while no answer has said what is left of it."""
        return self.day_from + DAY if self.day_from else None


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet: `budget` is "minute", "day" or "in flight", `until` when a call may be tried again."""

    budget: str
    until: datetime

    def seconds(self, now: datetime) -> float:
        """How long that is."""
        return max(0.0, (self.until - now).total_seconds())


def claim(account: Account, ceiling: Ceiling, now: datetime, call: str) -> Account | Wait:
    """Claim one call; the account with the claim, or how long to wait and for what."""
    account = _at(account, now)
    waits = (_day(account, ceiling, now), _minute(account, ceiling), _in_flight(account, ceiling, now))
    longest = max((wait for wait in waits if wait), key=lambda wait: wait.until, default=None)
    if longest is not None:
        return longest
    claimed = replace(
        account,
        under_way={**account.under_way, call: now},
        minute_left=None if account.minute_left is None else account.minute_left - 1,
        left=None if account.left is None else account.left - 1,
        used=account.used + 1,
        looked_at=None,
    )
    return _looking(claimed, ceiling, now)


def told(account: Account, ceiling: Ceiling, allowance: Allowance, now: datetime, call: str) -> Account:
    """The call is over, and its answer says what is left."""
    under_way = {key: at for key, at in account.under_way.items() if key != call}
    account = replace(account, under_way=under_way, recent=(*account.recent, now))
    if allowance.minute is not None:  # it may have been said before the others arrived
        account = replace(account, minute_left=allowance.minute - len(under_way), minute_told=now)
    if allowance.day is not None:
        account = _told_day(account, allowance.day, allowance.day_limit, now)
    return _looking(account, ceiling, now)


def _told_day(account: Account, left: int, limit: int | None, now: datetime) -> Account:
    """More is left than was: a new day has begun, at the latest now.  What others use makes it less, never more."""
    if account.left is None:
        return replace(account, left=left, limit=limit or left + 1, day_from=account.day_from or now)
    if left <= account.left + len(account.under_way) + 1:
        return replace(account, left=left, limit=limit or account.limit)
    return replace(account, left=left, limit=limit or left + 1, day_from=now, used=1, looked_at=None)


def _looking(account: Account, ceiling: Ceiling, now: datetime) -> Account:
    """Only calls for looking are left: from now on they are spread over the day."""
    spare = _spare(account, ceiling)
    if spare is None or spare > LOOKS or account.looked_at is not None:
        return account
    return replace(account, looked_at=now)


def _at(account: Account, now: datetime) -> Account:
    """Forget what is over.  A clock set back must not keep calls in the future: they were made by now at the latest."""
    under_way = {key: min(at, now) for key, at in account.under_way.items() if at > now - CALL_LASTS}
    given_up = [at + ARRIVES_WITHIN for key, at in account.under_way.items() if key not in under_way]
    recent = sorted(min(at, now) for at in (*account.recent, *given_up) if at > now - MINUTE)
    account = replace(account, recent=tuple(recent), under_way=under_way)
    if account.minute_told is not None and not now - MINUTE < account.minute_told <= now:
        account = replace(account, minute_left=None, minute_told=None)
    ends = account.day_ends()
    if ends is None or now < ends:
        return account
    # Whatever day it is now, it began by then; how much it holds is not known before an answer says so.
    begun = ends + (now - ends) // DAY * DAY
    return replace(account, day_from=begun, left=None, used=0, looked_at=None)


def _spare(account: Account, ceiling: Ceiling) -> int | None:
    return None if account.left is None else account.left - ceiling.keep_back


def _day(account: Account, ceiling: Ceiling, now: datetime) -> Wait | None:
    spare, ends = _spare(account, ceiling), account.day_ends()
    if spare is None or ends is None or spare > LOOKS:
        return None
    if spare <= 0:
        return Wait("day", ends)
    last = account.looked_at or now
    due = last + (ends - last) / (spare + 1)
    return Wait("day", due) if due > now else None


def _minute(account: Account, ceiling: Ceiling) -> Wait | None:
    ends: list[datetime] = []
    if account.minute_told is not None and account.minute_left is not None and account.minute_left <= 0:
        ends.append(account.minute_told + MINUTE)
    if ceiling.per_minute is not None:
        too_many = len(account.recent) + len(account.under_way) - ceiling.per_minute
        if 0 <= too_many < len(account.recent):
            ends.append(account.recent[too_many] + MINUTE)
    return Wait("minute", max(ends)) if ends else None


def _in_flight(account: Account, ceiling: Ceiling, now: datetime) -> Wait | None:
    if len(account.under_way) < ceiling.in_flight:
        return None
    return Wait("in flight", now + timedelta(seconds=BUSY_PAUSE))


def stretched(account: Account, ceiling: Ceiling, every: timedelta, now: datetime) -> timedelta:
    """How far apart runs have to be for a day's calls to last: `every`, or longer when few are left.

    A quiet run is one call.  Judged anew after every run, so that what writing costs is made up for by itself.
    """
    spare, ends = _spare(account, ceiling), account.day_ends()
    if spare is None or ends is None or ends <= now:
        return every
    polls = max(1.0, (spare - LOOKS) * POLL_SHARE)
    return max(every, (ends - now) / polls)


def lasts_until(account: Account, ceiling: Ceiling, now: datetime) -> datetime | None:
    """When the day's calls are spent if they go on as they have; None when they last, or nothing is known."""
    spare, ends = _spare(account, ceiling), account.day_ends()
    if spare is None or ends is None or account.day_from is None or account.used <= 0:
        return None
    # A first sync reads everything, once: its minutes say nothing about the hours after it.
    pace = max((now - account.day_from).total_seconds(), 3_600.0) / account.used
    spent = now + timedelta(seconds=pace * max(spare, 0))
    return spent if spent < ends else None
