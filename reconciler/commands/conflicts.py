"""Deciding conflicts: recorded on the two values shown, carried out by the next run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from reconciler.commands import events, turns
from reconciler.core.model import SIDES, Side, Status, Value
from reconciler.core.schema import FieldRule, Flow, KindRule
from reconciler.core.values import canonical, equal, meant, no_word
from reconciler.errors import Stale, Usage
from reconciler.mapping.limits import Shapes, cannot_hold
from reconciler.rules import parse
from reconciler.store import connections, shapes
from reconciler.store.codec import fields_in, sides_in
from reconciler.store.tables import ConflictRow, ConnectionRow, LinkRow, RecordRow


def resolve(
    session: Session,
    conflict_id: int,
    *,
    by: str,
    now: datetime,
    take: Side | None = None,
    value: Any = None,
    reason: str = "",
) -> None:
    """Decide an open conflict: take one side's value, or a value of one's own (a group as {member: text}).

    Raises Stale when a side no longer shows the value decided on, Usage when it is not open or the value cannot stand.
    """
    row = _get(session, conflict_id)
    if row.status != "open":
        raise Usage(f"Conflict {conflict_id} is {row.status}, not open.", remedy="Overturn it, or choose an open one.")
    _decide(session, row, by=by, now=now, take=take, value=value, reason=reason)
    session.commit()


def decide(
    session: Session,
    conflict_id: int,
    *,
    by: str,
    now: datetime,
    take: Side | None = None,
    value: Any = None,
    reason: str = "",
) -> None:
    """Decide what is open, decide otherwise what was decided."""
    act = overturn if _get(session, conflict_id).status == "decided" else resolve
    act(session, conflict_id, by=by, now=now, take=take, value=value, reason=reason)


def resolve_many(session: Session, ids: Sequence[int], *, take: Side, by: str, now: datetime, reason: str = "") -> None:
    """Decide many open conflicts for one side; all of them or, when one cannot be decided so, none."""
    for conflict_id in ids:
        row = _get(session, conflict_id)
        if row.status == "open":
            _decide(session, row, by=by, now=now, take=take, value=None, reason=reason)
    session.commit()


def withdraw(session: Session, conflict_id: int, *, by: str, now: datetime) -> None:
    """Take a decision back that no run has carried out yet."""
    row = _get(session, conflict_id)
    if row.status != "open" or not row.decision:
        raise Usage(
            f"Conflict {conflict_id} has no decision that could still be taken back.",
            remedy="Once a sync has carried it out, overturn it instead.",
        )
    row.decision, row.winner, row.by, row.value, row.decided_at = {}, "", "", None, None
    _note(session, row, "conflict.withdrawn", by, now, {})
    session.commit()


def overturn(
    session: Session,
    conflict_id: int,
    *,
    by: str,
    now: datetime,
    take: Side | None = None,
    value: Any = None,
    reason: str = "",
) -> None:
    """Decide otherwise what was decided; refused (Stale) if either side no longer shows what won."""
    row = _get(session, conflict_id)
    shown = _shown(session, row)
    _check_overturn(session, row, shown)
    again = _again(row, shown, now)
    session.add(again)
    session.flush()
    chosen = sides_in(row.values)[take] if take is not None else value
    _decide(session, again, by=by, now=now, take=None, value=chosen, reason=reason, winner=take)
    session.commit()


def _check_overturn(session: Session, row: ConflictRow, shown: Mapping[Side, Value]) -> None:
    if row.status != "decided":
        raise Usage(f"Conflict {row.id} is {row.status}, not decided.", remedy="Choose a decided one.")
    mine = (ConflictRow.link_id == row.link_id, ConflictRow.field == row.field, ConflictRow.status == "open")
    newer = session.scalar(select(ConflictRow.id).where(*mine).limit(1))
    if newer is not None:
        raise Stale(f"Conflict {newer} is open about the same field.", remedy=f"Decide {newer} instead.")
    rule = _rule(session, row)
    winner = Side(row.winner) if row.winner in SIDES else None
    if not all(_is(rule, shown[side], value) for side, value in meant(rule, _value(row.value), winner).items()):
        raise Stale("Its value has been edited since it was decided.", remedy="Edit the record itself instead.")


def _again(row: ConflictRow, shown: Mapping[Side, Value], now: datetime) -> ConflictRow:
    """The same conflict once more, on what is shown now."""
    return ConflictRow(
        **{name: getattr(row, name) for name in ("connection_id", "link_id", "kind", "field", "salesforce", "xero")},
        name=row.name,
        status="open",
        reason="overturned",
        values={side.value: _stored(shown[side]) for side in SIDES},
        baseline=row.baseline,
        edited=row.edited,
        opened_at=now,
        why=f"Decided before for {row.winner or 'a value of its own'}; overturned.",
        decision={},
    )


def type_instead(
    session: Session, link_id: int, field: str, value: Any, *, by: str, now: datetime, reason: str = ""
) -> None:
    """Have another value stand on both sides of a link, in place of one that a side refused; the caller commits.

    It is a decision on the two values shown, like any other: carried out by the next run unless either has moved.
    """
    mine = (ConflictRow.link_id == link_id, ConflictRow.field == field, ConflictRow.status == "open")
    row = session.scalar(select(ConflictRow).where(*mine).limit(1)) or _opened(session, link_id, field, now)
    check_flow(_rule(session, row))
    session.add(row)
    session.flush()
    _decide(session, row, by=by, now=now, take=None, value=value, reason=reason)


def _opened(session: Session, link_id: int, field: str, now: datetime) -> ConflictRow:
    """A conflict about a field that a side would not take."""
    link = session.get_one(LinkRow, link_id)
    names = ("connection_id", "kind", "salesforce", "xero")
    row = ConflictRow(**{name: getattr(link, name) for name in names}, link_id=link_id, field=field, status="open")
    shown = _shown(session, row)
    row.values = {side.value: _stored(shown[side]) for side in SIDES}
    row.baseline = {"salesforce": link.baseline_salesforce.get(field), "xero": link.baseline_xero.get(field)}
    row.reason, row.opened_at, row.edited, row.decision = "refused", now, {}, {}
    row.why = "A side refused the value that was to be written."
    row.name = str(session.scalar(select(RecordRow.fields["name"]).where(RecordRow.link_id == link_id).limit(1)) or "")
    return row


def _decide(
    session: Session,
    row: ConflictRow,
    *,
    by: str,
    now: datetime,
    take: Side | None,
    value: Any,
    reason: str,
    winner: Side | None = None,
) -> None:
    rule = _rule(session, row)
    shown = _shown(session, row)
    if {side.value: _stored(shown[side]) for side in SIDES} != dict(row.values):
        raise Stale(
            f"{row.name}: {row.field} has been edited since it was shown"
            f" (Salesforce: {_text(shown[Side.SALESFORCE])}, Xero: {_text(shown[Side.XERO])}).",
            remedy="Look at the values that stand now and decide again after the next sync.",
        )
    chosen = shown[take] if take is not None else typed(rule, value)
    check(rule, chosen, take or winner, shapes.known(session.connection(), row.connection_id))
    row.decision = {
        "shown": row.values,
        "value": _stored(chosen),
        "winner": (take or winner or "value"),
        "by": by,
        "reason": reason,
    }
    row.winner, row.by, row.value, row.decided_at = str(take or winner or "value"), by, _stored(chosen), now
    row.why, row.noted = reason or row.why, ""
    session.execute(update(LinkRow).where(LinkRow.id == row.link_id).values(pending=True, due_at=None))
    _note(session, row, "conflict.resolved", by, now, {"winner": row.winner, "reason": reason})


def _is(rule: FieldRule, shown: Value, value: Value | None) -> bool:
    return value is not None and equal(rule, shown, value)


def check_flow(rule: FieldRule) -> None:
    """A value is typed for both sides only where both may have it."""
    if rule.flow is not Flow.BOTH:
        source = "Salesforce" if rule.flow is Flow.S2X else "Xero"
        raise Usage(
            f"{rule.key} flows one way only.", remedy=f"Correct it in {source}; it is then tried again by itself."
        )


def check(rule: FieldRule, value: Value, winner: Side | None, described: Shapes | None = None) -> None:
    """A value that one side cannot hold must not be decided on: it would never stand on both."""
    for side, words in meant(rule, value, winner).items():
        refusal = no_word(rule, side, value) if words is None else cannot_hold(side, rule, words, described)
        if refusal:
            raise Usage(refusal.message, remedy=refusal.remedy)


def typed(rule: FieldRule, value: Any) -> Value:
    """A typed value in canonical form; a group may come as {member: text} or in the order of its members."""
    if value is None:
        raise Usage("Nothing was chosen.", remedy="Take Salesforce's value, take Xero's, or type one.")
    if not rule.members:
        if not isinstance(value, str):
            raise Usage(f"{rule.key} is a single text.", remedy="Type it as text.")
        return canonical(rule.comparison, value)
    if isinstance(value, dict):
        unknown = sorted(set(value) - set(rule.members))
        if unknown:
            raise Usage(
                f"{rule.key} has no part called {', '.join(unknown)}.", remedy=f"Its parts: {', '.join(rule.members)}."
            )
        value = [value.get(member, "") for member in rule.members]
    if not isinstance(value, (list, tuple)) or len(value) != len(rule.members):
        raise Usage(f"{rule.key} is made of {', '.join(rule.members)}.", remedy='Give it as {"street": ..., ...}.')
    return canonical(rule.comparison, tuple(str(part) for part in value))


def _get(session: Session, conflict_id: int) -> ConflictRow:
    row = session.get(ConflictRow, conflict_id)
    if row is None:
        raise Usage(f"There is no conflict {conflict_id}.", remedy="List them with `conflicts`.")
    turns.again(session, row)
    return row


def _rule(session: Session, row: ConflictRow) -> FieldRule:
    return rule_of(session, row.connection_id, row.kind, row.field)


def rule_of(session: Session, connection_id: int, kind: str, field: str) -> FieldRule:
    """The rule that holds now; Usage for a field that is not shared any more."""
    connection = session.get_one(ConnectionRow, connection_id)
    text = connections.document(session.connection(), connection_id, connection.rules_version)
    rule: KindRule = parse(text).kinds[kind]
    try:
        return rule.field(field)
    except KeyError:
        raise Usage(f"{field} is no longer shared.", remedy="There is nothing left to decide about it.") from None


def _shown(session: Session, row: ConflictRow) -> dict[Side, Value]:
    """What each side shows now, as last seen."""
    shown: dict[Side, Value] = {}
    statuses = {session.scalar(select(LinkRow.status).where(LinkRow.id == row.link_id))}
    for record in session.scalars(select(RecordRow).where(RecordRow.link_id == row.link_id)):
        shown[Side(record.side)] = fields_in(record.fields).get(row.field, "")
        statuses.add(record.status)
    if len(shown) != len(SIDES):
        raise Stale("The two records are no longer linked.", remedy="The next sync closes this conflict.")
    if statuses != {Status.ACTIVE.value}:
        text = "The pair is not shared at present, or a record of it no longer stands."
        raise Stale(text, remedy="It can be decided again once the pair is shared and both records stand.")
    return shown


def _stored(value: Value) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _value(stored: Any) -> Value:
    return tuple(stored) if isinstance(stored, list) else (stored or "")


def _text(value: Value) -> str:
    return ", ".join(filter(None, value)) if isinstance(value, tuple) else value or "blank"


def _note(session: Session, row: ConflictRow, what: str, by: str, now: datetime, details: dict[str, Any]) -> None:
    details = {"field": row.field, "name": row.name} | details
    events.note(session, what, by=by, now=now, connection_id=row.connection_id, subject=str(row.id), details=details)
