"""What other rules would do, worked out from last seen without asking either vendor.

Each linked pair is decided about twice, under the rules in force and under the others; what only the others would write
is counted, field by field, with samples.  Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler import rules as documents
from reconciler.core.decide import decide
from reconciler.core.model import LinkState, Side, Status, Value
from reconciler.core.plan import SCREEN, CannotHold, Clocks, Do
from reconciler.core.schema import Flow, KindRule, Rules
from reconciler.core.values import is_blank
from reconciler.mapping.limits import Shapes, cannot_hold
from reconciler.queries import lint
from reconciler.queries.lint import Remark
from reconciler.rules import Change
from reconciler.store import connections, link_states, links
from reconciler.store.codec import record_in
from reconciler.store.tables import RecordRow

SAMPLES = 5
CHUNK = 500


@dataclass(slots=True)
class Touched:
    """One field that would be written on one side: how often, how often cleared, and a few examples."""

    side: Side
    key: str
    count: int = 0
    blanks: int = 0
    samples: list[tuple[str, Value, Value]] = field(default_factory=list)

    def add(self, name: str, old: Value, new: Value) -> None:
        """Count one more."""
        self.count += 1
        self.blanks += is_blank(new) and not is_blank(old)
        if len(self.samples) < SAMPLES:
            self.samples.append((name, old, new))


@dataclass(slots=True)
class Impact:
    """What changes with the rules, and what the new ones meet; `records` counts pairs that would be written to.

    `joining` and `leaving` count records that become, or cease to be, shared; `reread` names fields that are read for
    the first time, of which nothing is known yet.
    """

    changes: tuple[Change, ...] = ()
    looked: int = 0
    records: int = 0
    conflicts: int = 0
    touched: dict[tuple[Side, str], Touched] = field(default_factory=dict)
    joining: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))
    leaving: dict[Side, int] = field(default_factory=lambda: dict.fromkeys(Side, 0))
    reread: list[str] = field(default_factory=list)
    remarks: tuple[Remark, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The document that `rules plan --json` prints."""
        return {
            "changes": [[change.path, change.before, change.after] for change in self.changes],
            "looked": self.looked,
            "records": self.records,
            "conflicts": self.conflicts,
            "writes": [
                {
                    "side": each.side.value,
                    "field": each.key,
                    "count": each.count,
                    "blanks": each.blanks,
                    "samples": [{"name": name, "from": old, "to": new} for name, old, new in each.samples],
                }
                for each in self.touched.values()
            ],
            "joining": {side.value: number for side, number in self.joining.items()},
            "leaving": {side.value: number for side, number in self.leaving.items()},
            "reread": self.reread,
            "lint": [remark.as_json() for remark in self.remarks],
        }

    def sentences(self) -> list[str]:
        """The same for people."""
        return [*self.effects(), *(remark.text for remark in self.remarks)]

    def effects(self, *, by_field: bool = True) -> list[str]:
        """What would be written, asked and shared; `by_field` leaves out what is told beside it otherwise."""
        told = [f"{self.records:,} of {self.looked:,} linked records would be written to."]
        for each in self.touched.values() if by_field else ():
            cleared = f", {each.blanks:,} of them cleared" if each.blanks else ""
            told.append(f"{each.key} in {SCREEN[each.side]}: {each.count:,}{cleared}.")
        if self.conflicts:
            told.append(f"{self.conflicts:,} conflicts more would wait for a person.")
        for side in Side:
            if self.joining[side]:
                told.append(f"{self.joining[side]:,} more records of {SCREEN[side]} would be shared.")
            if self.leaving[side]:
                told.append(f"{self.leaving[side]:,} records of {SCREEN[side]} would no longer be shared.")
        if self.reread:
            told.append(f"{', '.join(self.reread)}: read for the first time; what differs shows after that.")
        return told


def impact(
    session: Session,
    connection_id: int,
    old: Rules,
    new: Rules,
    now: datetime,
    most: int = 0,
    shapes: Shapes | None = None,
) -> Impact:
    """Compare two sets of rules on what was last seen, over the first `most` links of a kind (0: all of them).

    What the new ones meet in the data is told whether or not they differ; `shapes` is what Salesforce says it holds.
    """
    found = Impact(documents.changes(old, new))
    state = connections.load(session.connection(), connection_id, now)
    clocks = {side: kept.clock for side, kept in state.sides.items()}
    holds = partial(cannot_hold, shapes=shapes)
    for kind, rule in new.kinds.items():
        before = old.kinds.get(kind)
        found.remarks += lint.lint(session, connection_id, rule, most, shapes)
        if before is None or before == rule:
            continue
        found.reread += _first_read(before, rule)
        for pair in _linked(session, connection_id, kind, now, most):
            _weigh(found, pair, (before, rule), clocks, holds)
        _unlinked(found, session, connection_id, before, rule)
    if shapes is None:
        found.remarks += (lint.not_described(),)
    return found


def _first_read(before: KindRule, rule: KindRule) -> list[str]:
    known = {each.key for each in before.fields if each.flow is not Flow.OFF}
    return [each.key for each in rule.fields if each.flow is not Flow.OFF and each.key not in known]


def _linked(session: Session, connection_id: int, kind: str, now: datetime, most: int) -> Iterator[LinkState]:
    after, seen = 0, 0
    while not most or seen < most:
        ids = links.all_of(session.connection(), connection_id, kind, after, CHUNK)
        if not ids:
            return
        yield from link_states.load(session.connection(), ids, now)
        after, seen = ids[-1], seen + len(ids)


def _weigh(
    found: Impact, state: LinkState, rules: tuple[KindRule, KindRule], clocks: Clocks, holds: CannotHold
) -> None:
    """What only the new rules would do to one pair."""
    before, rule = rules
    found.looked += 1
    was = decide(state, before, clocks, holds)
    then = decide(_forgotten(state, before, rule), rule, clocks, holds)
    if then.standing == "suspend" and was.standing != "suspend":
        found.leaving[Side.SALESFORCE] += 1
    if then.standing == "resume" and was.standing != "resume":
        found.joining[Side.SALESFORCE] += 1
    found.conflicts += max(0, len(then.disputes) - len(was.disputes))
    old = {(a.side, key): change.new for a in was.actions for key, change in a.fields.items() if a.do is Do.UPDATE}
    name = str(state.records[Side.SALESFORCE].fields.get("name", ""))
    touched = False
    for action in then.actions:
        for key, change in action.fields.items() if action.do is Do.UPDATE else ():
            if old.get((action.side, key)) != change.new:
                entry = found.touched.setdefault((action.side, key), Touched(action.side, key))
                entry.add(name, change.old, change.new)
                touched = True
    found.records += touched


def _forgotten(state: LinkState, before: KindRule, rule: KindRule) -> LinkState:
    """A field that is switched on again starts without what was last agreed."""
    off = {each.key for each in before.fields if each.flow is Flow.OFF}
    on = off & {each.key for each in rule.fields if each.flow is not Flow.OFF}
    if not on:
        return state
    agreed = {side: {k: v for k, v in fields.items() if k not in on} for side, fields in state.baseline.items()}
    return state._replace(baseline=agreed)


def _unlinked(found: Impact, session: Session, connection_id: int, before: KindRule, rule: KindRule) -> None:
    """Records without a partner that would be shared, or no longer."""
    here = (RecordRow.connection_id == connection_id) & (RecordRow.kind == rule.kind) & RecordRow.link_id.is_(None)
    query = select(RecordRow).where(here, RecordRow.status == Status.ACTIVE.value)
    for row in session.scalars(query.execution_options(yield_per=CHUNK)):
        record = record_in(row)
        was, now = before.admits(record), rule.admits(record)
        found.joining[record.ref.side] += now and not was
        found.leaving[record.ref.side] += was and not now


def preview(
    session: Session, connection_id: int, text: str, now: datetime, most: int = 0, shapes: Shapes | None = None
) -> Impact:
    """What saving a document, or any part of one, would do; raises Usage with every fault in it."""
    old = documents.parse(connections.load(session.connection(), connection_id, now).document)
    return impact(session, connection_id, old, documents.parse(text, old), now, most, shapes)
