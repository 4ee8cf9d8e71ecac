"""A fresh bench for each test, over one database for all of them: SQLite, and slowly PostgreSQL too."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from tests.databases import new_database
from tests.engine.bench import Bench, make_database

__all__ = ["bench", "database", "new_database"]


@pytest.fixture(scope="session")
def database(new_database: Callable[[], str]) -> Iterator[Engine]:
    engine = make_database(new_database())
    yield engine
    engine.dispose()


@pytest.fixture
def bench(database: Engine) -> Iterator[Bench]:
    one = Bench(database)
    yield one
    one.forget()
