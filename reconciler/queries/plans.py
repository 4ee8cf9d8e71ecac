"""Plans: what a run means to do, and those that were stopped until a person looks at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.queries import actions
from reconciler.queries.actions import Tally
from reconciler.queries.rows import view
from reconciler.store.tables import PlanRow


@dataclass(frozen=True, slots=True)
class PlanView:
    """One plan; `halted` lists the limits it passes."""

    id: int
    digest: str
    rules_version: int
    made_at: datetime
    status: str
    halted: list[Mapping[str, Any]]
    summary: Mapping[str, Any]
    decided_by: str
    decided_at: datetime | None
    reason: str
    tally: tuple[Tally, ...]

    @property
    def is_held(self) -> bool:
        """Whether it waits for a person to release or drop it."""
        return self.status == "held"

    @property
    def total(self) -> int:
        """How many actions it holds."""
        return sum(each.count for each in self.tally)

    @property
    def ended(self) -> int:
        """How many of its actions have come to their end, whatever it was."""
        return sum(each.count for each in self.tally if each.state not in {"planned", "intended"})


def plan(session: Session, connection_id: int, plan_id: int) -> PlanView | None:
    """One plan of this connection; None when there is none of that number."""
    row = session.get(PlanRow, plan_id)
    return _view(session, row) if row is not None and row.connection_id == connection_id else None


def held(session: Session, connection_id: int) -> PlanView | None:
    """The plan that is stopped for approval."""
    return _newest(session, connection_id, "held")


def proposed(session: Session, connection_id: int) -> PlanView | None:
    """The newest plan that was only previewed."""
    return _newest(session, connection_id, "proposed")


def under_way(session: Session, connection_id: int) -> PlanView | None:
    """The plan that a person has approved and that is not carried out to its end."""
    query = select(PlanRow).where(PlanRow.status.in_(("approved", "started")), PlanRow.decided_by != "")
    row = session.scalar(query.where(PlanRow.connection_id == connection_id).order_by(PlanRow.id.desc()).limit(1))
    return None if row is None else _view(session, row)


def _newest(session: Session, connection_id: int, status: str) -> PlanView | None:
    mine = (PlanRow.connection_id == connection_id, PlanRow.status == status)
    row = session.scalar(select(PlanRow).where(*mine).order_by(PlanRow.id.desc()).limit(1))
    return None if row is None else _view(session, row)


def _view(session: Session, row: PlanRow) -> PlanView:
    return view(PlanView, row, tally=actions.tally(session, row.id))
