"""The twins that the tests end to end share; each test begins by resetting them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

import tests.e2e.twins
from tests.adapters.wired import Wired
from tests.e2e.live import stage
from tests.e2e.twins import Twins


@pytest.fixture(scope="session")
def world() -> Iterator[Twins]:
    """Both simulators, started once."""
    with tests.e2e.twins.twins() as both:
        yield both


@pytest.fixture(scope="module")
def twins() -> Iterator[tuple[Wired, Engine]]:
    """Both simulators and a database, for the stories of one module."""
    with stage() as one:
        yield one
