"""One empty database for all tests of the store that ask for it: SQLite, and slowly PostgreSQL too."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine

from tests.databases import new_database
from tests.engine.bench import make_database

__all__ = ["database", "new_database"]


@pytest.fixture(scope="session")
def database(new_database: Callable[[], str]) -> Iterator[Engine]:
    engine = make_database(new_database())
    yield engine
    engine.dispose()
