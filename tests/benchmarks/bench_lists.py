"""Every list of the portal with 100,000 links and 20,000 conflicts: server time of its queries."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, insert
from sqlalchemy.orm import Session

from reconciler.core.model import Ref, Side
from reconciler.queries import conflicts, events, overview, records, rules, runs
from reconciler.queries.conflicts import Filters
from reconciler.store.tables import Base, ConflictRow, EventRow, LinkRow, RecordRow, RunRow
from tests.benchmarks.measured import Measured
from tests.portal import world

LINKS = 100_000
CONFLICTS = 20_000
PROMISE = "under 100"


def measure() -> Iterator[Measured]:
    """The quickest of three readings of each list, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{Path(folder) / 'concord.db'}")
        fill(engine)
        for name, read in LISTS.items():
            quickest = min(seconds(engine, read) for _ in range(3))
            yield Measured(f"list with 100,000 links: {name}", quickest * 1000, "ms", PROMISE)
        engine.dispose()


def seconds(engine: Engine, read: Callable[[Session], object]) -> float:
    with Session(engine) as session:
        start = time.perf_counter()
        read(session)
        return time.perf_counter() - start


def fill(engine: Engine) -> None:
    """Make a book of 100,000 customers."""
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        world.fill(session)
        for start in range(1_000, 1_000 + LINKS, 10_000):
            numbers = range(start, start + 10_000)
            session.execute(insert(LinkRow), [link(number) for number in numbers])
            session.execute(insert(RecordRow), [record(number, side) for number in numbers for side in Side])
        session.execute(insert(ConflictRow), [conflict(number) for number in range(1_000, 1_000 + CONFLICTS)])
        session.execute(insert(RunRow), [run(number) for number in range(5_000)])
        session.execute(insert(EventRow), [event(number) for number in range(5_000)])
        session.commit()
        session.connection().exec_driver_sql("ANALYZE")


def link(number: int) -> dict[str, Any]:
    fields = world.shared_fields(number, f"Customer {number}")
    return {
        "id": number, "connection_id": 1, "kind": "customer", "salesforce": world.salesforce_id(number),
        "xero": world.xero_id(number), "status": "active", "baseline_salesforce": fields, "baseline_xero": fields,
        "pending": number % 1_000 == 0, "created_at": world.NOW,
    }  # fmt: skip


def record(number: int, side: Side) -> dict[str, Any]:
    ref = world.salesforce_id(number) if side is Side.SALESFORCE else world.xero_id(number)
    return {
        "connection_id": 1, "side": side.value, "ref": ref, "kind": "customer", "link_id": number, "version": "v",
        "changed_at": world.NOW, "edited_at": world.NOW, "read_at": world.NOW, "status": "active", "pending": False,
        "fields": world.shared_fields(number, f"Customer {number}"), "name_key": f"customer {number}",
    }  # fmt: skip


def conflict(number: int) -> dict[str, Any]:
    status = ("open", "decided", "closed")[number % 3]
    return {
        "connection_id": 1, "link_id": number, "kind": "customer", "field": ("phone", "fax")[number % 2],
        "salesforce": world.salesforce_id(number), "xero": world.xero_id(number), "name": f"Customer {number}",
        "status": status, "reason": "clash", "values": {"salesforce": "1", "xero": "2"}, "baseline": {}, "edited": {},
        "value": None, "by": "rule" if status == "decided" else "", "opened_at": world.NOW, "run_id": 3,
    }  # fmt: skip


def run(number: int) -> dict[str, Any]:
    return {
        "connection_id": 1,
        "asked_at": world.NOW,
        "status": "done",
        "report": world.report(),
        "asked_by": "schedule",
    }


def event(number: int) -> dict[str, Any]:
    return {"connection_id": 1, "at": world.NOW, "by": "Ada", "what": "rules.saved"}


LISTS: dict[str, Callable[[Session], object]] = {
    "overview": lambda session: overview.overview(session, 1),
    "menu": lambda session: overview.waiting(session, 1),
    "queue": lambda session: conflicts.conflicts(session, 1),
    "queue, far along": lambda session: conflicts.conflicts(session, 1, after=15_000),
    "queue, by name": lambda session: conflicts.conflicts(session, 1, filters=Filters(text="Customer 20999")),
    "decided without asking": lambda session: conflicts.conflicts(session, 1, "unasked"),
    "facets": lambda session: conflicts.facets(session, 1),
    "tabs": lambda session: [conflicts.count(session, 1, each) for each in conflicts.LISTS],
    "timeline": lambda session: runs.timeline(session, 1),
    "activity": lambda session: events.events(session, 1),
    "a record": lambda session: records.record(session, 1, Ref(Side.XERO, world.xero_id(50_000))),
    "records": lambda session: records.listed(session, 1),
    "records, far along": lambda session: records.listed(session, 1, after=90_000),
    "search by name": lambda session: records.search(session, 1, "omer 7654"),
    "search by id": lambda session: records.search(session, 1, world.xero_id(50_000)),
    "directions": lambda session: rules.kinds(session, 1),
}
