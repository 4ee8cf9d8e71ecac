"""Connections and their two sides: who we are there, how far we have read, what is paused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.core.model import SIDES, Side
from reconciler.queries.rows import view
from reconciler.store.tables import AccessRow, ConnectionRow, SideRow


@dataclass(frozen=True, slots=True)
class SideView:
    """One side of a connection.  Credentials and tokens are not among what can be shown."""

    side: str
    url: str
    organisation_id: str
    organisation_name: str
    short_code: str
    environment: str
    user: str
    paused_at: datetime | None
    paused_until: datetime | None
    paused_by: str
    read_up_to: datetime | None
    read_at: datetime | None
    clock_offset: float
    clock_uncertainty: float
    clock_jumped_at: datetime | None
    last_error: str
    consented: bool  # a person let us in; else the app signs in by itself
    signed_out_at: datetime | None  # the sign-in was refused for good
    signed_out_because: str
    remaining_day: int | None


@dataclass(frozen=True, slots=True)
class ConnectionView:
    """One Salesforce organisation joined to one Xero organisation."""

    id: int
    name: str
    created_at: datetime
    activated_at: datetime | None
    activated_by: str
    paused_at: datetime | None
    paused_until: datetime | None
    paused_by: str
    next_run_at: datetime | None
    rules_version: int
    sides: Mapping[Side, SideView]

    @property
    def is_active(self) -> bool:
        """Whether a person has signed off that Concord may write."""
        return self.activated_at is not None

    def is_paused(self, now: datetime) -> bool:
        """Whether everything waits; a pause with an end is over by itself when its time has come."""
        return self.paused_at is not None and (self.paused_until is None or self.paused_until > now)

    @property
    def environment(self) -> str:
        """`live` only if both sides are; otherwise what the side that is not says of itself."""
        others = {side.environment for side in self.sides.values()} - {"live"}
        return next(iter(sorted(others - {""})), "") if others else "live"


def connections(session: Session) -> tuple[ConnectionView, ...]:
    """Every connection, by name."""
    rows = session.scalars(select(ConnectionRow).order_by(ConnectionRow.name))
    return tuple(_view(session, row) for row in rows)


def connection(session: Session, connection_id: int) -> ConnectionView | None:
    """One connection; None when there is none of that number."""
    row = session.get(ConnectionRow, connection_id)
    return None if row is None else _view(session, row)


def named(session: Session, name: str) -> ConnectionView | None:
    """The connection a person calls by name."""
    row = session.scalar(select(ConnectionRow).where(ConnectionRow.name == name))
    return None if row is None else _view(session, row)


def _view(session: Session, row: ConnectionRow) -> ConnectionView:
    rows = session.scalars(select(SideRow).where(SideRow.connection_id == row.id))
    found = {Side(each.side): view(SideView, each, **_access(session, each)) for each in rows}
    return view(ConnectionView, row, sides={side: found[side] for side in SIDES if side in found})


def _access(session: Session, side: SideRow) -> dict[str, object]:
    """How the side lets us in; nothing secret."""
    names = ("consented", "signed_out_at", "signed_out_because")
    columns = [getattr(AccessRow, name) for name in names]
    row = session.execute(select(*columns).where(AccessRow.id == side.access_id)).one_or_none()
    return dict(zip(names, row if row is not None else (False, None, ""), strict=True))
