"""For the tests whose conftest takes this fixture in: each is run on both databases, on PostgreSQL slowly."""

from __future__ import annotations

from collections.abc import Callable

import pytest


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.prove)])
def new_database(request: pytest.FixtureRequest, new_database: Callable[[], str]) -> Callable[[], str]:
    """Say where an empty database is, another each time it is called."""
    fresh: Callable[[], str]
    fresh = request.getfixturevalue("fresh_postgres") if request.param == "postgresql" else new_database
    return fresh
