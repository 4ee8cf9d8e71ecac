"""Statements that are compiled once: they find and write what SQLAlchemy's own way would."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

from reconciler.store.codec import as_text
from reconciler.store.compiled import Many, Rows, among
from reconciler.store.json_text import decode
from reconciler.store.last_seen import HERE
from reconciler.store.tables import RecordRow, of
from reconciler.store.types import UtcDateTime, time_in
from tests.engine.bench import make_database

NOON = datetime(2026, 3, 2, 12, 0, 0, 123_456, tzinfo=UTC)
THING = Table(
    "thing",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", String(40)),
    Column("at", UtcDateTime()),
    Column("shown", JSON),
    Column("known", Boolean),
)
ADD = Many(insert(THING).inline(), "id", "name", "at", "shown")
BY_ID = Rows(select(THING.c.id, THING.c.name).where(among(THING.c.id, "ids")))
BY_NAME = Rows(select(THING.c.id).where(among(THING.c.name, "names"), THING.c.id != literal(7)))
ADD_KNOWN = Many(insert(THING).inline().values(name="always", shown={"said": []}), "id", "at", "known")
WHOLE = Rows(select(THING.c.at, as_text(THING.c.shown)).where(THING.c.id == bindparam("id")))


@pytest.fixture
def db(database: Engine) -> Iterator[Connection]:
    with database.connect() as connection:
        THING.create(connection)
        yield connection
        connection.rollback()


def test_what_was_written_is_found_by_a_list_of_numbers_or_of_texts(db: Connection) -> None:
    ADD.execute(db, [thing(1, "here"), thing(2, 'it\'s "there", {1}'), thing(3, "Zoë")])
    assert sorted(BY_ID.all(db, ids=[1, 3, 99])) == [(1, "here"), (3, "Zoë")]
    assert BY_NAME.all(db, names=['it\'s "there", {1}']) == [(2,)]
    assert BY_ID.all(db, ids=[2])[0].name == 'it\'s "there", {1}'


def test_a_list_may_be_empty_or_longer_than_any_statement_takes_parameters(db: Connection) -> None:
    ADD.execute(db, [thing(1, "here")])
    assert BY_ID.all(db, ids=[]) == BY_NAME.all(db, names=[]) == []
    assert BY_ID.all(db, ids=range(1, 100_001)) == [(1, "here")]


def test_a_time_and_json_come_back_as_they_went_in(db: Connection) -> None:
    ADD.execute(db, [thing(1, "here")])
    (row,) = WHOLE.all(db, id=1)
    assert time_in(row.at) == NOON
    assert decode(row.shown) == {"name": "here", "group": ["a", ""]}


def test_a_statement_may_bring_values_of_its_own(db: Connection) -> None:
    ADD_KNOWN.execute(
        db, [{"id": number, "at": NOON, "known": known} for number, known in enumerate((True, False, None))]
    )
    found = db.execute(select(THING).order_by(THING.c.id)).all()
    assert [(row.id, row.known) for row in found] == [(0, True), (1, False), (2, None)]
    assert {(row.name, str(row.shown), row.at) for row in found} == {("always", "{'said': []}", NOON)}


def test_nothing_to_write_asks_nothing(db: Connection) -> None:
    ADD.execute(db, [])
    assert db.scalar(text("SELECT count(*) FROM thing")) == 0


def test_what_the_driver_refuses_is_told_as_sqlalchemy_tells_it(db: Connection) -> None:
    ADD.execute(db, [thing(1, "here")])
    with pytest.raises(DBAPIError):
        ADD.execute(db, [thing(1, "again")])


def test_an_error_met_while_rows_are_fetched_is_told_so_too() -> None:
    """SQLite finds rows as they are asked for: the second may fail where the first did not."""
    engine = make_database()
    given = func.json_each(bindparam("given")).table_valued("value")
    rows = Rows(select(func.abs(given.c.value).label("size")))
    with engine.connect() as db, pytest.raises(DBAPIError, match="integer overflow"):
        rows.all(db, given=f"[1, {-(2**63)}]")
    engine.dispose()


def test_records_are_looked_up_by_their_address() -> None:
    """A truth compared with a number, as SQLAlchemy writes one for SQLite, would have every record looked at."""
    engine = make_database()
    asked = str(select(of(RecordRow).c.id).where(HERE).compile(dialect=engine.dialect))
    with engine.connect() as db:
        (plan, *_) = db.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", (1, "xero", "[]")).all()
    engine.dispose()
    assert "(connection_id=? AND side=? AND ref=?)" in plan[3]


def thing(number: int, name: str) -> dict[str, Any]:
    return {"id": number, "name": name, "at": NOON, "shown": {"name": name, "group": ("a", "")}}
