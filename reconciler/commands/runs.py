"""Asking for a run: a row that the scheduler picks up within a second or two."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from reconciler.commands import events
from reconciler.store.tables import RunRow


def request(
    session: Session, connection_id: int, *, by: str, now: datetime, full: bool = False, verify: bool = False
) -> int:
    """Queue a run, or a verification, and return its id; one that is queued or under way is returned instead."""
    do = "verify" if verify else "run"
    under_way = select(RunRow.id).where(
        RunRow.connection_id == connection_id,
        RunRow.status.in_(("queued", "running")),
        RunRow.do == do,
        RunRow.full if full else true(),
    )
    waiting = session.scalar(under_way.order_by(RunRow.id.desc()).limit(1))
    if waiting is not None:
        session.commit()
        return int(waiting)
    row = RunRow(connection_id=connection_id, asked_at=now, asked_by=by, do=do, full=full, status="queued")
    row.progress, row.report = {}, {}
    session.add(row)
    session.flush()
    asked = row.id  # read before the commit: afterwards it would open a transaction
    events.note(session, "run.asked", by=by, now=now, connection_id=connection_id, subject=str(asked))
    session.commit()
    return asked
