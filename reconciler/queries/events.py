"""The activity log: what was done to Concord itself, by whom and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from reconciler.queries.rows import Page, page, view
from reconciler.store.tables import EventRow


@dataclass(frozen=True, slots=True)
class EventView:
    """One thing done."""

    id: int
    connection_id: int | None
    at: datetime
    by: str
    what: str
    subject: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a person narrows the log down to: a subject of events ("rules"), a person."""

    what: str = ""
    by: str = ""


def events(
    session: Session,
    connection_id: int | None,
    filters: Filters = Filters(),
    after: int | None = None,
    limit: int = 50,
) -> Page[EventView]:
    """Events of a connection and of the installation as a whole, newest first."""
    mine = EventRow.connection_id.is_(None)
    query = select(EventRow).where(mine if connection_id is None else or_(mine, _of(connection_id)))
    if filters.what:
        query = query.where(EventRow.what.startswith(f"{filters.what}.", autoescape=True))
    if filters.by:
        query = query.where(EventRow.by == filters.by)
    if after is not None:
        query = query.where(EventRow.id < after)
    rows = session.scalars(query.order_by(EventRow.id.desc()).limit(limit + 1))
    return page([view(EventView, row) for row in rows], limit)


def between(
    session: Session, connection_id: int, since: datetime | None, until: datetime | None, limit: int
) -> list[EventView]:
    """The connection's events in a stretch of time, newest first; either end may be left open."""
    query = select(EventRow).where(_of(connection_id))
    if since is not None:
        query = query.where(EventRow.at >= since)
    if until is not None:
        query = query.where(EventRow.at < until)
    return [view(EventView, row) for row in session.scalars(query.order_by(EventRow.id.desc()).limit(limit))]


def _of(connection_id: int) -> Any:
    return EventRow.connection_id == connection_id
