"""What people say and what a run settles take turns, so that neither is decided on what the other is changing.

On SQLite every transaction that may write has the database to itself.  PostgreSQL would let a run find that nothing
has been said, and bring a link to rest over what is being said in that moment.
"""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.orm import Session

from reconciler.store import lease


class OfConnection(Protocol):
    """A row that belongs to one connection."""

    connection_id: int


def wait(session: Session, connection_id: int) -> None:
    """Let the run's transaction that is under way end; until ours does, no other begins.

    To be taken before any other row is locked: a run locks this one first as well, so neither waits in a circle.
    """
    lease.hold(session.connection(), connection_id)


def again(session: Session, row: OfConnection) -> None:
    """Wait, and read this row once more as it is by then."""
    wait(session, row.connection_id)
    session.refresh(row)
