"""Filters of the review queue that a person keeps under a name."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from reconciler.errors import Usage
from reconciler.store.tables import SavedViewRow

MOST = 20  # of one person, in one connection
LONGEST = 60


def save(session: Session, connection_id: int, owner: str, name: str, filters: Mapping[str, str]) -> None:
    """Keep these filters; another set under the same name is replaced."""
    name = name.strip()
    if not name or len(name) > LONGEST:
        raise Usage(f"A name has 1 to {LONGEST} characters.", remedy="Name what you want to see again.")
    mine = (SavedViewRow.connection_id == connection_id, SavedViewRow.owner == owner)
    rows = {row.name: row for row in session.scalars(select(SavedViewRow).where(*mine))}
    if name not in rows and len(rows) >= MOST:
        raise Usage(f"You keep {MOST} views already.", remedy="Forget one of them first.")
    row = rows.get(name) or SavedViewRow(connection_id=connection_id, owner=owner, name=name)
    row.filters = dict(filters)
    session.add(row)
    session.commit()


def forget(session: Session, connection_id: int, owner: str, name: str) -> None:
    """Keep it no longer."""
    mine = (SavedViewRow.connection_id == connection_id, SavedViewRow.owner == owner, SavedViewRow.name == name)
    session.execute(delete(SavedViewRow).where(*mine))
    session.commit()
