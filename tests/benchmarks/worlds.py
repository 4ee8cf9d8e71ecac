"""Large connections at rest, for figures about store, journal and engine: both sides are kept in memory."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Engine

from reconciler.adapters.memory import MemoryGateway
from reconciler.core.model import SIDES, Record, Side, Value
from reconciler.mapping.shipped import CUSTOMER
from reconciler.ports import Answer, Batch, Page
from reconciler.store import connections, folding, links
from reconciler.store.database import make_engine
from reconciler.store.tables import Base
from tests.e2e.live import limitless
from tests.engine.bench import Bench

PACE = 3.0  # seconds that a request takes by the world's clock: a probe then finds no more than at a vendor


@contextmanager
def database() -> Iterator[Engine]:
    """An SQLite file with the product's own habits."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'concord.sqlite'}")
        Base.metadata.create_all(engine)
        yield engine
        engine.dispose()


class Apart:
    """A gateway that keeps apart the time that its side takes: at a vendor's that is no time of this machine's."""

    def __init__(self, gateway: MemoryGateway) -> None:
        self._gateway, self.seconds = gateway, 0.0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._gateway, name)

    def changes(self, *asked: Any) -> Iterator[Page]:
        """Each page, asked for apart."""
        pages = self._gateway.changes(*asked)
        while (page := self._apart(next, pages, None)) is not None:
            yield page

    def read(self, *asked: Any) -> Page:
        """Records by id."""
        return self._apart(self._gateway.read, *asked)

    def send(self, batch: Batch) -> Answer:
        """A batch carried out."""
        return self._apart(self._gateway.send, batch)

    def _apart(self, do: Callable[..., Any], *asked: Any) -> Any:
        started = time.perf_counter()
        try:
            return do(*asked)
        finally:
            self.seconds += time.perf_counter() - started


class Stopwatch:
    """The time that is a run's own: what the sides take is left out."""

    def __init__(self, bench: Bench) -> None:
        self._sides = [cast("Apart", gateway) for gateway in bench.gateways.values()]
        self._started = self._now()

    def _now(self) -> float:
        return time.perf_counter() - sum(side.seconds for side in self._sides)

    def seconds(self) -> float:
        """Since it was made."""
        return self._now() - self._started


def fields(number: int) -> dict[str, Value]:
    """Ten values of one customer, two of them addresses."""
    return {
        "name": f"Customer {number:07}",
        "account_number": f"C-{number:07}",
        "email": f"office{number}@customer.example",
        "phone": f"+64 9 {number:07}",
        "fax": f"+64 4 {number:07}",
        "website": f"https://customer{number}.example",
        "tax_number": f"{number:09}",
        "billing": (f"{number} Quay Street", "Auckland", "", "1010", "New Zealand"),
        "shipping": (f"{number} Dock Road", "Auckland", "", "1011", "New Zealand"),
    }


def at_rest(engine: Engine, count: int) -> Bench:
    """So many customers, equal on both sides, linked, with nothing waiting: as a first sync leaves them."""
    bench = Bench(engine, kind=limitless(CUSTOMER))
    bench.gateways = {side: Apart(gateway) for side, gateway in bench.gateways.items()}  # type: ignore[misc]
    for number in range(count):
        bench.pair(**fields(number))  # type: ignore[arg-type]
    bench.at = lambda point: bench.clock.advance(PACE if point == "after_send" else 0.0)
    bench.clock.advance(3_600)
    records = {side: list(bench.worlds[side].records.values()) for side in SIDES}
    with engine.begin() as db:
        for side in SIDES:
            folding.fold(db, bench.id, bench.kind, Page(records[side], bench.clock.now()), None)
            connections.set_side(db, bench.id, side, read_up_to=bench.clock.now(), read_at=bench.clock.now())
        _link(bench, db, list(zip(*records.values(), strict=True)))
    bench.clock.advance(3_600)
    assert bench.run()["calls"] == {"salesforce": 1, "xero": 1}
    return bench


def _link(bench: Bench, db: object, pairs: list[tuple[Record, ...]]) -> None:
    for start in range(0, len(pairs), 500):
        few = [dict(zip(SIDES, pair, strict=True)) for pair in pairs[start : start + 500]]
        refs = [{side: record.ref for side, record in pair.items()} for pair in few]
        made = links.make(db, bench.id, bench.kind.kind, refs, bench.clock.now())  # type: ignore[arg-type]
        shown = [{side: record.fields for side, record in pair.items()} for pair in few]
        moves = dict(zip(made, shown, strict=True))
        links.move_baselines(db, moves, bench.clock.now(), made)  # type: ignore[arg-type]


def everybody_edits(bench: Bench, side: Side, key: str, text: str) -> int:
    """Each customer is given another value on one side; returns how many there are."""
    bench.clock.advance(3_600)
    for number, record_id in enumerate(list(bench.worlds[side].records)):
        bench.worlds[side].edit(record_id, {key: text.format(number)})
    return len(bench.worlds[side].records)
