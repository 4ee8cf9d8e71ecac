"""Both simulators, and five customers that are linked and agree, for each story."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.adapters.wired import Wired
from tests.e2e.live import Live, stage

Begin = Callable[..., Live]


@pytest.fixture(scope="session")
def both() -> Iterator[tuple[Wired, Engine]]:
    with stage() as ready:
        yield ready


@pytest.fixture
def begin(both: tuple[Wired, Engine]) -> Begin:
    """So many linked customers, at rest."""

    def begun(records: int = 5, **rules: Any) -> Live:
        world, engine = both
        world.clock.advance(86_400)
        live = Live(world.reset("synced", records), engine, **rules)
        live.run()
        live.run(later=3600)
        return live

    return begun
