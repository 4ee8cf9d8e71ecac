"""Last seen: the newest reading of every record, linked or not, and what a run has still to decide about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, case, or_, select, update

from reconciler.core.model import Record, Ref, Side, Status
from reconciler.core.values import name_key
from reconciler.store import keys
from reconciler.store.codec import SHOWN, fields_in, record_as_stored, record_in, shown_columns
from reconciler.store.compiled import Many, Rows, among
from reconciler.store.tables import LinkRow, RecordRow, of
from reconciler.store.types import time_in

CHUNK = 500
# A person has said that these get no partner, or has still to say so.
APART = frozenset({"left", "covered", "undone", "merged"})


class Seen(NamedTuple):
    """A record as last seen, with what the store knows around it."""

    id: int
    record: Record
    read_at: datetime
    link: int | None
    unlinked: str = ""


_RECORD = of(RecordRow)
HERE = (
    (_RECORD.c.connection_id == bindparam("connection"))
    & (_RECORD.c.side == bindparam("on_side"))
    & among(_RECORD.c.ref, "refs")
)
_BESIDES = (_RECORD.c[name] for name in ("id", "read_at", "link_id", "unlinked"))
_BY_REF = Rows(select(*shown_columns(_RECORD), *_BESIDES).where(HERE))
_STAMPS = Rows(select(_RECORD.c.ref, _RECORD.c.edited_at, _RECORD.c.read_at).where(HERE))
_FORGET = Many(
    update(_RECORD)
    .where(_RECORD.c.id == bindparam("row"))
    .values(fields=bindparam("kept"), edits=bindparam("evidence"))
)
_COMPARED = Many(update(_RECORD).where(HERE).values(compared=bindparam("number")))


def find(db: Connection, connection_id: int, refs: Iterable[Ref]) -> dict[Ref, Seen]:
    """Records by address."""
    wanted: dict[Side, list[str]] = {}
    for ref in refs:
        wanted.setdefault(ref.side, []).append(ref.id)
    found: dict[Ref, Seen] = {}
    for side, ids in wanted.items():
        for row in _BY_REF.all(db, connection=connection_id, on_side=side.value, refs=ids):
            record = record_as_stored(row[:SHOWN])
            found[record.ref] = Seen(row.id, record, time_in(row.read_at), row.link_id, row.unlinked)
    return found


def stamps(db: Connection, connection_id: int, side: Side, ids: Sequence[str]) -> list[tuple[Ref, datetime, datetime]]:
    """Each of these records with the stamp of its last edit, and when it was last read."""
    rows = _STAMPS.all(db, connection=connection_id, on_side=side.value, refs=ids)
    return [(Ref(side, ref), time_in(edited_at), time_in(read_at)) for ref, edited_at, read_at in rows]


def seen(row: Any) -> Seen:
    """One row as a value."""
    return Seen(row.id, record_in(row), row.read_at, row.link_id, row.unlinked)


def waiting(db: Connection, connection_id: int, after: int, kind: str, limit: int = CHUNK) -> list[Seen]:
    """Records without a partner that a run has to decide about, in the order they were first seen."""
    table = of(RecordRow)
    query = (
        select(table)
        .where(table.c.connection_id == connection_id, table.c.pending, table.c.id > after, table.c.kind == kind)
        .order_by(table.c.id)
        .limit(limit)
    )
    return [seen(row) for row in db.execute(query)]


def holders(db: Connection, connection_id: int, side: Side, names: Iterable[str]) -> list[Seen]:
    """Active records on `side` whose name has one of these keys: a name there may be taken."""
    table = of(RecordRow)
    wanted = sorted({name_key(name)[:255] for name in names})
    query = select(table).where(
        table.c.connection_id == connection_id, table.c.side == side.value, table.c.status == Status.ACTIVE.value
    )
    found: list[Seen] = []
    for start in range(0, len(wanted), CHUNK):
        few = query.where(table.c.name_key.in_(wanted[start : start + CHUNK]))
        found += [seen(row) for row in db.execute(few)]
    return found


def decided(db: Connection, ids: Iterable[int], why: str) -> None:
    """These records have been decided about: they wait for nothing, and `why` says why they have no partner."""
    apart = case((RecordRow.unlinked.in_(APART), RecordRow.unlinked), else_=why)
    db.execute(update(RecordRow).where(RecordRow.id.in_(list(ids))).values(pending=False, unlinked=apart))


def compared(db: Connection, connection_id: int, side: Side, ids: Sequence[str], number: int) -> None:
    """The full compare of this number has seen these records."""
    _COMPARED.execute(db, [{"connection": connection_id, "on_side": side.value, "number": number, "refs": ids}])


def not_compared(db: Connection, connection_id: int, side: Side, number: int) -> list[Seen]:
    """Records that stood when they were last seen, and that the full compare of this number has not shown."""
    table = of(RecordRow)
    query = select(table).where(
        table.c.connection_id == connection_id,
        table.c.side == side.value,
        or_(table.c.compared.is_(None), table.c.compared != number),
        table.c.status.in_((Status.ACTIVE.value, Status.ARCHIVED.value)),
    )
    return [seen(row) for row in db.execute(query.order_by(table.c.id))]


def look_again(db: Connection, connection_id: int, refs: Iterable[Ref]) -> None:
    """Have the next run decide about these records and their links once more."""
    for seen_record in find(db, connection_id, refs).values():
        if seen_record.link is None:
            db.execute(update(RecordRow).where(RecordRow.id == seen_record.id).values(pending=True))
        else:
            db.execute(update(LinkRow).where(LinkRow.id == seen_record.link).values(pending=True, due_at=None))


def forget(db: Connection, connection_id: int, kind: str, fields: Iterable[str]) -> None:
    """These fields were not read yet from where they lie now: what they showed is forgotten, and who edited it."""
    forgotten, after = set(fields), 0
    while forgotten:
        query = select(_RECORD).where(_RECORD.c.connection_id == connection_id, _RECORD.c.kind == kind)
        rows = db.execute(query.where(_RECORD.c.id > after).order_by(_RECORD.c.id).limit(CHUNK)).all()
        if not rows:
            return
        after = rows[-1].id
        _forget_some(db, connection_id, rows, forgotten)


def _forget_some(db: Connection, connection_id: int, rows: Sequence[Any], forgotten: set[str]) -> None:
    kept = {row.id: _without(row.fields, forgotten) for row in rows}
    evidence = [{"row": row.id, "kept": kept[row.id], "evidence": _without(row.edits, forgotten)} for row in rows]
    _FORGET.execute(db, evidence)
    for side in Side:  # nor are they found by it any more
        moved = {
            row.id: keys.Moved(fields_in(row.fields), fields_in(kept[row.id]), forgotten & row.fields.keys())
            for row in rows
            if row.side == side.value
        }
        keys.move(db, connection_id, side, moved)


def _without(stored: dict[str, Any], forgotten: set[str]) -> dict[str, Any]:
    return {key: value for key, value in stored.items() if key not in forgotten}


def reset_kind(db: Connection, connection_id: int, kind: str) -> None:
    """After an edit of the rules: every link of the kind, and every record without a partner, is looked at again."""
    linked = (LinkRow.connection_id == connection_id) & (LinkRow.kind == kind) & (LinkRow.status != "closed")
    db.execute(update(LinkRow).where(linked).values(pending=True, due_at=None))
    alone = (RecordRow.connection_id == connection_id) & (RecordRow.kind == kind) & RecordRow.link_id.is_(None)
    undecided = alone & RecordRow.unlinked.in_(("", "out", "question", "refused"))
    db.execute(update(RecordRow).where(undecided & RecordRow.covered_by.is_(None)).values(pending=True))
