"""Choosing, record by record, whose value stands where two records differ that the first plan means to link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from reconciler.commands import conflicts, events
from reconciler.commands import rules as ruling
from reconciler.core.model import SIDES, ClockReading, Edit, Grade, Side, Value
from reconciler.core.policy import newest
from reconciler.core.schema import FieldRule, Flow, KindRule
from reconciler.core.values import is_blank, same
from reconciler.errors import Stale, Usage
from reconciler.queries.differences import KIND, fingerprint
from reconciler.store import connections
from reconciler.store.codec import value_in
from reconciler.store.tables import FirstChoiceRow, RecordRow

NEWEST, CLEAR, TYPED = "newest", "clear", "value"
TAKES = (*(side.value for side in SIDES), NEWEST, CLEAR, TYPED)


@dataclass(frozen=True, slots=True)
class Pick:
    """One field of one pair; `seen` is the fingerprint of what it was chosen on, "" for whatever stands."""

    salesforce: str
    xero: str
    field: str
    seen: str = ""


def choose(
    session: Session,
    connection_id: int,
    picks: Sequence[Pick],
    take: str,
    *,
    by: str,
    now: datetime,
    value: Any = None,
    reason: str = "",
) -> int:
    """Let Salesforce's value stand, Xero's, that of the record changed last, or one typed; or take the choice back.

    A typed value (a group as {member: text}) is for one pick alone.

    All of them or, when one cannot be chosen so, none; but where it is not certain which record was changed last,
    nothing is chosen and the rule goes on holding.  Returns how many were chosen.  The plan has to be made anew.
    """
    if take not in TAKES:
        raise Usage(f"{take!r} is no choice.", remedy=f"Choose {', '.join(TAKES)}.")
    if take == TYPED and len(picks) != 1:
        raise Usage("A value can be typed for one record and field at a time.", remedy="Name the record and field.")
    made = _Choosing(session, connection_id, take, value, by, now, reason)
    number = sum(made.choose(pick) for pick in picks)
    details = {"take": take, "count": number, "fields": sorted({pick.field for pick in picks})}
    events.note(session, "first.chosen", by=by, now=now, connection_id=connection_id, details=details)
    session.commit()
    return number


class _Choosing:
    """One act of choosing, for any number of picks."""

    def __init__(
        self, session: Session, connection_id: int, take: str, value: Any, by: str, now: datetime, reason: str
    ) -> None:
        self.session, self.id, self.take, self.value, self.by, self.now = session, connection_id, take, value, by, now
        self.reason = reason or ("The record that was changed last." if take == NEWEST else "")
        self.rule = ruling.current(session, connection_id).kinds[KIND]
        kept = connections.load(session.connection(), connection_id, now)
        self.clocks = {side: each.clock for side, each in kept.sides.items()}

    def choose(self, pick: Pick) -> bool:
        """Keep the choice for one pick; false where nobody can say which side was changed last."""
        field = _field(self.rule, pick)
        rows = {side: _record(self.session, self.id, side, getattr(pick, side.value)) for side in SIDES}
        where = {name: getattr(pick, name) for name in ("salesforce", "xero", "field")}
        before = self.session.query(FirstChoiceRow).filter_by(connection_id=self.id, **where).one_or_none()
        _check(field, pick, rows, before)
        if before is not None:
            self.session.delete(before)
            self.session.flush()
        if self.take == CLEAR:
            return True
        winner = self._winner(rows)
        if winner is None and self.take != TYPED:
            return False
        chosen = value_in(rows[winner].fields[pick.field]) if winner else conflicts.typed(field, self.value)
        conflicts.check(field, chosen, winner)
        decision = self._decision(pick, rows, winner, chosen)
        name = str(rows[Side.SALESFORCE].fields.get("name", ""))[:255]
        self.session.add(FirstChoiceRow(connection_id=self.id, name=name, decision=decision, at=self.now, **where))
        return True

    def _winner(self, rows: Mapping[Side, RecordRow]) -> Side | None:
        """The side whose value stands; None for a typed value, and where nobody can say who was last."""
        if self.take == NEWEST:
            return _changed_last(rows, self.clocks)
        return None if self.take == TYPED else Side(self.take)

    def _decision(
        self, pick: Pick, rows: Mapping[Side, RecordRow], winner: Side | None, chosen: Value
    ) -> dict[str, object]:
        return {
            "shown": {side.value: row.fields[pick.field] for side, row in rows.items()},
            "value": list(chosen) if isinstance(chosen, tuple) else chosen,
            "winner": winner.value if winner else TYPED,
            "by": self.by,
            "reason": self.reason,
        }


def _field(rule: KindRule, pick: Pick) -> FieldRule:
    found = next((each for each in rule.fields if each.key == pick.field), None)
    if found is None or found.flow is not Flow.BOTH:
        raise Usage(
            f"{pick.field} does not flow both ways, so there is nothing to choose.", remedy="Its arrow decides."
        )
    return found


def _record(session: Session, connection_id: int, side: Side, ref: str) -> RecordRow:
    row = session.query(RecordRow).filter_by(connection_id=connection_id, side=side.value, ref=ref).one_or_none()
    if row is None:
        raise Usage(f"There is no record {side.value}:{ref}.", remedy="List the differences again.")
    if row.link_id is not None:
        raise Stale(f"{row.fields.get('name', ref)} is linked by now.", remedy="Decide it in the review queue.")
    return row


def _check(field: FieldRule, pick: Pick, rows: Mapping[Side, RecordRow], before: FirstChoiceRow | None) -> None:
    name = rows[Side.SALESFORCE].fields.get("name", pick.salesforce)
    raw = {side: row.fields.get(field.key, "") for side, row in rows.items()}
    now = {side: value_in(value) for side, value in raw.items()}
    shown = [raw[side] for side in SIDES]
    if pick.seen and pick.seen != fingerprint(shown, before.decision if before else {}):
        if before is not None and before.decision["shown"] == {side.value: raw[side] for side in SIDES}:
            raise Stale(
                f"{name}: {before.decision['by']} has chosen for {field.key} since you saw it.",
                remedy="Look again, then choose.",
            )
        raise Stale(f"{name}: {field.key} has changed since you saw it.", remedy="Look again, then choose.")
    if any(is_blank(value) for value in now.values()) or same(field, now):
        raise Stale(f"{name}: the two no longer differ in {field.key}.", remedy="There is nothing left to choose.")


def _changed_last(rows: Mapping[Side, RecordRow], clocks: Mapping[Side, ClockReading]) -> Side | None:
    """By the records' own stamps: they say when a record was changed, not when this field was."""
    edits = {side: Edit(row.edited_at, row.edited_at, Grade.RECORD) for side, row in rows.items()}
    return newest(edits, clocks).winner
