"""The steps of the first sync that a person takes: noted, so that they are found again; approved, as one plan."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from reconciler.commands import events, plans, runs
from reconciler.commands import rules as ruling
from reconciler.core.schema import First
from reconciler.errors import Stale, Usage
from reconciler.queries import differences
from reconciler.rules import export, revise
from reconciler.store.tables import ConnectionRow, PlanRow

KIND = "customer"


def checked(session: Session, connection_id: int, *, sound: bool, by: str, now: datetime) -> None:
    """A check-up was made, and whether anything stands in the way."""
    events.record(session, "first.checked", by=by, now=now, connection_id=connection_id, details={"sound": sound})


def directed(session: Session, connection_id: int, *, by: str, now: datetime) -> None:
    """Fields and directions have been looked at and are meant so."""
    events.record(session, "first.fields", by=by, now=now, connection_id=connection_id)


def match(session: Session, connection_id: int, *, by: str, now: datetime) -> int:
    """Read both sides, find pairs, ask about the doubtful ones, and make the plan; nothing is written to either."""
    return runs.request(session, connection_id, by=by, now=now)


def choose(session: Session, connection_id: int, winner: str, *, by: str, now: datetime, field: str = "") -> int:
    """Whose value stands where two records differ when they are first linked; the plan is made anew.

    Of one `field`, or of all that name none of their own; an empty `winner` lets a field go with the others again.
    """
    try:
        chosen = First(winner) if winner or not field else None
    except ValueError:
        raise Usage(f"{winner!r} is no choice.", remedy=f"Choose {', '.join(First)}.") from None
    setting = {"first": chosen.value if chosen else None}
    new = revise(
        ruling.current(session, connection_id), {"kinds": {KIND: {"fields": {field: setting}} if field else setting}}
    )
    ruling.save(session, connection_id, export(new), by=by, now=now, note="first sync: whose value stands")
    return runs.request(session, connection_id, by=by, now=now)


def approve(session: Session, connection_id: int, digest: str, *, reason: str, by: str, now: datetime) -> int:
    """Let Concord write, and carry out exactly this plan; returns the run that does.

    One decision, kept as one: either the connection is active and the plan approved, or neither.
    """
    connection = session.get_one(ConnectionRow, connection_id)
    if connection.activated_at is not None:
        raise Usage("This connection is active already.", remedy="Approve its plans on their own pages.")
    plan = _newest(session, connection_id)
    if plan is None or not digest or not plan.digest.startswith(digest):
        raise Stale("Another plan has been made since.", remedy="Look at the newest one, then approve that.")
    if plan.rules_version != connection.rules_version:
        raise Stale("The rules have changed since this plan was made.", remedy="Make the plan anew.")
    if differences.outdated(session, connection_id):
        raise Stale(
            "Differences were chosen since this plan was made.", remedy="Make the plan anew, then approve that."
        )
    connection.activated_at, connection.activated_by, connection.next_run_at = now, by, None
    events.note(session, "connection.activated", by=by, now=now, connection_id=connection_id, subject="first sync")
    return plans.approve(session, plan.id, by=by, now=now, reason=reason)


def _newest(session: Session, connection_id: int) -> PlanRow | None:
    found = session.query(PlanRow).filter_by(connection_id=connection_id, status="proposed")
    return found.order_by(PlanRow.id.desc()).first()
