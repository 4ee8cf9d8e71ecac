"""The activity log: what was done to Concord, by whom.  Rows are only ever added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from reconciler.store.tables import EventRow


def note(
    session: Session,
    what: str,
    *,
    by: str,
    now: datetime,
    connection_id: int | None = None,
    subject: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry in the caller's transaction, so that the deed and its record stand or fall together."""
    row = EventRow(connection_id=connection_id, at=now, by=by, what=what, subject=subject, details=dict(details or {}))
    session.add(row)


def record(
    session: Session,
    what: str,
    *,
    by: str,
    now: datetime,
    connection_id: int | None = None,
    subject: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry on its own and commit."""
    note(session, what, by=by, now=now, connection_id=connection_id, subject=subject, details=details)
    session.commit()
