"""Runs as rows: begun, how far they have come, and how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from reconciler.store.compiled import Many
from reconciler.store.tables import RunRow, of

_RUN = of(RunRow)
_PROGRESS = Many(update(_RUN).where(_RUN.c.id == bindparam("run")).values(progress=bindparam("now")))


def queued(db: Connection, run_id: int) -> Any | None:
    """A run that was asked for and that nobody has begun."""
    return db.execute(select(of(RunRow)).where(RunRow.id == run_id, RunRow.status == "queued")).first()


def begin(db: Connection, connection_id: int, run_id: int | None, now: datetime, asked: Mapping[str, Any]) -> int:
    """Begin the run that was asked for, or one of its own; its id.

    Runs that died without closing their row are marked so: whoever begins holds the lease.
    """
    dead = (RunRow.connection_id == connection_id) & (RunRow.status == "running")
    db.execute(update(RunRow).where(dead).values(status="interrupted", finished_at=now))
    if run_id is not None:
        db.execute(update(RunRow).where(RunRow.id == run_id).values(status="running", started_at=now))
        return run_id
    row = {"connection_id": connection_id, "asked_at": now, "started_at": now, "status": "running", **asked}
    nothing_yet: dict[str, Any] = {"progress": {}, "report": {}, "message": ""}
    return db.execute(insert(RunRow).values(row | nothing_yet).returning(RunRow.id)).scalar_one()


def progress(db: Connection, run_id: int, step: str, done: int, of_all: int) -> None:
    """How far a run has come."""
    _PROGRESS.execute(db, [{"run": run_id, "now": {"step": step, "done": done, "of": of_all}}])


def end(db: Connection, run_id: int, now: datetime, report: Mapping[str, Any]) -> None:
    """Close a run's row with its report."""
    values = {
        "status": report["status"],
        "finished_at": now,
        "report": dict(report),
        "message": report.get("message", ""),
        "plan_id": report.get("plan_id"),
        "progress": {},
    }
    db.execute(update(RunRow).where(RunRow.id == run_id).values(**values))
