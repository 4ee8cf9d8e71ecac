"""Both simulators, and a connection of their own between them, for check-ups."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.adapters.wired import Wired, wired
from tests.engine.bench import make_database


@pytest.fixture(scope="session")
def world() -> Iterator[Wired]:
    with wired() as both:
        yield both


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    made = make_database()
    yield made
    made.dispose()
