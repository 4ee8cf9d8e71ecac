"""Bring a database from one schema to another; Alembic runs this file, with or without Flask.

The tables come from `reconciler.store.tables` and the address from the settings, unless the caller hands in an open
connection (`config.attributes["connection"]`).  One transaction holds a whole upgrade, and a second process that
starts on the same empty database waits for the first and finds nothing left to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from reconciler import settings
from reconciler.store.database import make_engine
from reconciler.store.tables import Base
from reconciler.store.types import UtcDateTime

# Any number that nothing else in the database uses as an advisory lock.
UPGRADE_LOCK = 0x436F6E63


def run() -> None:
    """Migrate what was handed in, or what the settings name."""
    given = context.config.attributes.get("connection")
    if context.is_offline_mode():
        configure(url=settings.load().database_url, literal_binds=True)
        with context.begin_transaction():
            context.run_migrations()
    elif given is not None:
        migrate(given)
    else:
        with make_engine(settings.load().database_url).connect() as connection:
            migrate(connection)


def migrate(connection: Connection) -> None:
    """Run the migrations in one transaction that nobody else can be in."""
    with foreign_keys_off(connection):
        # SQLite can roll back a change of schema; Alembic assumes otherwise.
        configure(connection=connection, transactional_ddl=True)
        with context.begin_transaction():
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})")
            context.run_migrations()


def configure(**how: Any) -> None:
    """Tell Alembic what to compare with, and to rebuild tables where SQLite cannot alter them."""
    context.configure(target_metadata=Base.metadata, render_as_batch=True, render_item=render_item, **how)


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our time type as what it is in the database: a revision must not change with the code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """Switch SQLite's foreign keys off, for a rebuilt table is dropped and its children would be deleted with it.

    The pragma does nothing inside a transaction, so it goes past SQLAlchemy, which would open one.
    """
    raw = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite" or raw is None:
        yield
        return
    (before,) = raw.execute("PRAGMA foreign_keys").fetchone()
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.execute(f"PRAGMA foreign_keys={before}")


run()
