"""What people are told of by mail, and when: the state before and the state now in, letters out.

A letter holds counts, the names that people gave to connections, and links into the portal; never a value or a name
out of a record.  Sending is `reconciler.mail`'s business.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

HELD, SIGNED_OUT, SPENT, SILENT = "held", "signed_out", "spent", "silent"
_SUBJECTS = {
    HELD: "stopped, waits for your approval",
    SIGNED_OUT: "signed out",
    SPENT: "no calls left for today",
    SILENT: "no sync has got through for a while",
}
LEAST_SILENCE = timedelta(hours=1)
MISSED = 4  # so many syncs in a row, if that is longer


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a connection: a sentence, and the portal's page about it."""

    sentence: str
    page: str


@dataclass(frozen=True, slots=True)
class Condition:
    """How one connection is; `faults` by their key, most urgent first."""

    name: str
    page: str
    faults: Mapping[str, Fault] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail, not yet addressed."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Waits:
    """How much of each kind waits for a person in one connection: (what, how many, the portal's page)."""

    name: str
    counts: Sequence[tuple[str, int, str]]

    @property
    def total(self) -> int:
        """All of it."""
        return sum(count for _, count, _ in self.counts)


def news(condition: Condition, told: Collection[str], portal: str) -> Letter | None:
    """The letter about what has changed since people were told; None when nothing has that they must know of.

    Each fault is told once, while it lasts; that all is well again, once after the last of them has gone.
    """
    fresh = [key for key in condition.faults if key not in told]
    if fresh:
        return _bad_news(condition, fresh, portal)
    if told and not condition.faults:
        text = f"{condition.name} is in order again. What waited meanwhile is carried out; nothing was lost."
        return Letter(f"Concord: {condition.name} is well again", _body(text, portal + condition.page))
    return None


def _bad_news(condition: Condition, fresh: Sequence[str], portal: str) -> Letter:
    parts = [f"{condition.faults[key].sentence}\n{portal}{condition.faults[key].page}" for key in fresh]
    parts += ["Edits made meanwhile wait and are not lost. You are told once, and again when all is well."]
    subject = f"Concord: {condition.name}: {'; '.join(_SUBJECTS[key] for key in fresh)}"
    return Letter(subject, _body(*parts))


def is_silent(first_bad: datetime | None, now: datetime, every: timedelta) -> bool:
    """Whether no sync has got through for so long that somebody should know; one that fails now and then is none."""
    return first_bad is not None and now - first_bad >= max(LEAST_SILENCE, MISSED * every)


def digest_time(at: time, now: datetime) -> datetime:
    """The latest moment, up to now, at which the daily letter was due."""
    today = datetime.combine(now.date(), at, now.tzinfo)
    return today if today <= now else today - timedelta(days=1)


def digest(waiting: Sequence[Waits], portal: str) -> Letter | None:
    """The day's letter about what waits for people; None on a day when nothing does."""
    some = [each for each in waiting if each.total]
    if not some:
        return None
    total = sum(each.total for each in some)
    parts = [
        "\n".join(
            [f"{each.name}:", *(f"  {count} {what}: {portal}{page}" for what, count, page in each.counts if count)]
        )
        for each in some
    ]
    what = "1 thing waits" if total == 1 else f"{total} things wait"
    return Letter(f"Concord: {what} for a person", _body("This waits for a person today.", *parts))


def _body(*parts: str) -> str:
    return "\n\n".join(parts) + "\n"
