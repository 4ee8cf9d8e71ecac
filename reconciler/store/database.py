"""Engines and transactions that behave alike on SQLite and PostgreSQL.

SQLite: WAL, foreign keys, 30 s of patience (`?timeout=` in the URL says otherwise), and every transaction that may
write opens with BEGIN IMMEDIATE; an upgrade from a read lock in mid-transaction fails at once, whatever the patience
(tried).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from reconciler.errors import Usage
from reconciler.store.compiled import driver_cursor
from reconciler.store.json_text import decode, encode

PATIENCE = 30  # seconds
_READING: ContextVar[bool] = ContextVar("reading", default=False)


def make_engine(url: str) -> Engine:
    """Open the database that `url` names; the folder of an SQLite file is made when it is missing.

    Raises `Usage` for an address that names none; the address itself is not told, it may hold a password.
    """
    try:
        parsed = make_url(url)
        sqlite = parsed.get_backend_name() == "sqlite"
        if sqlite and parsed.database and parsed.database != ":memory:":
            _folder_of(parsed.database)
        reads: dict[str, Any] = {"json_deserializer": decode} if sqlite else {}
        engine = create_engine(parsed, hide_parameters=True, json_serializer=encode, **reads)
    except (ArgumentError, ModuleNotFoundError):
        raise Usage(
            "CONCORD_DATABASE_URL is not the address of a database that Concord can use.",
            remedy="Write sqlite:///path/to/file.db or postgresql+psycopg://name:password@host/database.",
        ) from None
    prepare(engine)
    return engine


def _folder_of(path: str) -> None:
    from pathlib import Path

    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Usage(
            f"The folder of the database cannot be made ({error.strerror}: {Path(path).parent}).",
            remedy="Name another file in CONCORD_DATABASE_URL, or give this user the right to write there.",
        ) from error


def prepare(engine: Engine) -> None:
    """Give an engine made elsewhere (Flask-SQLAlchemy's) the same habits."""
    if engine.dialect.name != "sqlite":
        return
    patience = float(str(engine.url.query.get("timeout", PATIENCE)))
    event.listen(engine, "connect", partial(_configure, patience))
    event.listen(engine, "begin", _begin)


def _configure(patience: float, connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver opens no transactions of its own: _begin does
    cursor = connection.cursor()
    waits = f"busy_timeout={round(patience * 1000)}"
    # Rows of last seen take more than 1 KB: in pages of 8 KB, as new files get, a run writes half as often.  What it
    # writes again and again is copied into the file once, when the log holds 32 MB of it.
    pages = ("page_size=8192", "wal_autocheckpoint=4000", "cache_size=-32000")
    for pragma in (waits, *pages, "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    text = "BEGIN" if _READING.get() else "BEGIN IMMEDIATE"
    with driver_cursor(connection, text) as cursor:
        cursor.execute(text)


@contextmanager
def reading() -> Iterator[None]:
    """Transactions opened in here only read: they neither wait for a writer nor keep one waiting."""
    token = _READING.set(True)
    try:
        yield
    finally:
        _READING.reset(token)
