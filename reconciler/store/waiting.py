"""What waits for a person about a pair: conflicts, opened, refreshed and closed; and where what was said stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    bindparam,
    insert,
    literal_column,
    or_,
    select,
    union_all,
    update,
)

from reconciler.core.closing import SHELVED, unheeded
from reconciler.core.model import SIDES, LinkState, Record, Ref, Side
from reconciler.core.plan import Close, Dispute
from reconciler.store.choices import decision_in
from reconciler.store.codec import edit_out, sides_out
from reconciler.store.compiled import Rows, among
from reconciler.store.tables import ConflictRow, QuestionRow, RejectionRow, of

Said: TypeAlias = frozenset[tuple[str, int, str]]  # question or rejection, its id and its status
_NOTHING_SAID: Said = frozenset()
_QUESTION, _REJECTION = of(QuestionRow), of(RejectionRow)
_SAID = Rows(
    union_all(
        select(literal_column("'question'").label("what"), _QUESTION.c.about, _QUESTION.c.id, _QUESTION.c.status).where(
            _QUESTION.c.connection_id == bindparam("connection"), among(_QUESTION.c.about, "refs")
        ),
        select(literal_column("'rejection'"), _REJECTION.c.ref, _REJECTION.c.id, _REJECTION.c.status).where(
            _REJECTION.c.connection_id == bindparam("connection"), among(_REJECTION.c.ref, "refs")
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Here:
    """Where and when something is noted: the connection, the run and the time."""

    connection_id: int
    run_id: int | None
    now: datetime


def not_over(conflict: Table) -> ColumnElement[bool]:
    """Conflicts that are open, or shelved while their pair is not compared."""
    is_open, is_closed = (conflict.c.status == status for status in ("open", "closed"))
    shelved = or_(*(conflict.c.closed_because == because for because in SHELVED))
    return or_(is_open, is_closed) & or_(is_open, shelved)  # the first half is for the index


def dispute(db: Connection, here: Here, state: LinkState, found: Dispute) -> bool:
    """Open a conflict, or refresh the open one; true when it was not in the queue before."""
    values: dict[str, Any] = {
        "values": sides_out(found.values),
        "baseline": sides_out(found.baseline),
        "edited": {side.value: edit_out(edit) for side, edit in found.edits.items() if edit},
        "proposed": found.proposed.value if found.proposed else "",
    }
    values |= {"why": found.why} if found.why else {}
    if found.conflict is not None:
        if found.noted:
            values |= _undecided(found.noted)
        if found.again:
            values |= {"status": "open", "closed_because": "", "closed_at": None}
            values |= {"opened_at": here.now, "run_id": here.run_id}
        db.execute(update(ConflictRow).where(ConflictRow.id == found.conflict).values(**values))
        return found.again
    row = _conflict(here, state.id, state.records, found.field) | {"status": "open", "reason": found.reason}
    db.execute(insert(ConflictRow).values(row | values))
    return True


def _undecided(noted: str) -> dict[str, Any]:
    """What was decided is not to be carried out: who said what is noted."""
    return {"noted": noted, "decision": {}, "value": None, "winner": "", "by": "", "decided_at": None}


def _conflict(here: Here, link: int | None, records: Mapping[Side, Record], field: str) -> dict[str, Any]:
    return {
        "connection_id": here.connection_id,
        "link_id": link,
        "kind": records[Side.SALESFORCE].kind,
        "field": field,
        "salesforce": records[Side.SALESFORCE].ref.id,
        "xero": records[Side.XERO].ref.id,
        "name": name_of(records),
        "run_id": here.run_id,
        "opened_at": here.now,
        "winner": "",
        "by": "",
        "noted": "",
        "closed_because": "",
        "decision": {},
    }


def name_of(records: Mapping[Side, Record]) -> str:
    """What people call this pair: the name in Salesforce, else in Xero."""
    names = (records[side].fields.get("name", "") for side in SIDES)
    return str(next((name for name in names if name), ""))[:255]


def decided(db: Connection, here: Here, link: int, records: Mapping[Side, Record], verdict: Mapping[str, Any]) -> None:
    """Show in the queue what was decided without asking, now that it has been carried out."""
    row = _conflict(here, link, records, verdict["field"]) | {
        "status": "decided",
        "reason": verdict["reason"],
        "values": verdict["values"],
        "baseline": verdict["baseline"],
        "edited": verdict["edited"],
        "proposed": verdict["winner"],
        "winner": verdict["winner"],
        "value": verdict["values"][verdict["winner"]],
        "by": "rule",
        "why": verdict["why"],
        "decided_at": here.now,
    }
    db.execute(insert(ConflictRow).values(row))


def close(db: Connection, here: Here, found: Close) -> None:
    """End a conflict: decided when a decision stands on both sides, else closed with its reason."""
    values: dict[str, Any] = {"closed_because": found.because, "closed_at": here.now, "status": "closed"}
    values |= _undecided(found.noted) if found.noted else {}
    if found.decided:
        values = {"status": "decided", "decided_at": here.now, "run_id": here.run_id}
        values |= {"values": sides_out(found.shown)} if found.shown else {}
    db.execute(update(ConflictRow).where(ConflictRow.id == found.conflict).values(**values))


def said(db: Connection, connection_id: int, about: Iterable[Ref]) -> dict[Ref, Said]:
    """Where each question and refusal about these records stands: another once anybody has said anything about it."""
    found: dict[Ref, set[tuple[str, int, str]]] = {ref: set() for ref in about}
    for row in _SAID.all(db, connection=connection_id, refs=list(map(str, found))):
        found[Ref.parse(row.about)].add((row.what, row.id, row.status))
    return {ref: frozenset(stand) if stand else _NOTHING_SAID for ref, stand in found.items()}


def close_link(db: Connection, here: Here, link: int, because: str) -> None:
    """Whatever waited about a link is over with it."""
    values = {"status": "closed", "closed_because": because}
    conflicts, questions, rejections = of(ConflictRow), of(QuestionRow), of(RejectionRow)
    waits = (conflicts.c.link_id == link) & (conflicts.c.status == "open")
    for row in db.execute(select(conflicts.c.id, conflicts.c.decision).where(waits)).all():
        if row.decision:
            noted = _undecided(unheeded(decision_in(row.decision)))
            db.execute(update(conflicts).where(conflicts.c.id == row.id).values(**noted))
    db.execute(update(conflicts).where(waits).values(**values, closed_at=here.now))
    db.execute(update(questions).where(questions.c.link_id == link, questions.c.status != "closed").values(**values))
    closing = update(rejections).where(rejections.c.link_id == link, rejections.c.status != "closed")
    db.execute(closing.values(**values, closed_at=here.now))
