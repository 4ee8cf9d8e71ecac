"""Connections that are being set up: which sides have let us in, and who was found there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.core.model import SIDES, Side
from reconciler.queries.rows import view
from reconciler.store.tables import DraftRow, DraftSideRow


@dataclass(frozen=True, slots=True)
class DraftSideView:
    """One side of a draft.  Neither the app's secret nor an invitation is among what can be shown."""

    side: str
    url: str
    has_app: bool
    organisation_id: str
    organisation_name: str
    environment: str
    user: str
    missing: list[Any]
    connected_at: datetime | None
    connected_by: str
    invited_until: datetime | None


@dataclass(frozen=True, slots=True)
class DraftView:
    """A connection that is being set up, or a side that is signed in again (then `connection_id` says of which)."""

    id: int
    name: str
    connection_id: int | None
    created_at: datetime
    created_by: str
    sides: Mapping[Side, DraftSideView]

    @property
    def is_complete(self) -> bool:
        """Whether both sides have let us in and lack nothing."""
        return all(side.connected_at and not side.missing for side in self.sides.values())

    @property
    def is_mixed(self) -> bool:
        """Whether one side is live and the other is not; known once both have let us in."""
        known = [side.environment for side in self.sides.values() if side.connected_at]
        return len(known) == len(SIDES) and len({environment == "live" for environment in known}) > 1


def drafts(session: Session) -> tuple[DraftView, ...]:
    """New connections under way, oldest first."""
    rows = session.scalars(select(DraftRow).where(DraftRow.connection_id.is_(None)).order_by(DraftRow.id))
    return tuple(_view(session, row) for row in rows)


def draft(session: Session, draft_id: int) -> DraftView | None:
    """One draft; None when there is none of that number."""
    row = session.get(DraftRow, draft_id)
    return None if row is None else _view(session, row)


def _view(session: Session, row: DraftRow) -> DraftView:
    rows = session.scalars(select(DraftSideRow).where(DraftSideRow.draft_id == row.id))
    found = {Side(each.side): view(DraftSideView, each, has_app=each.access_id is not None) for each in rows}
    return view(DraftView, row, sides={side: found[side] for side in SIDES if side in found})
