"""Links as the pure core decides about them: baselines, both records, and what people have said about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, or_, select

from reconciler.core.model import SIDES, Fields, LinkState, OpenConflict, Ref, Side, Status, Value
from reconciler.store import choices
from reconciler.store.codec import SIDE, Texts, as_text, edit_in, fields_in, record_in, value_in
from reconciler.store.links import BASELINE
from reconciler.store.tables import ConflictRow, LinkRow, QuestionRow, RecordRow, RejectionRow, of

UNMAPPED = "unmapped"  # the value was never sent: what the map says is looked up anew each time
_LINK, _RECORD = of(LinkRow), of(RecordRow)
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_KEPT = ("id", "kind", "status", "resumed", "own_name", "former")
_STANDING = (
    select(*(_LINK.c[name] for name in _KEPT), *(as_text(_LINK.c[name]) for name in BASELINE.values()))
    .where(_LINK.c.id.in_(_IDS), _LINK.c.status != "closed")
    .order_by(_LINK.c.id)
)
_SHOWN = ("side", "ref", "kind", "version", "changed_at", "edited_at", "status", "flag", "partner", "link_id")
_JSON = (as_text(_RECORD.c.details), as_text(_RECORD.c.fields), as_text(_RECORD.c.edits))
_RECORDS = select(*(_RECORD.c[name] for name in _SHOWN), *_JSON).where(_RECORD.c.link_id.in_(_IDS))


def load(db: Connection, ids: Sequence[int], now: datetime) -> list[LinkState]:
    """Everything there is to know to decide about these links, in the order of their ids; closed ones left out."""
    if not ids:
        return []
    rows = db.execute(_STANDING, {"ids": ids}).all()
    records = _records(db, ids)
    conflicts = _conflicts(db, ids)
    refused = _refused(db, ids, now)
    answers = _answers(db, [row.id for row in rows if _fallen(records.get(row.id, {}))])
    texts = Texts()
    return [
        _state(
            texts,
            row,
            records[row.id],
            conflicts.get(row.id, {}),
            refused.get(row.id, {}),
            answers.get(row.id, _NO_ANSWER),
        )
        for row in rows
        if len(records.get(row.id, {})) == len(SIDES)
    ]


def _state(
    texts: Texts,
    row: Any,
    records: Mapping[Side, Any],
    conflicts: Mapping[str, OpenConflict],
    refused: Mapping[tuple[Side, str], Value],
    answer: _Answer,
) -> LinkState:
    return LinkState(
        id=row.id,
        kind=row.kind,
        records={side: record_in(records[side], texts) for side in SIDES},
        baseline={side: texts[getattr(row, BASELINE[side])] for side in SIDES},
        edits={side: {key: edit_in(edit) for key, edit in texts[records[side].edits].items()} for side in SIDES},
        conflicts=conflicts,
        refused=refused,
        suspended=row.status == "suspended",
        resumed=row.resumed,
        own_name=row.own_name,
        answer=answer.choice,
        answered_on=answer.shown,
        former=frozenset(map(Ref.parse, row.former)),
    )


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a person answered, and what the record that still stands showed then."""

    choice: str = ""
    shown: Fields = field(default_factory=dict)


_NO_ANSWER = _Answer()


def _fallen(records: Mapping[Side, Any]) -> bool:
    return any(record.status != Status.ACTIVE.value for record in records.values())


def _answers(db: Connection, ids: Sequence[int]) -> dict[int, _Answer]:
    """What a person answered about a record that no longer stands, newest last."""
    if not ids:
        return {}
    query = select(QuestionRow.link_id, QuestionRow.answer, QuestionRow.details).where(
        QuestionRow.link_id.in_(ids), QuestionRow.status == "answered"
    )
    return {
        row.link_id: _Answer(row.answer, fields_in(row.details.get("shown", {})))
        for row in db.execute(query.order_by(QuestionRow.id))
    }


def _records(db: Connection, ids: Sequence[int]) -> dict[int, dict[Side, Any]]:
    found: dict[int, dict[Side, Any]] = {}
    for row in db.execute(_RECORDS, {"ids": ids}).all():
        found.setdefault(row.link_id, {})[SIDE[row.side]] = row
    return found


def _conflicts(db: Connection, ids: Sequence[int]) -> dict[int, dict[str, OpenConflict]]:
    table = of(ConflictRow)
    query = select(table).where(table.c.link_id.in_(ids), table.c.status == "open")
    found: dict[int, dict[str, OpenConflict]] = {}
    for row in db.execute(query):
        decision = choices.decision_in(row.decision) if row.decision else None
        found.setdefault(row.link_id, {})[row.field] = OpenConflict(row.id, row.reason, decision)
    return found


def _refused(db: Connection, ids: Sequence[int], now: datetime) -> dict[int, dict[tuple[Side, str], Value]]:
    table = of(RejectionRow)
    standing = or_(table.c.due_at.is_(None), table.c.due_at > now)
    query = select(table.c.link_id, table.c.side, table.c.attempted).where(
        table.c.link_id.in_(ids), table.c.status == "open", standing, table.c.code != UNMAPPED
    )
    found: dict[int, dict[tuple[Side, str], Value]] = {}
    for row in db.execute(query):
        attempted = {(Side(row.side), key): value_in(value) for key, value in row.attempted.items()}
        found.setdefault(row.link_id, {}).update(attempted)
    return found
