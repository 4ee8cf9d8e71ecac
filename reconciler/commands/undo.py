"""Taking back: what a run wrote, as a plan that is shown first; and parting two records that were linked."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.commands import events, turns
from reconciler.core.model import Ref, Side
from reconciler.core.schema import Rules
from reconciler.core.undo import Scope
from reconciler.errors import Usage
from reconciler.rules import parse
from reconciler.store import connections, links, moves, plans, undoing, waiting
from reconciler.store.tables import ConnectionRow, LinkRow, RecordRow, RunRow
from reconciler.store.undoing import Proposal
from reconciler.store.waiting import Here

UNDER_WAY = ("queued", "running")


def propose(session: Session, scope: Scope, *, by: str, now: datetime, connection_id: int | None = None) -> Proposal:
    """Keep a plan that takes back a run, a record of it or a field; nothing is written until it is approved."""
    connection, rules = _known(session, scope, connection_id)
    found = undoing.propose(session.connection(), connection.id, rules, scope, now)
    what = {"run": scope.run, "record": str(scope.record or ""), "field": scope.field, "digest": found.digest}
    events.note(
        session, "undo.proposed", by=by, now=now, connection_id=connection.id, subject=str(found.plan_id), details=what
    )
    session.commit()
    return found


def connection_of(session: Session, scope: Scope) -> int:
    """The connection that a sync was of; Usage when there is no such sync, record or field to take back."""
    connection, _ = _known(session, scope)
    number = connection.id
    session.rollback()
    return number


def _known(session: Session, scope: Scope, connection_id: int | None = None) -> tuple[ConnectionRow, Rules]:
    run = session.get(RunRow, scope.run)
    if run is None or (connection_id is not None and run.connection_id != connection_id):
        raise Usage(f"There is no sync {scope.run}.", remedy="Look at the list of syncs.")
    if run.status in UNDER_WAY:
        raise Usage(f"Sync {scope.run} is not over yet.", remedy="Take it back when it has ended.")
    if scope.field and scope.record is None:
        raise Usage("A field is taken back of one record.", remedy="Name the record as well.")
    connection = session.get_one(ConnectionRow, run.connection_id)
    document = connections.document(session.connection(), connection.id, connection.rules_version)
    rules = replace(parse(document), version=connection.rules_version)
    if scope.record is not None:
        known = [rule.key for rule in rules.kinds[find(session, scope.record, connection.id).kind].fields]
        if scope.field and scope.field not in known:
            raise Usage(f"{scope.field} is not a shared field.", remedy=f"Choose one of: {', '.join(known)}.")
    return connection, rules


def unlink(
    session: Session, ref: Ref, *, by: str, now: datetime, reason: str = "", connection_id: int | None = None
) -> int:
    """Part a record from its partner: both stay as they are, and neither is linked or created anew by itself."""
    record = find(session, ref, connection_id)
    turns.again(session, record)
    if record.link_id is None:
        raise Usage(f"{ref} is not linked.", remedy="There is nothing to part.")
    link, here = session.get_one(LinkRow, record.link_id), Here(record.connection_id, None, now)
    because = f"Parted by {by}{': ' + reason if reason else '.'}"
    about = {"salesforce": link.salesforce, "xero": link.xero, "reason": reason}
    db = session.connection()
    waiting.close_link(db, here, link.id, because)
    links.close(db, link.id, because, "left")
    moves.uncover(db, link.id, because)
    number, connection = link.id, record.connection_id
    events.note(session, "link.parted", by=by, now=now, connection_id=connection, subject=str(ref), details=about)
    session.commit()
    return number


def relink(session: Session, ref: Ref, *, by: str, now: datetime, connection_id: int | None = None) -> int:
    """Join a record again with the partner it was parted from; the next sync decides about what has changed since."""
    record = find(session, ref, connection_id)
    turns.again(session, record)
    column = LinkRow.salesforce if ref.side is Side.SALESFORCE else LinkRow.xero
    parted = select(LinkRow).where(LinkRow.connection_id == record.connection_id, column == ref.id)
    link = session.scalar(parted.where(LinkRow.closed_as == "unlinked").order_by(LinkRow.id.desc()).limit(1))
    if record.link_id is not None or link is None or not moves.join_again(session.connection(), link.id):
        raise Usage(
            f"{ref} cannot be linked again with what it was parted from.",
            remedy="Both records must stand and be without a partner, and somebody must have parted them.",
        )
    about, number = {"salesforce": link.salesforce, "xero": link.xero}, link.id
    connection = record.connection_id
    events.note(session, "link.rejoined", by=by, now=now, connection_id=connection, subject=str(ref), details=about)
    session.commit()
    return number


def find(session: Session, ref: Ref, connection_id: int | None = None) -> RecordRow:
    """The record at this address; Usage when it was never seen, or when several connections know it."""
    query = select(RecordRow).where(RecordRow.side == ref.side.value, RecordRow.ref == ref.id)
    if connection_id is not None:
        query = query.where(RecordRow.connection_id == connection_id)
    found = list(session.scalars(query.limit(2)))
    if not found:
        raise Usage(f"{ref} has never been read.", remedy="Check the id; a record is known once a sync has read it.")
    if len(found) > 1:
        raise Usage(f"{ref} belongs to several connections.", remedy="Say which one with --connection.")
    return found[0]


def listed(session: Session, plan_id: int) -> list[dict[str, Any]]:
    """The steps of a proposal, as `plan --json` prints them."""
    return plans.listed(session.connection(), plan_id)
