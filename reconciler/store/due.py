"""When a connection runs next, and when it compares everything: two times in its row, moved as each run ends."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from reconciler.core.budget import Ceiling, stretched
from reconciler.core.schema import Schedule
from reconciler.store import budgets, compares
from reconciler.store.tables import ConnectionRow

SOON = timedelta(minutes=2)  # what failed for want of a side is tried again after that
LONGEST = timedelta(hours=25)  # no vendor's wish to wait is longer than a day


def is_due(db: Connection, connection_id: int, now: datetime) -> bool:
    """Whether the connection is to run by its schedule: another process may just have done so."""
    at = db.scalar(select(ConnectionRow.next_run_at).where(ConnectionRow.id == connection_id))
    return at is None or at <= now


def compares_now(db: Connection, connection_id: int, now: datetime) -> bool:
    """Whether the time of the full compare has come, or one was broken off."""
    at = db.scalar(select(ConnectionRow.next_compare_at).where(ConnectionRow.id == connection_id))
    return (at is not None and at <= now) or compares.is_unfinished(db, connection_id)


def move(
    db: Connection, connection_id: int, schedule: Schedule, now: datetime, *, compared: bool, wait: timedelta | None
) -> None:
    """A run has ended: say when the next is due.  `wait` is how long a side that was not available asks for.

    Runs are kept further apart when a side has few calls left, so that they last the day.
    """
    row = db.execute(select(ConnectionRow.next_compare_at).where(ConnectionRow.id == connection_id)).one()
    overdue = row.next_compare_at is not None and row.next_compare_at <= now and bool(schedule.full_compare)
    compare_at = row.next_compare_at if overdue and not compared else next_compare(schedule, now)
    every = timedelta(minutes=schedule.every_minutes)
    if wait is None:
        accounts = budgets.accounts(db, connection_id).values()
        every = max([every, *(stretched(account, Ceiling(), every, now) for account in accounts)])
    else:
        every = max(min(every, SOON), min(wait, LONGEST))
    run_at = now + every
    if compare_at is not None and wait is None and now < compare_at < run_at:
        run_at = compare_at
    moved = {"next_run_at": run_at, "next_compare_at": compare_at}
    db.execute(update(ConnectionRow).where(ConnectionRow.id == connection_id).values(**moved))


def next_compare(schedule: Schedule, now: datetime) -> datetime | None:
    """The next time that the schedule's clock shows, UTC; None when it shows none."""
    if not schedule.full_compare:
        return None
    hours, _, minutes = schedule.full_compare.partition(":")
    at = now.replace(hour=int(hours), minute=int(minutes), second=0, microsecond=0)
    return at if at > now else at + timedelta(days=1)
