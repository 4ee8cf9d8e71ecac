"""Full compares: how far each has come, and the changes that only they have found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from reconciler.core.model import Ref, Side
from reconciler.store.tables import CompareRow, RepairRow, RunRow, of


@dataclass(frozen=True, slots=True)
class Repair:
    """A change that no delta had shown; `reason`: late | same_stamp | clock | unseen | gone."""

    side: Side
    ref: Ref
    link: int | None
    name: str
    fields: Sequence[str]
    reason: str


def begin(db: Connection, connection_id: int, now: datetime) -> tuple[int, dict[str, Any]]:
    """The compare to go on with, or a new one: its number and where its sides stand."""
    table = of(CompareRow)
    unfinished = select(table.c.id, table.c.sides).where(
        table.c.connection_id == connection_id, table.c.finished_at.is_(None)
    )
    row = db.execute(unfinished.order_by(table.c.id.desc()).limit(1)).first()
    if row is not None:
        return row.id, row.sides
    made = insert(table).values(connection_id=connection_id, started_at=now, sides={})
    return int(db.execute(made.returning(table.c.id)).scalar_one()), {}


def keep(db: Connection, number: int, side: Side, place: dict[str, Any]) -> None:
    """Note how far one side has been read."""
    table = of(CompareRow)
    sides = db.execute(select(table.c.sides).where(table.c.id == number)).scalar_one()
    db.execute(update(table).where(table.c.id == number).values(sides={**sides, side.value: place}))


def finish(db: Connection, number: int, now: datetime) -> None:
    """Everything has been read."""
    db.execute(update(CompareRow).where(CompareRow.id == number).values(finished_at=now))


def finished_in(db: Connection, connection_id: int, run_id: int) -> bool:
    """Whether this run brought a compare to its end."""
    began = select(RunRow.started_at).where(RunRow.id == run_id).scalar_subquery()
    ended = select(CompareRow.id).where(CompareRow.connection_id == connection_id, CompareRow.finished_at >= began)
    return db.scalar(ended.limit(1)) is not None


def is_unfinished(db: Connection, connection_id: int) -> bool:
    """Whether a compare was broken off and waits to be gone on with."""
    table = of(CompareRow)
    query = select(table.c.id).where(table.c.connection_id == connection_id, table.c.finished_at.is_(None))
    return db.scalar(query.limit(1)) is not None


def note(db: Connection, connection_id: int, number: int, repairs: Sequence[Repair], now: datetime) -> None:
    """List what was found."""
    if repairs:
        db.execute(insert(of(RepairRow)), [_row(connection_id, number, repair, now) for repair in repairs])


def repairs(db: Connection, number: int, limit: int = 1_000) -> list[dict[str, Any]]:
    """What this compare has found, as JSON shows it."""
    table = of(RepairRow)
    query = select(table).where(table.c.compare_id == number).order_by(table.c.id).limit(limit)
    return [
        {"side": row.side, "ref": row.ref, "name": row.name, "fields": row.fields, "reason": row.reason}
        for row in db.execute(query)
    ]


def _row(connection_id: int, number: int, repair: Repair, now: datetime) -> dict[str, Any]:
    return {
        "connection_id": connection_id,
        "compare_id": number,
        "found_at": now,
        "side": repair.side.value,
        "ref": str(repair.ref),
        "link_id": repair.link,
        "name": repair.name,
        "fields": list(repair.fields),
        "reason": repair.reason,
    }
