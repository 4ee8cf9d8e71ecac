"""Both simulators, and a connection between them that may not write yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, update

from reconciler.core.model import Side
from reconciler.store.tables import ConnectionRow, SideRow
from tests.adapters.wired import Wired, wired
from tests.e2e.live import Live
from tests.engine.bench import make_database

Begin = Callable[..., Live]


@pytest.fixture(scope="session")
def world() -> Iterator[Wired]:
    with wired() as both:
        yield both


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    made = make_database()
    yield made
    made.dispose()


@pytest.fixture
def begin(world: Wired, engine: Engine) -> Begin:
    """A new story on both sides, connected and read-only."""

    def begun(scenario: str, records: int) -> Live:
        world.clock.advance(86_400)
        live = Live(world.reset(scenario, records), engine)
        with engine.begin() as db:
            here = update(ConnectionRow).where(ConnectionRow.id == live.id)
            db.execute(here.values(activated_at=None, activated_by=""))
            for side in Side:
                where = (SideRow.connection_id == live.id) & (SideRow.side == side.value)
                db.execute(update(SideRow).where(where).values(remaining_day=5_000))
        return live

    return begun
