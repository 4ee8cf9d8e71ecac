"""The keys that records are found by when a partner is looked for: one narrow table, both sides together.

A key is stored with its side in the last bit, so that a record and its partner-to-be lie side by side in the index.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, insert, select

from reconciler.core.match.finding import Key
from reconciler.core.match.profile import FOUND_BY, of_fields
from reconciler.core.model import Fields, Side, Value
from reconciler.store.codec import KEPT, fields_in
from reconciler.store.compiled import Many
from reconciler.store.tables import MatchKeyRow, RecordRow, of

CHUNK = 5_000
RECORDS = 500
FEW = 50


class Moved(NamedTuple):
    """What a record showed and shows, and the fields in which the two differ."""

    before: Fields
    after: Fields
    changed: Collection[str]


class Found(NamedTuple):
    """How many records a key finds on its side, and the first and last of them."""

    number: int
    first: int
    last: int


NOTHING = Found(0, 0, 0)


def on(side: Side, key: Key) -> int:
    """The key as it stands in the table for records of this side."""
    return key | (side is Side.XERO)


def off(stored_key: int) -> Key:
    """The key without its side."""
    return stored_key & ~1


def stored(side: Side, fields: Fields) -> frozenset[int]:
    """Every key of a record that shows these values, as it stands in the table."""
    return frozenset([on(side, key) for key in of_fields(fields).found_by()])


def near(db: Connection, connection_id: int, keys: Collection[int]) -> set[int]:
    """Records of the other sides of these keys, unless there are very many."""
    met = {key: found for key, found in count(db, connection_id, {key ^ 1 for key in keys}) if found.number <= FEW}
    both = {record for found in met.values() for record in (found.first, found.last)}
    several = [key for key, found in met.items() if found.number > 2]
    return both | {record for _, record in _rows(db, connection_id, several, of(MatchKeyRow).c.record_id)}


def put(db: Connection, connection_id: int, of_record: Mapping[int, Iterable[int]]) -> None:
    """Have these records found by these keys too."""
    _PUT.execute(db, [_row(connection_id, key, record) for record, keys in of_record.items() for key in keys])


def drop_some(db: Connection, connection_id: int) -> bool:
    """Take the first of a connection's keys away; whether there were any."""
    table = of(MatchKeyRow)
    here = table.c.connection_id == connection_id
    last = db.scalar(select(table.c.key).where(here).order_by(table.c.key).limit(1).offset(CHUNK))
    gone = db.execute(delete(table).where(here, *([table.c.key <= last] if last is not None else [])))
    return gone.rowcount > 0


def put_some(db: Connection, connection_id: int, after: int) -> int | None:
    """Have the next records be found by what they show; the last of them, None after the last of all."""
    table = of(RecordRow)
    some = select(table.c.id, table.c.side, table.c.fields).where(table.c.connection_id == connection_id)
    rows = db.execute(some.where(table.c.id > after).order_by(table.c.id).limit(RECORDS)).all()
    put(db, connection_id, {row.id: stored(Side(row.side), fields_in(row.fields)) for row in rows})
    return rows[-1].id if rows else None


_KEY = of(MatchKeyRow)
_PUT = Many(insert(_KEY).inline(), "connection_id", "key", "record_id")
_TAKE = Many(
    delete(_KEY).where(
        _KEY.c.connection_id == bindparam("connection_id"),
        _KEY.c.key == bindparam("key"),
        _KEY.c.record_id == bindparam("record_id"),
    )
)
_TOGETHER = {key: group for group in FOUND_BY for key in group}


def move(db: Connection, connection_id: int, side: Side, of_record: Mapping[int, Moved]) -> None:
    """Records that showed one thing and now show another are found by that."""
    gone: list[dict[str, int]] = []
    come: list[dict[str, int]] = []
    here = on(side, 0)
    for record, (before, after, changed) in of_record.items():
        for group in {_TOGETHER[key] for key in changed if key in _TOGETHER}:
            were, are = _found_by(group, before), _found_by(group, after)
            gone += [_row(connection_id, key | here, record) for key in were - are]
            come += [_row(connection_id, key | here, record) for key in are - were]
    _TAKE.execute(db, gone)
    _PUT.execute(db, come)


def _found_by(group: tuple[str, ...], fields: Fields) -> frozenset[Key]:
    return _for_showing(group, tuple([fields.get(key, "") for key in group]))


@lru_cache(maxsize=KEPT)
def _for_showing(group: tuple[str, ...], values: tuple[Value, ...]) -> frozenset[Key]:
    """What a record is found by for showing these values; what is carried across was and is the same on both sides."""
    return frozenset(FOUND_BY[group](dict(zip(group, values, strict=True))))


def _row(connection_id: int, key: int, record: int) -> dict[str, int]:
    return {"connection_id": connection_id, "key": key, "record_id": record}


def count(db: Connection, connection_id: int, keys: Collection[int]) -> Iterator[tuple[int, Found]]:
    """What each of these keys finds; one that finds nothing is left out."""
    record = of(MatchKeyRow).c.record_id
    columns = (func.count(), func.min(record), func.max(record))
    for row in _rows(db, connection_id, keys, *columns):
        yield row[0], Found(*row[1:])


def find(db: Connection, connection_id: int, side: Side, keys: Collection[Key]) -> dict[Key, list[int]]:
    """The records of this side that each of these keys finds."""
    found: dict[Key, list[int]] = {}
    for key, record in _rows(db, connection_id, [on(side, key) for key in keys], of(MatchKeyRow).c.record_id):
        found.setdefault(off(key), []).append(record)
    return found


def within(db: Connection, connection_id: int, side: Side, few: int, most: int) -> dict[Key, list[int]]:
    """Keys that find more than one record of this side, but only a few: at most so many keys, each with its records."""
    table = of(MatchKeyRow)
    record, number = table.c.record_id, func.count()
    here = (table.c.connection_id == connection_id) & (table.c.key.bitwise_and(1) == on(side, 0))
    query = select(table.c.key, number, func.min(record), func.max(record)).where(here).group_by(table.c.key)
    rows = db.execute(query.having(number.between(2, few)).order_by(table.c.key).limit(most)).all()
    pairs = {off(key): [first, last] for key, count, first, last in rows if count == 2}
    return pairs | find(db, connection_id, side, [off(row[0]) for row in rows if row[1] > 2])


def first(db: Connection, connection_id: int, key: int, limit: int) -> list[int]:
    """The first few records that a key finds."""
    table = of(MatchKeyRow)
    query = select(table.c.record_id).where(table.c.connection_id == connection_id, table.c.key == key)
    return list(db.scalars(query.order_by(table.c.record_id).limit(limit)))


def _rows(db: Connection, connection_id: int, keys: Collection[int], *columns: Any) -> Iterator[Any]:
    """Rows of these keys, each with its key; counted columns are counted by key."""
    table = of(MatchKeyRow)
    listed = sorted(keys)
    for start in range(0, len(listed), CHUNK):
        few = table.c.key.in_(bindparam("keys", listed[start : start + CHUNK], expanding=True, literal_execute=True))
        query = select(table.c.key, *columns).where(table.c.connection_id == connection_id, few)
        yield from db.execute(query.group_by(table.c.key) if len(columns) > 1 else query).all()
