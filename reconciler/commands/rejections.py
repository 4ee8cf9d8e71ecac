"""Trying again what a vendor refused, as it is or with another value."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from reconciler.commands import conflicts, events, turns
from reconciler.core.model import Ref
from reconciler.core.values import meant
from reconciler.errors import Usage
from reconciler.store import shapes, undoing
from reconciler.store.choices import UNMADE
from reconciler.store.tables import FirstChoiceRow, LinkRow, RecordRow, RejectionRow


def retry(session: Session, rejection_id: int, *, by: str, now: datetime) -> None:
    """Have the next run try once more, as it is."""
    row = _open(session, rejection_id)
    undoing.try_again(session.connection(), row)
    _look_again(session, row)
    events.note(session, "rejection.retried", by=by, now=now, connection_id=row.connection_id, subject=str(row.id))
    session.commit()


def _look_again(session: Session, row: RejectionRow) -> None:
    row.status, row.due_at = "retrying", None
    if row.link_id is not None:
        session.execute(update(LinkRow).where(LinkRow.id == row.link_id).values(pending=True, due_at=None))
    else:
        session.execute(update(RecordRow).where(*_is(row)).values(pending=True))


def edit(
    session: Session, rejection_id: int, value: Any, *, by: str, now: datetime, field: str = "", reason: str = ""
) -> None:
    """Have another value stand on both sides instead; carried out by the next run.

    `field` says which, where a record was refused as a whole; its partner is then made with that value.
    """
    row = _open(session, rejection_id)
    field = field or field_of(row.field, list(row.attempted))
    if field not in row.attempted:
        named = ", ".join(sorted(row.attempted))
        raise Usage(
            "This is not about one value.", remedy=f"Say which: {named}; or correct the record, then try again."
        )
    if row.link_id is None:
        _type_before_linking(session, row, field, value, by=by, now=now, reason=reason)
    else:
        conflicts.type_instead(session, row.link_id, field, value, by=by, now=now, reason=reason)
    _look_again(session, row)
    details = {"field": field, "name": row.name}
    connection_id = row.connection_id
    events.note(
        session,
        "rejection.edited",
        by=by,
        now=now,
        connection_id=connection_id,
        subject=str(rejection_id),
        details=details,
    )
    session.commit()


def _type_before_linking(
    session: Session, row: RejectionRow, field: str, value: Any, *, by: str, now: datetime, reason: str
) -> None:
    """The partner is made with this value, and once it is linked the value is carried back as any decision is."""
    ref = Ref.parse(row.ref)
    rule = conflicts.rule_of(session, row.connection_id, row.kind, field)
    conflicts.check_flow(rule)
    typed = conflicts.typed(rule, value)
    conflicts.check(rule, typed, None, shapes.known(session.connection(), row.connection_id))
    there = meant(rule, typed, None)[ref.side.other]
    shown = session.scalars(select(RecordRow.fields).where(*_is(row))).one().get(field, "")
    session.merge(
        FirstChoiceRow(
            connection_id=row.connection_id,
            **{ref.side.value: ref.id, ref.side.other.value: UNMADE},
            field=field,
            name=row.name,
            decision={
                "shown": {ref.side.value: shown, ref.side.other.value: there},
                "value": typed,
                "winner": "value",
                "by": by,
                "reason": reason,
            },
            at=now,
        )
    )


def _is(row: RejectionRow) -> tuple[ColumnElement[bool], ...]:
    """The record that a rejection is about."""
    ref = Ref.parse(row.ref)
    return RecordRow.connection_id == row.connection_id, RecordRow.side == ref.side.value, RecordRow.ref == ref.id


def field_of(named: str, attempted: list[str]) -> str:
    """The one field that a refusal is about; "" when it is about several, or about the record as a whole."""
    return named if named in attempted else attempted[0] if len(attempted) == 1 else ""


def _open(session: Session, rejection_id: int) -> RejectionRow:
    row = session.get(RejectionRow, rejection_id)
    if row is None:
        raise Usage(f"There is no rejection {rejection_id}.", remedy="List them with `rejections`.")
    turns.again(session, row)
    if row.status == "closed":
        raise Usage(f"Rejection {rejection_id} is closed: {row.closed_because}", remedy="There is nothing to retry.")
    return row
