"""Full compares: when the last one ended, what it read, what only it found; and the last check of both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.queries.rows import view
from reconciler.queries.runs import RunView
from reconciler.store.tables import CompareRow, ConnectionRow, RepairRow, RunRow

SHOWN = 50  # repairs on the page; all of them are kept


@dataclass(frozen=True, slots=True)
class RepairView:
    """A change that only a full compare found."""

    found_at: datetime
    side: str
    ref: str
    name: str
    fields: list[Any]
    reason: str


@dataclass(frozen=True, slots=True)
class ComparesView:
    """What the page shows; `sides` as the compare keeps them: read, repaired, gone."""

    started_at: datetime | None
    finished_at: datetime | None
    next_at: datetime | None
    sides: Mapping[str, Any]
    repairs: tuple[RepairView, ...]
    check: RunView | None


def compares(session: Session, connection_id: int) -> ComparesView:
    """The newest full compare, the newest repairs, and the newest check that has ended."""
    newest = select(CompareRow).where(CompareRow.connection_id == connection_id).order_by(CompareRow.id.desc())
    row = session.scalar(newest.limit(1))
    found = select(RepairRow).where(RepairRow.connection_id == connection_id).order_by(RepairRow.id.desc())
    checks = select(RunRow).where(RunRow.connection_id == connection_id, RunRow.do == "verify")
    check = session.scalar(checks.where(RunRow.finished_at.is_not(None)).order_by(RunRow.id.desc()).limit(1))
    return ComparesView(
        started_at=row.started_at if row else None,
        finished_at=row.finished_at if row else None,
        next_at=session.get_one(ConnectionRow, connection_id).next_compare_at,
        sides=row.sides if row else {},
        repairs=tuple(view(RepairView, each) for each in session.scalars(found.limit(SHOWN))),
        check=view(RunView, check) if check else None,
    )
