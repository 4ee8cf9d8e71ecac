"""What the steps of one run work with, made once and handed on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, Engine

from reconciler.core.model import ClockReading, Ref, Side
from reconciler.core.plan import CannotHold
from reconciler.core.schema import Rules
from reconciler.ports import Clock, Gateway
from reconciler.store import connections
from reconciler.store.connections import ConnectionState
from reconciler.store.lease import Lease
from reconciler.store.waiting import Here

# A crash test stops the run at one of these by raising from `at`; nothing else ever does.
CRASH_POINTS = ("after_intent", "after_send", "before_settle", "after_adopt", "after_observe")


@dataclass(slots=True)
class Tally:
    """What a run has opened, decided and closed, and what it set aside because the ground had moved."""

    opened: int = 0
    decided: int = 0
    closed: int = 0
    questions: int = 0
    rejections: int = 0
    moved: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Context:
    """One run: its connection as it was when it began, its gateways, its lease, and its running tally.

    `read_at[side]` is when this run's reading of that side began, on that side's clock; `read_again` when single
    records were read once more since.  `quoted` is how many clashes this run has asked Xero's history about.
    `only_writes` counts, for each link about which this run's plan decided nothing but writes, those still to be
    settled: until then there is nothing to conclude, and then it rests, unless it has shown anything else meanwhile.
    """

    engine: Engine
    connection: ConnectionState
    rules: Rules
    gateways: Mapping[Side, Gateway]
    clock: Clock
    lease: Lease
    run_id: int
    cannot_hold: CannotHold
    request_timeout: float
    progress: Callable[[Connection, str, int, int], None]
    at: Callable[[str], None] = lambda _point: None
    clocks: dict[Side, ClockReading] = field(default_factory=dict)
    read_at: dict[Side, datetime] = field(default_factory=dict)
    read_again: dict[Ref, datetime] = field(default_factory=dict)
    only_writes: dict[int, int] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    quoted: int = 0

    @property
    def here(self) -> Here:
        """Where and when things are noted."""
        return Here(self.connection.id, self.run_id, self.clock.now())

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that only the holder of the lease can commit."""
        with self.engine.begin() as db:
            self.lease.fence(db)
            yield db

    def rules_stand(self, db: Connection) -> bool:
        """Whether nobody has saved other rules since the run began: nothing is written, or rests, by the old ones."""
        return connections.rules_version(db, self.connection.id) == self.connection.rules_version

    def look_closely(self, links: Iterable[int]) -> None:
        """These links have shown something that was not known when they were decided about."""
        for link in links:
            self.only_writes.pop(link, None)

    def may_write(self, side: Side) -> bool:
        """Whether writes to this side are not paused, as of when the run began."""
        return not (self.connection.paused or self.connection.sides[side].paused)
