"""One run at a time per connection: an expiring lease with a fencing token.

The token grows with every holder; whoever was asleep past its lease finds another token in the row, sends nothing
more and settles nothing.  A holder on this host whose process is gone is succeeded at once.
"""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.errors import Busy, Lost
from reconciler.ports import Clock
from reconciler.store.compiled import Rows
from reconciler.store.tables import LeaseRow, of
from reconciler.store.types import time_in

LIFE = timedelta(seconds=60)
RENEW_AFTER = 15.0  # seconds


@dataclass(frozen=True, slots=True)
class Process:
    """Who holds a lease: enough to know whether it still lives, on the same host only."""

    host: str
    boot: str
    pid: int
    started: str

    @classmethod
    def this(cls) -> Process:
        """The process we are in."""
        return cls(platform.node(), _boot(), os.getpid(), _started(os.getpid()))

    def is_gone(self, seen_from: Process) -> bool:
        """Whether this process has certainly ended, as far as `seen_from` can tell; False when it cannot."""
        if self.host != seen_from.host or not self.boot:
            return False
        return self.boot != seen_from.boot or _started(self.pid) != self.started


def _boot() -> str:
    return _text("/proc/sys/kernel/random/boot_id")


def _started(pid: int) -> str:
    """Start time of a process in clock ticks since boot: tells two processes of one number apart."""
    stat = _text(f"/proc/{pid}/stat")
    return stat.rpartition(")")[2].split()[19] if stat else ""


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


class Lease:
    """The right to run one connection, held from `acquire` to `release`.

    `succeeded` tells how it was had: "free", "dead" (the last holder's process is gone) or "expired" (it may yet wake).
    """

    def __init__(self, engine: Engine, connection_id: int, clock: Clock, process: Process | None = None) -> None:
        self._engine, self._connection_id, self._clock = engine, connection_id, clock
        self._process = process or Process.this()
        self.token = 0
        self.succeeded = "free"
        self._until = 0.0  # monotonic
        self._renewed = 0.0

    def acquire(self) -> None:
        """Take the lease; raises Busy while a living holder has it."""
        me = self._process
        with self._engine.begin() as db:
            _ensure(db, self._connection_id)
            (row,) = _LOCKED.all(db, connection=self._connection_id)
            now = self._clock.now()
            if row.holder:
                last = Process(row.host, row.boot, row.pid, row.pid_started)
                expired = row.expires_at is None or time_in(row.expires_at) <= now
                if not expired and not last.is_gone(me):
                    raise Busy(
                        f"Another run of this connection is under way (process {row.pid} on {row.host}).",
                        remedy="Wait for it to end, or pass --wait SECONDS.",
                    )
                self.succeeded = "dead" if last.is_gone(me) else "expired"
            self.token = row.token + 1
            values = {
                "holder": f"{me.host}:{me.pid}",
                "host": me.host,
                "boot": me.boot,
                "pid": me.pid,
                "pid_started": me.started,
            }
            self._write(db, token=self.token, **values)

    def keep(self, seconds: float = 0.0) -> None:
        """Make sure that the lease outlives the next `seconds`, renewing it when it is due; raises Lost."""
        now = self._clock.monotonic()
        if now >= self._until:
            raise Lost("The lease ran out while this process was not running.")
        if now - self._renewed < RENEW_AFTER and self._until - now > seconds:
            return
        with self._engine.begin() as db:
            self.fence(db)
            self._write(db)

    def fence(self, db: Connection) -> None:
        """Inside a transaction: raises Lost unless the lease is still ours; nobody can take it until it ends."""
        (row,) = _LOCKED.all(db, connection=self._connection_id)
        if row.token != self.token or not row.holder:
            raise Lost("Another process has taken over this connection.")

    def release(self) -> None:
        """Give the lease back, if it is still ours."""
        with self._engine.begin() as db:
            mine = (LeaseRow.connection_id == self._connection_id) & (LeaseRow.token == self.token)
            db.execute(update(LeaseRow).where(mine).values(holder="", expires_at=None))

    def _write(self, db: Connection, **values: object) -> None:
        monotonic = self._clock.monotonic()
        expires = self._clock.now() + LIFE
        row = update(LeaseRow).where(LeaseRow.connection_id == self._connection_id)
        db.execute(row.values(expires_at=expires, **values))
        self._until, self._renewed = monotonic + LIFE.total_seconds(), monotonic


_LOCKED = Rows(select(of(LeaseRow)).where(of(LeaseRow).c.connection_id == bindparam("connection")).with_for_update())


def hold(db: Connection, connection_id: int) -> None:
    """Keep every run of a connection from beginning a transaction until this one ends."""
    _LOCKED.all(db, connection=connection_id)


def _ensure(db: Connection, connection_id: int) -> None:
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    row = dialect.insert(LeaseRow).values(connection_id=connection_id, token=0, holder="", host="", boot="")
    db.execute(row.values(pid=0, pid_started="").on_conflict_do_nothing())
