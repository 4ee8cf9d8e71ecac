"""A connection as it is kept: its two sides, its rules, its pauses, how far it has been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, union_all, update

from reconciler.core.guard import Alarm
from reconciler.core.model import SIDES, ClockReading, Side
from reconciler.errors import Usage
from reconciler.store.compiled import Rows
from reconciler.store.tables import ConnectionRow, RulesRow, SideRow, of
from reconciler.store.types import time_in


@dataclass(frozen=True, slots=True)
class SideState:
    """One side as the run needs it."""

    side: Side
    url: str
    organisation_id: str
    user_id: str
    read_up_to: datetime | None
    read_at: datetime | None
    clock: ClockReading
    paused: bool


@dataclass(frozen=True, slots=True)
class ConnectionState:
    """A connection as the run needs it; `document` is the YAML of its rules."""

    id: int
    name: str
    made_at: datetime
    activated: bool
    paused: bool
    rules_version: int
    keys_version: int
    document: str
    sides: Mapping[Side, SideState]


def find(db: Connection, name_or_id: str | int) -> int:
    """The id of the connection with this name or number; raises Usage naming those there are."""
    rows = db.execute(select(ConnectionRow.id, ConnectionRow.name)).all()
    for row in rows:
        if str(name_or_id) in (row.name, str(row.id)):
            return int(row.id)
    names = ", ".join(row.name for row in rows) or "none yet"
    raise Usage(f"There is no connection called {name_or_id!r}.", remedy=f"Connections: {names}.")


def load(db: Connection, connection_id: int, now: datetime) -> ConnectionState:
    """Read a connection with its rules and sides."""
    row = db.execute(select(of(ConnectionRow)).where(ConnectionRow.id == connection_id)).one()
    sides = {
        Side(side.side): _side(side, now)
        for side in db.execute(select(of(SideRow)).where(SideRow.connection_id == connection_id))
    }
    return ConnectionState(
        id=row.id,
        name=row.name,
        made_at=row.created_at,
        activated=row.activated_at is not None,
        paused=_paused(row, now),
        rules_version=row.rules_version,
        keys_version=row.keys_version,
        document=document(db, connection_id, row.rules_version),
        sides=sides,
    )


def rules_version(db: Connection, connection_id: int) -> int:
    """The newest version of the rules, as of now."""
    (row,) = _RULES.all(db, connection=connection_id)
    return int(row.rules_version)


def document(db: Connection, connection_id: int, version: int) -> str:
    """One version of the rules, as YAML."""
    query = select(RulesRow.document).where(RulesRow.connection_id == connection_id, RulesRow.version == version)
    return str(db.scalar(query))


def keys_made(db: Connection, connection_id: int, version: int) -> None:
    """Note how the match keys of its records are made."""
    db.execute(update(ConnectionRow).where(ConnectionRow.id == connection_id).values(keys_version=version))


def _side(row: Any, now: datetime) -> SideState:
    return SideState(
        side=Side(row.side),
        url=row.url,
        organisation_id=row.organisation_id,
        user_id=row.user_id,
        read_up_to=row.read_up_to,
        read_at=row.read_at,
        clock=ClockReading(row.clock_offset, row.clock_uncertainty, row.clock_jumped_at),
        paused=_paused(row, now),
    )


def _paused(row: Any, now: datetime) -> bool:
    """A pause with an end is over by itself when its time has come."""
    return row.paused_at is not None and (row.paused_until is None or row.paused_until > now)


def writes_wait(db: Connection, connection_id: int, side: Side, now: datetime) -> bool:
    """Whether somebody has paused everything, or writes to this side, by now."""
    rows = _PAUSES.all(db, connection=connection_id, on_side=side.value)
    return any(paused and (until is None or time_in(until) > now) for paused, until in rows)


_ALL, _SIDE = of(ConnectionRow), of(SideRow)
_RULES = Rows(select(_ALL.c.rules_version).where(_ALL.c.id == bindparam("connection")))
_PAUSES = Rows(
    union_all(
        select(_ALL.c.paused_at, _ALL.c.paused_until).where(_ALL.c.id == bindparam("connection")),
        select(_SIDE.c.paused_at, _SIDE.c.paused_until).where(
            _SIDE.c.connection_id == bindparam("connection"), _SIDE.c.side == bindparam("on_side")
        ),
    )
)


def set_side(db: Connection, connection_id: int, side: Side, **values: Any) -> None:
    """Change what is kept about one side."""
    where = (SideRow.connection_id == connection_id) & (SideRow.side == side.value)
    db.execute(update(SideRow).where(where).values(**values))


def alarms(db: Connection, connection_id: int) -> dict[Side, Alarm]:
    """What reading each side has shown since a plan was last carried out."""
    rows = db.execute(select(SideRow.side, SideRow.alarms).where(SideRow.connection_id == connection_id))
    return {Side(row.side): Alarm(**row.alarms) for row in rows}


def alarm(db: Connection, connection_id: int, side: Side, *, changed: int = 0, missing: int | None = None) -> None:
    """Count what a reading has shown."""
    before = alarms(db, connection_id)[side]
    now = {"changed": before.changed + changed, "missing": before.missing if missing is None else missing}
    set_side(db, connection_id, side, alarms={**now, "accepted": before.accepted})


def calm(db: Connection, connection_id: int, *, accept: bool) -> None:
    """A plan was decided on: what had changed is dealt with; with `accept` what was missing is let pass from now on."""
    for side, before in alarms(db, connection_id).items():
        if before.changed or before.missing:
            accepted = max(before.accepted, before.missing) if accept else before.accepted
            set_side(db, connection_id, side, alarms={"accepted": accepted})


def forget_reading(db: Connection, connection_id: int) -> None:
    """The next run reads both sides from the start: the rules ask for fields that were not read before."""
    for side in SIDES:
        set_side(db, connection_id, side, read_up_to=None)
