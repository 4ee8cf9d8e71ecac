"""Both simulators and one database, for as many stories as the tests tell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.adapters.wired import Wired
from tests.e2e.live import stage


@pytest.fixture(scope="session")
def theatre() -> Iterator[tuple[Wired, Engine]]:
    with stage() as both:
        yield both
