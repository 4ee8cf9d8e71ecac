"""Large connections at rest, for figures about store, journal and engine: both sides are kept in memory."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from reconciler.core.model import SIDES, Record, Side, Value
from reconciler.mapping.shipped import CUSTOMER
from reconciler.ports import Page
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
