"""Pause and resume: everything, or writes to one side.  Edits made meanwhile wait; none is lost."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from reconciler.commands import events
from reconciler.core.model import Side
from reconciler.errors import Usage
from reconciler.store.tables import ConnectionRow, SideRow


def pause(
    session: Session,
    connection_id: int,
    *,
    by: str,
    now: datetime,
    side: Side | None = None,
    until: datetime | None = None,
) -> None:
    """Let everything, or writes to one side, wait until then, or until somebody resumes; holds from the next batch."""
    if until is not None and until <= now:
        raise Usage("The end of the pause has passed already.", remedy="Name a time that is still to come.")
    row = _row(session, connection_id, side)
    row.paused_at, row.paused_until, row.paused_by = now, until, by
    details = {"until": until.isoformat() if until else ""}
    subject = side.value if side else "everything"
    events.note(
        session, "connection.paused", by=by, now=now, connection_id=connection_id, subject=subject, details=details
    )
    session.commit()


def resume(session: Session, connection_id: int, *, by: str, now: datetime, side: Side | None = None) -> None:
    """Go on; what waited is carried out by the next run."""
    row = _row(session, connection_id, side)
    row.paused_at = row.paused_until = None
    row.paused_by = ""
    subject = side.value if side else "everything"
    events.note(session, "connection.resumed", by=by, now=now, connection_id=connection_id, subject=subject)
    session.commit()


def _row(session: Session, connection_id: int, side: Side | None) -> ConnectionRow | SideRow:
    if side is None:
        return session.get_one(ConnectionRow, connection_id)
    return session.get_one(SideRow, (connection_id, side.value))
