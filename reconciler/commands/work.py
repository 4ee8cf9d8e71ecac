"""Taking what waits in hand: give it to a person, put it out of sight until later, write beside it.

None of this decides anything, and each is taken back by doing it the other way round.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.commands import events
from reconciler.errors import Usage
from reconciler.store.tables import Base, CommentRow, ConflictRow, QuestionRow, RejectionRow, UserRow, WorkRow, of

ROWS: dict[str, type[Base]] = {"conflict": ConflictRow, "question": QuestionRow, "rejection": RejectionRow}
LONGEST_COMMENT = 2_000


def assign(session: Session, what: str, item: int, to: str, *, by: str, now: datetime) -> None:
    """Give it to a person who may sign in; to "" for nobody."""
    row = _row(session, what, item)
    if to and session.scalar(select(UserRow.id).where(UserRow.name == to, UserRow.disabled_at.is_(None))) is None:
        raise Usage(f"There is nobody called {to!r} who may sign in.", remedy="Choose somebody who has an account.")
    row.assigned_to, row.assigned_by, row.assigned_at = to, by, now
    _note(session, row, "assigned", by, now, {"to": to or "nobody"})


def snooze(session: Session, what: str, item: int, until: datetime | None, *, by: str, now: datetime) -> None:
    """Put it out of sight until then; None brings it back at once."""
    if until is not None and until <= now:
        raise Usage("That time has passed already.", remedy="Name a time that is still to come.")
    row = _row(session, what, item)
    row.snoozed_until, row.snoozed_by = until, by
    _note(session, row, "snoozed" if until else "woken", by, now, {"until": until.isoformat()} if until else {})


def comment(session: Session, what: str, item: int, text: str, *, by: str, now: datetime) -> None:
    """Write something beside it, for whoever decides."""
    text = text.strip()
    if not text or len(text) > LONGEST_COMMENT:
        raise Usage(f"A comment has 1 to {LONGEST_COMMENT} characters.", remedy="Write something shorter, or anything.")
    connection_id = _connection(session, what, item)
    session.add(CommentRow(connection_id=connection_id, what=what, item=item, at=now, by=by, text=text))
    subject = f"{what} {item}"
    events.note(session, "work.commented", by=by, now=now, connection_id=connection_id, subject=subject)
    session.commit()


def _row(session: Session, what: str, item: int) -> WorkRow:
    connection_id = _connection(session, what, item)
    row = session.get(WorkRow, (what, item))
    if row is None:
        row = WorkRow(what=what, item=item, connection_id=connection_id)
        row.assigned_to = row.assigned_by = row.snoozed_by = ""
        session.add(row)
    return row


def _connection(session: Session, what: str, item: int) -> int:
    table = of(ROWS[what])
    found = session.scalar(select(table.c.connection_id).where(table.c.id == item))
    if found is None:
        raise Usage(f"There is no {what} {item}.", remedy=f"List them with `{what}s`.")
    return int(found)


def _note(session: Session, row: WorkRow, deed: str, by: str, now: datetime, details: dict[str, str]) -> None:
    subject = f"{row.what} {row.item}"
    events.note(
        session, f"work.{deed}", by=by, now=now, connection_id=row.connection_id, subject=subject, details=details
    )
    session.commit()
