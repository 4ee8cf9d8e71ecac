"""Rejections: what a side would not take, why, and what to do about it; on screens: needs fixing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reconciler.queries import rules, work
from reconciler.queries.rows import Page, page, view
from reconciler.queries.values import Shown, shown
from reconciler.queries.work import ANYBODYS, Hand
from reconciler.store.tables import RejectionRow

STATUSES = ("open", "retrying", "closed")


@dataclass(frozen=True, slots=True)
class RejectionView:
    """One refused action."""

    id: int
    kind: str
    side: str
    ref: str
    link_id: int | None
    name: str
    code: str
    field: str
    message: str
    remedy: str
    retry: str
    attempted: Mapping[str, Shown]
    status: str
    attempts: int
    run_id: int | None
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    closed_because: str

    @property
    def may_be_typed(self) -> Mapping[str, Shown]:
        """In place of which values another may be typed: the one refused, or any of those refused together."""
        if self.status != "open":
            return {}
        named = [self.field] if self.field in self.attempted else [*self.attempted]
        return {key: self.attempted[key] for key in named if key != "partner"}


def rejections(
    session: Session,
    connection_id: int,
    status: str = "open",
    after: int | None = None,
    limit: int = 50,
    hand: Hand = ANYBODYS,
) -> Page[RejectionView]:
    """Rejections of one status (or `all`), newest first; those being retried count as open."""
    query = select(RejectionRow).where(RejectionRow.connection_id == connection_id)
    if status != "all":
        query = query.where(RejectionRow.status.in_(_statuses(status)))
    query = work.narrowed(query, work.REJECTION, RejectionRow.id, hand)
    if after is not None:
        query = query.where(RejectionRow.id < after)
    rows = session.scalars(query.order_by(RejectionRow.id.desc()).limit(limit + 1))
    groups = rules.members(session, connection_id)
    return page([_view(row, groups) for row in rows], limit)


def rejection(session: Session, connection_id: int, rejection_id: int) -> RejectionView | None:
    """One rejection of this connection; None when there is none of that number."""
    row = session.get(RejectionRow, rejection_id)
    if row is None or row.connection_id != connection_id:
        return None
    return _view(row, rules.members(session, connection_id))


def of_link(session: Session, connection_id: int, link_id: int) -> tuple[RejectionView, ...]:
    """The rejections of one linked pair that still stand."""
    query = select(RejectionRow).where(RejectionRow.link_id == link_id, RejectionRow.status.in_(_statuses("open")))
    groups = rules.members(session, connection_id)
    return tuple(_view(row, groups) for row in session.scalars(query))


def count(session: Session, connection_id: int, hand: Hand = ANYBODYS) -> int:
    """How many still stand."""
    mine = (RejectionRow.connection_id == connection_id, RejectionRow.status.in_(_statuses("open")))
    query = select(func.count()).select_from(RejectionRow).where(*mine)
    return session.scalar(work.narrowed(query, work.REJECTION, RejectionRow.id, hand)) or 0


def as_json(rejection: RejectionView) -> dict[str, Any]:
    """One rejection in the shape of `rejections --json`."""
    names = ("id", "kind", "side", "ref", "code", "field", "message", "remedy", "retry", "status", "name")
    return {name: getattr(rejection, name) for name in names}


def _statuses(status: str) -> tuple[str, ...]:
    return ("open", "retrying") if status == "open" else (status,)


def _view(row: RejectionRow, groups: Mapping[tuple[str, str], tuple[str, ...]]) -> RejectionView:
    attempted = {key: shown(raw, groups.get((row.kind, key), ())) for key, raw in row.attempted.items()}
    return view(RejectionView, row, attempted={key: each for key, each in attempted.items() if each is not None})
