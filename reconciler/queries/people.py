"""Who may sign in.  Password hashes and session stamps are not among what can be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.queries.rows import view
from reconciler.store.tables import UserRow


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person who may sign in to the portal."""

    id: int
    name: str
    role: str
    created_at: datetime
    signed_in_at: datetime | None
    disabled_at: datetime | None


def people(session: Session) -> tuple[PersonView, ...]:
    """Everyone, by name."""
    return tuple(view(PersonView, row) for row in session.scalars(select(UserRow).order_by(UserRow.name)))


def person(session: Session, person_id: int) -> PersonView | None:
    """One person; None when there is none of that number."""
    row = session.get(UserRow, person_id)
    return None if row is None else view(PersonView, row)
