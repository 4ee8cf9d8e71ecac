"""Links and their baselines: made, looked up, moved field by field by settling, closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, insert, or_, select, update

from reconciler.core.model import SIDES, Fields, Ref, Side, Status
from reconciler.store import choices
from reconciler.store.codec import as_text, fields_as_stored
from reconciler.store.compiled import Many, Rows, among
from reconciler.store.tables import LinkRow, RecordRow, of

BASELINE = {Side.SALESFORCE: "baseline_salesforce", Side.XERO: "baseline_xero"}
_LINK, _RECORD = of(LinkRow), of(RecordRow)
_BASELINES = Rows(
    select(_LINK.c.id, *(as_text(_LINK.c[name]) for name in BASELINE.values())).where(among(_LINK.c.id, "ids"))
)
_AT_STAKE: dict[str, Any] = {
    "baseline_salesforce": bindparam("s"),
    "baseline_xero": bindparam("x"),
    "agreed_at": bindparam("at"),
}
_AT_REST: dict[str, Any] = {"pending": False, "due_at": None, "resumed": False}
_MOVE = Many(update(_LINK).where(_LINK.c.id == bindparam("link")).values(_AT_STAKE))
_MOVE_TO_REST = Many(
    update(_LINK)
    .where(_LINK.c.id == bindparam("link"))
    .values(_AT_STAKE | {name: bindparam(name) for name in _AT_REST})
)
_REST = Many(update(_LINK).where(among(_LINK.c.id, "ids")).values({name: bindparam(name) for name in _AT_REST}))
_MARK = Many(
    update(_RECORD)
    .where(
        _RECORD.c.connection_id == bindparam("connection"),
        _RECORD.c.side == bindparam("on"),
        _RECORD.c.ref == bindparam("address"),
    )
    .values(link_id=bindparam("link"), pending=False, unlinked="", covered_by=None)
)
_LINKED = Rows(
    select(_RECORD.c.ref, _RECORD.c.link_id).where(
        _RECORD.c.connection_id == bindparam("connection"),
        _RECORD.c.side == bindparam("on"),
        among(_RECORD.c.ref, "refs"),
        _RECORD.c.link_id.is_not(None),
    )
)

_WAITING = Rows(
    select(_LINK.c.id)
    .where(_LINK.c.connection_id == bindparam("connection"), _LINK.c.pending, _LINK.c.id > bindparam("after"))
    .where(_LINK.c.kind == bindparam("kind"), or_(_LINK.c.due_at.is_(None), _LINK.c.due_at <= bindparam("now")))
    .order_by(_LINK.c.id)
    .limit(bindparam("most"))
)


def pending(db: Connection, connection_id: int, now: datetime, after: int, kind: str, limit: int = 500) -> list[int]:
    """Ids of links that a run has to look at, in order; one look-up in a partial index."""
    rows = _WAITING.all(db, connection=connection_id, now=now, after=after, kind=kind, most=limit)
    return [row.id for row in rows]


def all_of(db: Connection, connection_id: int, kind: str, after: int, limit: int) -> list[int]:
    """Ids of links that stand, whatever waits on them, in order."""
    table = of(LinkRow)
    here = (table.c.connection_id == connection_id) & (table.c.kind == kind) & (table.c.status != "closed")
    return list(db.scalars(select(table.c.id).where(here, table.c.id > after).order_by(table.c.id).limit(limit)))


def make(
    db: Connection,
    connection_id: int,
    kind: str,
    pairs: Sequence[Mapping[Side, Ref]],
    now: datetime,
    *,
    own_name: bool = False,
) -> list[int]:
    """Link these pairs with empty baselines; returns the links' ids in the same order.

    Raises nothing for records already linked: the caller has checked, under the lease.
    """
    new = _new(connection_id, kind, now) | {"own_name": own_name}
    rows = [new | {side.value: pair[side].id for side in SIDES} for pair in pairs]
    made = list(db.scalars(insert(LinkRow).returning(LinkRow.id, sort_by_parameter_order=True), rows))
    marks = [
        {
            "connection": connection_id,
            "on": side.value,
            "address": pair[side].id,
            "link": link,
        }
        for link, pair in zip(made, pairs, strict=True)
        for side in SIDES
    ]
    _MARK.execute(db, marks)
    choices.take_up(db, connection_id, kind, dict(zip(made, pairs, strict=True)), now)
    return made


def _new(connection_id: int, kind: str, now: datetime) -> dict[str, Any]:
    return {
        "connection_id": connection_id,
        "kind": kind,
        "created_at": now,
        "status": "active",
        "closed_because": "",
        "closed_as": "",
        "former": [],
        "baseline_salesforce": {},
        "baseline_xero": {},
        "pending": True,
        "resumed": False,
    }


def of_records(db: Connection, connection_id: int, refs: Iterable[Ref]) -> dict[Ref, int]:
    """The link that each of these records belongs to, where there is one."""
    by_side: dict[Side, list[str]] = {}
    for ref in refs:
        by_side.setdefault(ref.side, []).append(ref.id)
    found: dict[Ref, int] = {}
    for side, ids in by_side.items():
        rows = _LINKED.all(db, connection=connection_id, on=side.value, refs=ids)
        found |= {Ref(side, ref): link for ref, link in rows}
    return found


def move_baselines(
    db: Connection, moves: Mapping[int, Mapping[Side, Fields]], now: datetime, resting: Iterable[int] = ()
) -> None:
    """Move the baseline of these links, field by field; the fields not named stay where they are.

    Nothing waits any more on those in `resting`, whether they move or not.
    """
    at_rest = set(resting)
    rows = [
        {
            "link": link,
            "s": {**fields_as_stored(salesforce), **moves[link].get(Side.SALESFORCE, {})},
            "x": {**fields_as_stored(xero), **moves[link].get(Side.XERO, {})},
            "at": now,
            **_AT_REST,
        }
        for link, salesforce, xero in (_BASELINES.all(db, ids=list(moves)) if moves else ())
    ]
    _MOVE.execute(db, [row for row in rows if row["link"] not in at_rest])
    _MOVE_TO_REST.execute(db, [row for row in rows if row["link"] in at_rest])
    rest(db, at_rest - moves.keys())


def forget(db: Connection, connection_id: int, kind: str, fields: Iterable[str]) -> None:
    """A field switched on again starts without a baseline: what it was while off is forgotten."""
    forgotten = set(fields)
    table = of(LinkRow)
    after = 0
    while forgotten:
        query = select(table).where(table.c.connection_id == connection_id, table.c.kind == kind, table.c.id > after)
        rows = db.execute(query.order_by(table.c.id).limit(500)).all()
        if not rows:
            return
        after = rows[-1].id
        new: dict[str, Any] = {"baseline_salesforce": bindparam("s"), "baseline_xero": bindparam("x")}
        values = [
            {
                "link": row.id,
                "s": {key: value for key, value in row.baseline_salesforce.items() if key not in forgotten},
                "x": {key: value for key, value in row.baseline_xero.items() if key not in forgotten},
            }
            for row in rows
        ]
        db.execute(update(table).where(table.c.id == bindparam("link")).values(new), values)


def due(db: Connection, link: int, at: datetime) -> None:
    """The link is looked at again, but not before `at`."""
    db.execute(update(LinkRow).where(LinkRow.id == link).values(pending=True, due_at=at))


def partners(db: Connection, ids: Iterable[int]) -> dict[int, Mapping[Side, Ref]]:
    """The two records of each link."""
    query = select(LinkRow.id, LinkRow.salesforce, LinkRow.xero).where(LinkRow.id.in_(list(ids)))
    return {
        row.id: {Side.SALESFORCE: Ref(Side.SALESFORCE, row.salesforce), Side.XERO: Ref(Side.XERO, row.xero)}
        for row in db.execute(query)
    }


def rest(db: Connection, ids: Iterable[int]) -> None:
    """Nothing waits on these links any more: they are left out until something changes."""
    listed = list(ids)
    if listed:
        _REST.execute(db, [{"ids": listed, **_AT_REST}])


def rest_fallen(db: Connection, ids: Iterable[int]) -> None:
    """Nothing can be done about these while a record of theirs does not stand; what is known of them stays."""
    db.execute(update(LinkRow).where(LinkRow.id.in_(list(ids))).values(pending=False, due_at=None))


def stand(db: Connection, link: int, standing: str) -> None:
    """Suspend or resume a link (opt-out and its end)."""
    values = {"status": "suspended"} if standing == "suspend" else {"status": "active", "resumed": True}
    db.execute(update(LinkRow).where(LinkRow.id == link).values(**values))


def close(db: Connection, link: int, because: str, keep_apart: str, closed_as: str = "unlinked") -> None:
    """Close a link, keeping its baselines; its records say `keep_apart` as the reason why they have no partner."""
    values = {"status": "closed", "closed_because": because, "closed_as": closed_as, "pending": False}
    db.execute(update(LinkRow).where(LinkRow.id == link).values(**values))
    db.execute(
        update(RecordRow).where(RecordRow.link_id == link).values(link_id=None, pending=False, unlinked=keep_apart)
    )


def count(db: Connection, connection_id: int) -> dict[str, int]:
    """How many links of each kind stand."""
    query = select(LinkRow.kind, func.count()).where(LinkRow.connection_id == connection_id, LinkRow.status != "closed")
    return {row.kind: row[1] for row in db.execute(query.group_by(LinkRow.kind))}


def canary(db: Connection, connection_id: int, kind: str) -> Mapping[Side, Ref]:
    """Records known to exist: one standing pair, or, where none stands, a linked record of each side that still does.

    A pair that is not shared at present will do where no other stands: what was decided before is still to be written.
    A record that has gone may never be read again, and would stop every run for ever.
    """
    fallen = exists().where(RecordRow.link_id == LinkRow.id, RecordRow.status != Status.ACTIVE.value)
    pairs = select(LinkRow.salesforce, LinkRow.xero).where(LinkRow.connection_id == connection_id, LinkRow.kind == kind)
    pairs = pairs.where(~fallen)
    for status in ("active", "suspended"):
        row = db.execute(pairs.where(LinkRow.status == status).order_by(LinkRow.id).limit(1)).first()
        if row:
            return {Side.SALESFORCE: Ref(Side.SALESFORCE, row.salesforce), Side.XERO: Ref(Side.XERO, row.xero)}
    return {side: Ref(side, found) for side in SIDES if (found := _left_standing(db, connection_id, kind, side))}


def _left_standing(db: Connection, connection_id: int, kind: str, side: Side) -> str | None:
    """A linked record of this side that stands, though its partner does not."""
    linked = (_LINK.c.connection_id == connection_id) & (_LINK.c.kind == kind) & (_LINK.c.status != "closed")
    stands = (_RECORD.c.side == side.value) & (_RECORD.c.status == Status.ACTIVE.value)
    records = select(_RECORD.c.ref).join(_LINK, _LINK.c.id == _RECORD.c.link_id).where(linked, stands)
    return db.scalar(records.order_by(_LINK.c.id).limit(1))
