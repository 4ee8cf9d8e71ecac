"""The portal's world, read without a portal, on SQLite and slowly on PostgreSQL too."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.databases import new_database
from tests.engine.bench import make_database
from tests.portal import world

__all__ = ["filled", "new_database", "session"]


@pytest.fixture(scope="session")
def filled(new_database: Callable[[], str]) -> Iterator[Engine]:
    """The world, written once."""
    engine = make_database(new_database())
    with Session(engine) as session:
        world.fill(session)
    yield engine
    engine.dispose()


@pytest.fixture
def session(filled: Engine) -> Iterator[Session]:
    """A session whose commits are taken back when the test ends."""
    with filled.connect() as db, db.begin() as outer:
        with Session(db, join_transaction_mode="create_savepoint") as session:
            yield session
        outer.rollback()
