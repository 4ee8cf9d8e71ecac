"""Runs, and the timeline that shows them among what people changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.queries import events
from reconciler.queries.events import EventView
from reconciler.queries.rows import view
from reconciler.store.tables import RunRow

UNDER_WAY = ("queued", "running")
DEEDS = 300  # the most that is shown of what people did, per page


@dataclass(frozen=True, slots=True)
class RunView:
    """One execution, asked for, under way or over; `report` is the JSON of `run --json`."""

    id: int
    asked_at: datetime
    asked_by: str
    full: bool
    started_at: datetime | None
    finished_at: datetime | None
    status: str
    plan_id: int | None
    reason: str
    progress: Mapping[str, Any]
    report: Mapping[str, Any]
    message: str

    @property
    def is_under_way(self) -> bool:
        """Whether it is queued or running."""
        return self.status in UNDER_WAY

    @property
    def seconds(self) -> float | None:
        """How long it took."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()

    @property
    def writes(self) -> Mapping[str, int]:
        """Records acknowledged per side."""
        actions = self.report.get("actions") or {}
        return {side: sum(each.get(side, 0) for each in actions.values()) for side in ("salesforce", "xero")}

    @property
    def is_quiet(self) -> bool:
        """Whether it ended well and there was nothing to do."""
        found = self.report.get("conflicts") or {}
        news = [*self.writes.values(), *found.values(), self.report.get("questions"), self.report.get("rejections")]
        return self.status in {"done", "open"} and not any(news)


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline: a run, a stretch of quiet ones, or something a person did."""

    at: datetime
    run: RunView | None = None
    quiet: tuple[RunView, ...] = ()
    event: EventView | None = None


@dataclass(frozen=True, slots=True)
class Timeline:
    """Moments, newest first; `next` is the run to continue after, None at the end."""

    moments: tuple[Moment, ...]
    next: int | None
    cut: bool = False  # people did more in this stretch than is shown; the activity log has it all


def runs(session: Session, connection_id: int, after: int | None = None, limit: int = 50) -> list[RunView]:
    """Runs, newest first."""
    query = select(RunRow).where(RunRow.connection_id == connection_id)
    if after is not None:
        query = query.where(RunRow.id < after)
    return [view(RunView, row) for row in session.scalars(query.order_by(RunRow.id.desc()).limit(limit))]


def run(session: Session, connection_id: int, run_id: int) -> RunView | None:
    """One run of this connection; None when there is none of that number."""
    row = session.get(RunRow, run_id)
    return view(RunView, row) if row is not None and row.connection_id == connection_id else None


def current(session: Session, connection_id: int) -> RunView | None:
    """The run that is queued or running."""
    found = runs(session, connection_id, limit=5)
    return next((each for each in reversed(found) if each.is_under_way), None)


def last(session: Session, connection_id: int) -> RunView | None:
    """The newest run that is over."""
    return next((each for each in runs(session, connection_id, limit=5) if not each.is_under_way), None)


def timeline(session: Session, connection_id: int, after: int | None = None, limit: int = 100) -> Timeline:
    """Runs with what people did between them; neighbouring quiet runs are one line."""
    start = run(session, connection_id, after) if after is not None else None
    found = runs(session, connection_id, after, limit + 1)
    kept, more = found[:limit], len(found) > limit
    done = events.between(
        session, connection_id, kept[-1].asked_at if more else None, start.asked_at if start else None, DEEDS + 1
    )
    entries: list[RunView | EventView] = [*kept, *done[:DEEDS]]
    entries.sort(key=_time, reverse=True)
    return Timeline(tuple(_folded(entries)), kept[-1].id if more else None, len(done) > DEEDS)


def _time(entry: RunView | EventView) -> datetime:
    return entry.asked_at if isinstance(entry, RunView) else entry.at


def _folded(entries: list[RunView | EventView]) -> list[Moment]:
    moments: list[Moment] = []
    quiet: list[RunView] = []
    for entry in entries:
        if isinstance(entry, RunView) and entry.is_quiet:
            quiet.append(entry)
            continue
        moments += _stretch(quiet)
        quiet = []
        moments.append(_moment(entry))
    return moments + _stretch(quiet)


def _moment(entry: RunView | EventView) -> Moment:
    if isinstance(entry, RunView):
        return Moment(entry.asked_at, run=entry)
    return Moment(entry.at, event=entry)


def _stretch(quiet: list[RunView]) -> list[Moment]:
    if len(quiet) < 2:
        return [Moment(each.asked_at, run=each) for each in quiet]
    return [Moment(quiet[0].asked_at, quiet=tuple(quiet))]
