"""Health in numbers, for load balancers and monitoring.  No names, no values: counts, ages and times only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from reconciler.store import budgets, open_items
from reconciler.store.schema import is_newest
from reconciler.store.tables import (
    ActionRow,
    ConnectionRow,
    HeartbeatRow,
    LinkRow,
    MailingRow,
    RecordRow,
    RunRow,
    SideRow,
)

Labels = tuple[tuple[str, str], ...]
SideNames = ("salesforce", "xero")
WELL = ("done", "open", "read_only", "halted", "refused")
ALIVE = timedelta(seconds=60)  # a scheduler reports every second


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether Concord can do its work: `faults` names what it lacks."""

    faults: tuple[str, ...]
    scheduler_seconds: float | None


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number with its labels."""

    name: str
    help: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()


def readiness(session: Session, now: datetime) -> Readiness:
    """Database reachable and at the newest schema, and a scheduler alive."""
    fault = database_fault(session)
    if fault:
        return Readiness((fault,), None)
    beat = session.scalar(select(func.max(HeartbeatRow.at)).where(HeartbeatRow.name == "scheduler"))
    age = (now - beat).total_seconds() if beat else None
    late = age is None or age > ALIVE.total_seconds()
    return Readiness(("no scheduler has reported for a minute",) if late else (), age)


def database_fault(session: Session) -> str:
    """Why the database cannot be worked with; "" when it can."""
    try:
        return "" if is_newest(session.connection()) else "the database is not at the newest schema"
    except SQLAlchemyError:
        return "the database does not answer"


def gauges(session: Session, now: datetime) -> Iterator[Gauge]:
    """Everything that is measured, connection by connection."""
    beat = session.scalar(select(func.max(HeartbeatRow.at)).where(HeartbeatRow.name == "scheduler"))
    if beat is not None:
        yield Gauge("concord_heartbeat_age_seconds", "Since a scheduler last reported.", _age(beat, now))
    failing = select(func.count()).select_from(MailingRow).where(MailingRow.failed_at.is_not(None))
    yield Gauge("concord_mail_failing", "Letters that could not be sent yet.", session.scalar(failing) or 0)
    for connection_id in session.scalars(select(ConnectionRow.id).order_by(ConnectionRow.id)).all():
        yield from _connection(session, connection_id, now)


def _connection(session: Session, connection_id: int, now: datetime) -> Iterator[Gauge]:
    mine = (("connection", str(connection_id)),)
    runs = select(RunRow.status, func.count()).where(RunRow.connection_id == connection_id).group_by(RunRow.status)
    for status, count in session.execute(runs.order_by(RunRow.status)):
        yield Gauge("concord_runs", "Runs by how they ended.", count, (*mine, ("status", status)))
    for what, count in open_items.open_counts(session.connection(), connection_id).items():
        yield Gauge("concord_open", "What waits for a person.", count, (*mine, ("what", what)))
    yield from _done(session, connection_id, mine, now)
    under_way = select(func.count()).where(ActionRow.connection_id == connection_id, ActionRow.state == "intended")
    yield Gauge(
        "concord_actions_intended", "Writes whose outcome is not known yet.", session.scalar(under_way) or 0, mine
    )
    for side in session.scalars(select(SideRow).where(SideRow.connection_id == connection_id).order_by(SideRow.side)):
        labels = (*mine, ("side", side.side))
        if side.read_at is not None:
            yield Gauge("concord_read_age_seconds", "Since the side was last read.", _age(side.read_at, now), labels)
        yield Gauge("concord_clock_offset_seconds", "The side's clock, theirs minus ours.", side.clock_offset, labels)
    for each, account in budgets.accounts(session.connection(), connection_id).items():
        labels = (*mine, ("side", each.value))
        yield Gauge("concord_calls_used", "Calls made since the side's day began.", account.used, labels)
        if account.left is not None:
            yield Gauge("concord_calls_left", "Calls left of the side's day.", account.left, labels)
        if account.limit is not None:
            yield Gauge("concord_calls_limit", "Calls that the side allows for a day.", account.limit, labels)


def _done(session: Session, connection_id: int, mine: Labels, now: datetime) -> Iterator[Gauge]:
    """What was written, how late it may be, and when a run last got through."""
    good = select(func.max(RunRow.finished_at)).where(RunRow.connection_id == connection_id, RunRow.status.in_(WELL))
    last = session.scalar(good)
    if last is not None:
        yield Gauge("concord_good_run_age_seconds", "Since a run last got through.", _age(last, now), mine)
    for side in SideNames:
        labels = (*mine, ("side", side))
        oldest = _oldest(session, connection_id, side)
        lag = _age(oldest, now) if oldest is not None else 0.0
        yield Gauge("concord_lag_seconds", "Age of the oldest change that was read and not yet settled.", lag, labels)
    for (do, side), count in sorted(_written(session, connection_id, now).items()):
        labels = (*mine, ("side", side), ("do", do))
        yield Gauge("concord_actions_day", "Records written in the last 24 hours.", count, labels)


def _written(session: Session, connection_id: int, now: datetime) -> Counter[tuple[str, str]]:
    """What the runs of a day wrote, by effect and side, out of their reports: the journal only grows."""
    found: Counter[tuple[str, str]] = Counter()
    recent = (RunRow.connection_id == connection_id, RunRow.finished_at > now - timedelta(days=1))
    for report in session.scalars(select(RunRow.report).where(*recent)):
        for do, sides in (report.get("actions") or {}).items():
            found.update({(do, side): count for side, count in sides.items() if count})
    return found


def _oldest(session: Session, connection_id: int, side: str) -> datetime | None:
    """When the oldest record that waits was changed: linked and not in agreement, or not yet decided about."""
    here = (RecordRow.connection_id == connection_id, RecordRow.side == side)
    waits = select(LinkRow.id).where(
        LinkRow.connection_id == connection_id, LinkRow.pending, LinkRow.status == "active"
    )
    linked = session.scalar(select(func.min(RecordRow.changed_at)).where(*here, RecordRow.link_id.in_(waits)))
    alone = session.scalar(select(func.min(RecordRow.changed_at)).where(*here, RecordRow.pending))
    return min(filter(None, (linked, alone)), default=None)


def _age(moment: datetime, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds())
