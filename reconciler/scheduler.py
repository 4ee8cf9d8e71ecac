"""The scheduler: looks every second for connections that are due or asked for, and runs each in its own thread.

Where several machines share the work it only queues what is due, and workers run what is queued.

APScheduler only ticks.  Schedules and requests are rows, read anew at each tick, so that a change needs no restart; and
because a shared job store fires twice when two processes use it (measured), what makes a run single is the
connection's lease.  Any number of schedulers is harmless.
"""

from __future__ import annotations

import concurrent.futures
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from apscheduler.executors.pool import BasePoolExecutor, ThreadPoolExecutor
from apscheduler.schedulers.base import BaseScheduler
from sqlalchemy import ColumnElement, Engine, and_, exists, insert, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.errors import ReconcilerError
from reconciler.running import SCHEDULE, Asked, Works, run
from reconciler.store.due import compares_now
from reconciler.store.tables import ConnectionRow, HeartbeatRow, LeaseRow, RunRow

log = logging.getLogger(__name__)

TICK_SECONDS = 1
MAIL_SECONDS = 20
WORKERS = 8


Finder = Callable[[Engine, datetime], list[tuple[int, int | None]]]


class _Runs(BasePoolExecutor):  # type: ignore[misc]
    """The runs' own threads, so that a scheduler that shuts down waits for them."""

    def __init__(self, pool: concurrent.futures.ThreadPoolExecutor) -> None:
        super().__init__(pool)


class Dispatcher:
    """Starts what `find` names; remembers only what this process is running, so as not to start it twice itself."""

    def __init__(
        self, works: Works, scheduler: BaseScheduler, find: Finder | None = None, name: str = "scheduler"
    ) -> None:
        self._works, self._scheduler = works, scheduler
        self._find, self._name = find or due, name
        self._pool = concurrent.futures.ThreadPoolExecutor(WORKERS)
        self._running: set[int] = set()
        self._lock = threading.Lock()

    def start(self) -> None:
        """Add the tick; the scheduler itself is started by the caller."""
        self._scheduler.add_executor(_Runs(self._pool), "runs")
        self._scheduler.add_job(
            self.tick,
            "interval",
            seconds=TICK_SECONDS,
            id="tick",
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )

    def deliver(self, look: Callable[[], int]) -> None:
        """Tell people what has changed, beside the runs and never in their way."""

        def safely() -> None:
            try:
                look()
            except Exception:
                log.exception("mail.failed")

        self._scheduler.add_executor(ThreadPoolExecutor(1), "mail")
        self._scheduler.add_job(safely, "interval", seconds=MAIL_SECONDS, id="mail", executor="mail", coalesce=True)

    def tick(self) -> None:
        """Look once, and start what is due."""
        with self._works.engine.begin() as db:
            beat(db, self._name, self._works.clock.now())
        for connection_id, run_id in self._find(self._works.engine, self._works.clock.now()):
            with self._lock:
                if connection_id in self._running:
                    continue
                self._running.add(connection_id)
            # Not as a job of the scheduler's: while it shuts down it holds the lock that adding one needs (tried).
            with suppress(RuntimeError):
                self._pool.submit(self._run, connection_id, run_id)

    def _run(self, connection_id: int, run_id: int | None) -> None:
        try:
            report = run(self._works, connection_id, Asked(by=SCHEDULE), run_id=run_id)
            ended = {name: report.get(name) for name in ("status", "seconds")}
            log.info("run.ended", extra={"connection": connection_id, "run": report["run_id"], **ended})
        except ReconcilerError as error:
            # Its sentence may quote a vendor: it is kept with the run, and only its kind is logged.
            facts = {"connection": connection_id, "run": run_id, "error": type(error).__name__}
            log.error("run.failed", extra=facts)  # noqa: TRY400
        except Exception:
            log.exception("run.failed", extra={"connection": connection_id, "run": run_id})
        finally:
            with self._lock:
                self._running.discard(connection_id)


def due(engine: Engine, now: datetime) -> list[tuple[int, int | None]]:
    """Connections to run now, each with the run that was asked for, if one was; a paused one waits."""
    found = dict(queued(engine, now))
    with engine.connect() as db:
        for connection_id in db.scalars(select(ConnectionRow.id).where(_scheduled(now))):
            found.setdefault(connection_id, None)
    return list(found.items())


def queued(engine: Engine, now: datetime) -> list[tuple[int, int | None]]:
    """Connections with a run that was asked for, each with its first: a worker's share; a paused one waits."""
    asked = select(RunRow.connection_id, RunRow.id).join(ConnectionRow, ConnectionRow.id == RunRow.connection_id)
    found: dict[int, int | None] = {}
    with engine.connect() as db:
        for connection_id, run_id in db.execute(
            asked.where(RunRow.status == "queued", _awake(now)).order_by(RunRow.id)
        ):
            found.setdefault(connection_id, run_id)
    return list(found.items())


def defer(engine: Engine, now: datetime) -> list[tuple[int, int | None]]:
    """Queue a run for each connection that is due and neither queued nor being run; nothing is left to start here."""
    waiting = exists().where(RunRow.connection_id == ConnectionRow.id, RunRow.status == "queued")
    held = exists().where(LeaseRow.connection_id == ConnectionRow.id, LeaseRow.expires_at > now)
    with engine.begin() as db:
        for connection_id in list(db.scalars(select(ConnectionRow.id).where(_scheduled(now), ~waiting, ~held))):
            full = compares_now(db, connection_id, now)
            row = {"asked_at": now, "asked_by": SCHEDULE, "do": "run", "full": full, "status": "queued"}
            db.execute(insert(RunRow).values(connection_id=connection_id, progress={}, report={}, **row))
    return []


def _awake(now: datetime) -> ColumnElement[bool]:
    ended = and_(ConnectionRow.paused_until.is_not(None), ConnectionRow.paused_until <= now)
    return or_(ConnectionRow.paused_at.is_(None), ended)


def _scheduled(now: datetime) -> ColumnElement[bool]:
    return and_(_awake(now), or_(ConnectionRow.next_run_at.is_(None), ConnectionRow.next_run_at <= now))


def beat(db: Any, name: str, now: datetime) -> None:
    """Say that this process is alive."""
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    row = dialect.insert(HeartbeatRow).values(name=name, at=now)
    db.execute(row.on_conflict_do_update(index_elements=["name"], set_={"at": now}))
