"""The overview: is it healthy, what runs, and what waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reconciler.core.schema import Schedule
from reconciler.queries import conflicts, plans, questions, rejections, rules, runs
from reconciler.queries.connections import ConnectionView, connection
from reconciler.queries.plans import PlanView
from reconciler.queries.runs import RunView
from reconciler.queries.work import Hand
from reconciler.store.tables import HeartbeatRow, LinkRow

ALIVE = timedelta(seconds=60)  # a long-running process reports every few seconds


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much waits for a person."""

    conflicts: int
    questions: int
    rejections: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.conflicts + self.questions + self.rejections


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the first page shows."""

    connection: ConnectionView
    schedule: Schedule
    current: RunView | None
    last: RunView | None
    held: PlanView | None
    proposed: PlanView | None
    waiting: Waiting
    decided: int  # conflicts decided without asking
    links: int
    pending: int
    scheduler_at: datetime | None

    def scheduler_lives(self, now: datetime) -> bool:
        """Whether a scheduler has reported lately: without one nothing runs by itself."""
        return self.scheduler_at is not None and now - self.scheduler_at < ALIVE


def waiting(session: Session, connection_id: int, now: datetime | None = None) -> Waiting:
    """The counts beside the menu; with the time given, only of what is in sight."""
    hand = Hand(now=now)
    return Waiting(
        conflicts.count(session, connection_id, hand=hand),
        questions.count(session, connection_id, hand),
        rejections.count(session, connection_id, hand),
    )


def overview(session: Session, connection_id: int, now: datetime | None = None) -> Overview | None:
    """The state of one connection; None when there is none of that number."""
    found = connection(session, connection_id)
    if found is None:
        return None
    held = plans.held(session, connection_id)
    return Overview(
        connection=found,
        schedule=rules.rules(session, connection_id).schedule,
        current=runs.current(session, connection_id),
        last=runs.last(session, connection_id),
        held=held,
        proposed=None if found.is_active else plans.proposed(session, connection_id),
        waiting=waiting(session, connection_id, now),
        decided=conflicts.count(session, connection_id, "unasked"),
        links=_links(session, connection_id),
        pending=_pending(session, connection_id),
        scheduler_at=session.scalar(select(func.max(HeartbeatRow.at)).where(HeartbeatRow.name == "scheduler")),
    )


def _links(session: Session, connection_id: int) -> int:
    """Those in use: a link that sharing was switched off for, or that is closed, keeps nothing in agreement."""
    mine = (LinkRow.connection_id == connection_id, LinkRow.status == "active")
    query = select(func.count()).select_from(LinkRow).where(*mine)
    return session.scalar(query) or 0


def _pending(session: Session, connection_id: int) -> int:
    query = select(func.count()).select_from(LinkRow).where(LinkRow.connection_id == connection_id, LinkRow.pending)
    return session.scalar(query) or 0
