"""Changing what is shared and which way it flows.  Every change is a new version; none of them writes by itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reconciler.commands import events, turns
from reconciler.core.schema import KindRule, Rules
from reconciler.errors import Problems, Usage
from reconciler.mapping.limits import Shapes
from reconciler.mapping.unseen import REMEDY, looked_at, plainly, unseen
from reconciler.rules import changes, export, parse, revise, with_field
from reconciler.store import connections, last_seen, links
from reconciler.store.tables import ConnectionRow, RulesRow


def current(session: Session, connection_id: int) -> Rules:
    """The rules in force."""
    row = session.get_one(ConnectionRow, connection_id)
    return parse(connections.document(session.connection(), connection_id, row.rules_version))


def set_field(
    session: Session, connection_id: int, kind: str, key: str, settings: Mapping[str, Any], *, by: str, now: datetime
) -> int:
    """Change one field's rule (flow, policy, blank, drift); raises Usage with the reason where it cannot hold."""
    old = current(session, connection_id)
    return _save(session, connection_id, old, with_field(old, kind, key, **settings), by=by, now=now, note="")


def save(
    session: Session,
    connection_id: int,
    text: str,
    *,
    by: str,
    now: datetime,
    note: str = "",
    shapes: Shapes | None = None,
) -> int:
    """Apply a document, or any part of one; raises Usage with every fault in it.

    `shapes` is what Salesforce says it shows us: criteria that look at anything else are refused.  Without it, where
    Salesforce could not be asked, the check-up tells.
    """
    old = current(session, connection_id)
    new = parse(text, old)
    _readable(old, new, shapes or {})
    return _save(session, connection_id, old, new, by=by, now=now, note=note)


def asks_salesforce(session: Session, connection_id: int, text: str) -> bool:
    """Whether a document brings criteria on fields, so that Salesforce should be asked before it is saved.

    Nothing stays open; a document with faults asks nothing, since saving it will name them.
    """
    old = current(session, connection_id)
    session.rollback()
    try:
        new = parse(text, old)
    except Usage:
        return False
    return any(set(looked_at(rule)) - _looked_at(old, kind) for kind, rule in new.kinds.items())


def _looked_at(rules: Rules, kind: str) -> set[tuple[str, str]]:
    return set(looked_at(rules.kinds[kind])) if kind in rules.kinds else set()


def _readable(old: Rules, new: Rules, shapes: Shapes) -> None:
    """Only what is new is refused: whoever lowers a limit need not first repair what was hidden since."""
    problems = Problems()
    for kind, rule in new.kinds.items():
        before = _looked_at(old, kind)
        for named, column in unseen(rule, shapes):
            if (named, column) not in before:
                problems.add(f"kinds.{kind}.opt_in.criteria: {plainly(named, column)}. {REMEDY}")
    problems.raise_if_any("The rules cannot hold.")


def set_schedule(session: Session, connection_id: int, every_minutes: int, *, by: str, now: datetime) -> int:
    """Change how often the connection runs; holds at once, counted from now."""
    old = current(session, connection_id)
    new = revise(old, {"schedule": {"every_minutes": every_minutes}})
    turns.wait(session, connection_id)
    session.get_one(ConnectionRow, connection_id).next_run_at = now + timedelta(minutes=new.schedule.every_minutes)
    return _save(session, connection_id, old, new, by=by, now=now, note="")


def restore(
    session: Session, connection_id: int, version: int, *, by: str, now: datetime, shapes: Shapes | None = None
) -> int:
    """Make an earlier version the newest again."""
    text = session.scalar(
        select(RulesRow.document).where(RulesRow.connection_id == connection_id, RulesRow.version == version)
    )
    old = current(session, connection_id)
    new = parse(str(text)) if text else old
    _readable(old, new, shapes or {})
    return _save(session, connection_id, old, new, by=by, now=now, note=f"as in version {version}")


def _save(session: Session, connection_id: int, old: Rules, new: Rules, *, by: str, now: datetime, note: str) -> int:
    turns.wait(session, connection_id)
    row = session.get_one(ConnectionRow, connection_id)
    found = changes(old, new)
    if not found:
        version = row.rules_version
        session.commit()
        return version
    newest = session.scalar(select(func.max(RulesRow.version)).where(RulesRow.connection_id == connection_id))
    version = int(newest or 0) + 1
    session.add(
        RulesRow(
            connection_id=connection_id, version=version, document=export(new), saved_at=now, saved_by=by, note=note
        )
    )
    row.rules_version = version
    for kind, rule in new.kinds.items():
        _take_effect(session, connection_id, old.kinds.get(kind), rule)
    details = {"version": version, "changes": [f"{c.path}: {c.before} -> {c.after}" for c in found][:50]}
    events.note(
        session,
        "rules.saved",
        by=by,
        now=now,
        connection_id=connection_id,
        subject=f"version {version}",
        details=details,
    )
    session.commit()
    return version


def _take_effect(session: Session, connection_id: int, old: KindRule | None, new: KindRule) -> None:
    """Every link of the kind is looked at again; what is read from a place that was not read before starts anew."""
    if old == new:
        return
    db = session.connection()
    fresh = new.flowing.keys() - (new.agreeing_with(old) if old else ())
    links.forget(db, connection_id, new.kind, fresh)
    last_seen.forget(db, connection_id, new.kind, fresh)
    if fresh or (old and old.opt_in.salesforce != new.opt_in.salesforce):
        connections.forget_reading(db, connection_id)
    last_seen.reset_kind(db, connection_id, new.kind)
