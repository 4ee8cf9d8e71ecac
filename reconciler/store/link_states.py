"""Links as the pure core decides about them: baselines, both records, and what people have said about them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select

from reconciler.core.model import SIDES, Edit, Fields, LinkState, OpenConflict, Ref, Side, Status, Value
from reconciler.store import choices
from reconciler.store.codec import (
    KEPT,
    SHOWN,
    SIDE,
    as_text,
    edit_in,
    fields_as_stored,
    fields_in,
    record_as_stored,
    shown_columns,
    sides_in,
)
from reconciler.store.compiled import Rows, among
from reconciler.store.json_text import decode
from reconciler.store.links import BASELINE
from reconciler.store.tables import ConflictRow, LinkRow, QuestionRow, RecordRow, RejectionRow, of
from reconciler.store.waiting import not_over

UNMAPPED = "unmapped"  # the value was never sent: what the map says is looked up anew each time
_LINK, _RECORD = of(LinkRow), of(RecordRow)
_STANDS = Status.ACTIVE.value
_JSON = (as_text(_LINK.c[name]) for name in ("former", *BASELINE.values()))
_STANDING = Rows(
    select(*(_LINK.c[name] for name in ("id", "kind", "status", "resumed", "own_name")), *_JSON)
    .where(among(_LINK.c.id, "ids"), _LINK.c.status != "closed")
    .order_by(_LINK.c.id)
)
_RECORDS = Rows(
    select(*shown_columns(_RECORD), _RECORD.c.link_id, as_text(_RECORD.c.edits)).where(among(_RECORD.c.link_id, "ids"))
)

_CONFLICT, _REJECTION = of(ConflictRow), of(RejectionRow)
_CONFLICTS = Rows(
    select(
        *(_CONFLICT.c[name] for name in ("id", "link_id", "field", "reason", "status")),
        *(as_text(_CONFLICT.c[name]) for name in ("decision", "values")),
    )
    .where(among(_CONFLICT.c.link_id, "ids"), not_over(_CONFLICT))
    .order_by(_CONFLICT.c.id)
)
_REFUSED = Rows(
    select(_REJECTION.c.link_id, _REJECTION.c.side, as_text(_REJECTION.c.attempted))
    .where(among(_REJECTION.c.link_id, "ids"), _REJECTION.c.status == "open", _REJECTION.c.code != UNMAPPED)
    .where(or_(_REJECTION.c.due_at.is_(None), _REJECTION.c.due_at > bindparam("now")))
)


def load(db: Connection, ids: Sequence[int], now: datetime) -> list[LinkState]:
    """Everything there is to know to decide about these links, in the order of their ids; closed ones left out."""
    if not ids:
        return []
    rows = _STANDING.all(db, ids=ids)
    records = _records(db, ids)
    conflicts = _conflicts(db, ids)
    refused = _refused(db, ids, now)
    answers = _answers(db, {row.id: fallen for row in rows if (fallen := _fallen(records.get(row.id, {})))})
    return [
        _state(
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
    row: Any,
    records: Mapping[Side, Any],
    conflicts: Mapping[str, OpenConflict],
    refused: Mapping[tuple[Side, str], Collection[Value]],
    answer: _Answer,
) -> LinkState:
    return LinkState(
        id=row.id,
        kind=row.kind,
        records={side: record_as_stored(records[side][:SHOWN]) for side in SIDES},
        baseline={side: fields_as_stored(getattr(row, BASELINE[side])) for side in SIDES},
        edits={side: _edits(records[side].edits) for side in SIDES},
        conflicts=conflicts,
        refused=refused,
        suspended=row.status == "suspended",
        resumed=bool(row.resumed),
        own_name=bool(row.own_name),
        answer=answer.choice,
        answered_on=answer.shown,
        former=_former(row.former),
    )


@lru_cache(maxsize=KEPT)
def _edits(text: str) -> Mapping[str, Edit]:
    return {key: edit_in(edit) for key, edit in decode(text).items()} if text != "{}" else {}


@lru_cache(maxsize=256)
def _former(text: str) -> frozenset[Ref]:
    return frozenset(map(Ref.parse, decode(text)))


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a person answered, and what the record that still stands showed then."""

    choice: str = ""
    shown: Fields = field(default_factory=dict)


_NO_ANSWER = _Answer()


def _fallen(records: Mapping[Side, Any]) -> set[str]:
    return {f"{side}:{record.ref}" for side, record in records.items() if record.status != _STANDS}


def _answers(db: Connection, fallen: Mapping[int, set[str]]) -> dict[int, _Answer]:
    """What a person answered about a record that no longer stands, newest last; not what was said of its partner."""
    if not fallen:
        return {}
    asked = select(QuestionRow.link_id, QuestionRow.about, QuestionRow.answer, QuestionRow.details)
    query = asked.where(QuestionRow.link_id.in_(fallen), QuestionRow.status == "answered")
    return {
        row.link_id: _Answer(row.answer, fields_in(row.details.get("shown", {})))
        for row in db.execute(query.order_by(QuestionRow.id))
        if row.about in fallen[row.link_id]
    }


def _records(db: Connection, ids: Sequence[int]) -> dict[int, dict[Side, Any]]:
    found: dict[int, dict[Side, Any]] = {}
    for row in _RECORDS.all(db, ids=ids):
        found.setdefault(row.link_id, {})[SIDE[row.side]] = row
    return found


def _conflicts(db: Connection, ids: Sequence[int]) -> dict[int, dict[str, OpenConflict]]:
    found: dict[int, dict[str, OpenConflict]] = {}
    for row in _CONFLICTS.all(db, ids=ids):
        found.setdefault(row.link_id, {})[row.field] = OpenConflict(
            row.id,
            row.reason,
            choices.decision_as_stored(row.decision),
            sides_in(decode(row.values)),
            shelved=row.status != "open",
        )
    return found


def _refused(db: Connection, ids: Sequence[int], now: datetime) -> dict[int, dict[tuple[Side, str], set[Value]]]:
    found: dict[int, dict[tuple[Side, str], set[Value]]] = {}
    for link, side, attempted in _REFUSED.all(db, ids=ids, now=now):
        for key, value in fields_as_stored(attempted).items():
            found.setdefault(link, {}).setdefault((SIDE[side], key), set()).add(value)
    return found
