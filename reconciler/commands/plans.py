"""Approving and dropping plans."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from reconciler.commands import events, runs
from reconciler.errors import Usage
from reconciler.store.tables import ConnectionRow, PlanRow


def approve(session: Session, plan_id: int, *, by: str, now: datetime, reason: str) -> int:
    """Release a plan, with who and why; the run that carries it out is asked for and its id returned."""
    row = _open(session, plan_id)
    if not reason.strip():
        raise Usage("A plan is released with a reason.", remedy="Say why this is meant.")
    connection = session.get_one(ConnectionRow, row.connection_id)
    if connection.activated_at is None:
        raise Usage("This connection is read-only.", remedy="Activate it first.")
    row.status, row.decided_by, row.decided_at, row.reason = "approved", by, now, reason
    _note(session, row, "plan.approved", by, now, reason)
    return runs.request(session, row.connection_id, by=by, now=now)


def drop(session: Session, plan_id: int, *, by: str, now: datetime, reason: str = "") -> None:
    """Drop a plan: the next run decides afresh."""
    row = _open(session, plan_id)
    row.status, row.decided_by, row.decided_at, row.reason = "dropped", by, now, reason
    _note(session, row, "plan.dropped", by, now, reason)
    session.commit()


def _open(session: Session, plan_id: int) -> PlanRow:
    row = session.get(PlanRow, plan_id)
    if row is None:
        raise Usage(f"There is no plan {plan_id}.", remedy="Look at the list of plans.")
    if row.status not in {"held", "proposed"}:
        raise Usage(f"Plan {plan_id} is {row.status}, it no longer waits.", remedy="Look at the list of plans.")
    return row


def _note(session: Session, row: PlanRow, what: str, by: str, now: datetime, reason: str) -> None:
    details = {"digest": row.digest, "reason": reason}
    events.note(session, what, by=by, now=now, connection_id=row.connection_id, subject=str(row.id), details=details)
