"""Who has what in hand: assignments, what is out of sight until later, and comments beside what waits."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session

from reconciler.queries.rows import view
from reconciler.store.tables import CommentRow, SavedViewRow, WorkRow

CONFLICT, QUESTION, REJECTION = "conflict", "question", "rejection"
KINDS = (CONFLICT, QUESTION, REJECTION)
# The lists that a person may narrow what waits down to; "" is everything that is in sight.
MINE, NOBODYS, SNOOZED = "mine", "nobody", "snoozed"
PIECE = 500
WHOSE = ("", MINE, NOBODYS, SNOOZED)


@dataclass(frozen=True, slots=True)
class Hand:
    """Whose work is asked for, by whom and when."""

    whose: str = ""
    person: str = ""
    now: datetime | None = None  # None: whether something is out of sight does not matter


ANYBODYS = Hand()


@dataclass(frozen=True, slots=True)
class CommentView:
    """What a person wrote."""

    id: int
    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class WorkView:
    """Who has one thing in hand, and until when it is out of sight."""

    assigned_to: str = ""
    assigned_by: str = ""
    assigned_at: datetime | None = None
    snoozed_until: datetime | None = None
    snoozed_by: str = ""
    comments: tuple[CommentView, ...] = ()

    def sleeps(self, now: datetime) -> bool:
        """Whether it is out of sight now."""
        return self.snoozed_until is not None and self.snoozed_until > now


def narrowed(query: Select[Any], what: str, item: ColumnElement[int] | Any, hand: Hand) -> Select[Any]:
    """Only those of the listed things that are in this hand; what sleeps is left out unless it is asked for."""
    row = (WorkRow.what == what, WorkRow.item == item)
    if hand.now is not None:
        asleep = exists().where(*row, WorkRow.snoozed_until > hand.now)
        query = query.where(asleep if hand.whose == SNOOZED else ~asleep)
    if hand.whose == MINE:
        query = query.where(exists().where(*row, WorkRow.assigned_to == hand.person))
    if hand.whose == NOBODYS:
        query = query.where(~exists().where(*row, WorkRow.assigned_to != ""))
    return query


def work(session: Session, what: str, items: Collection[int]) -> Mapping[int, WorkView]:
    """Who has these in hand, with the comments beside them; every one asked for is in the answer."""
    found: dict[int, WorkView] = {}
    for piece in batched(items, PIECE):
        found |= _work(session, what, piece)
    return found


def _work(session: Session, what: str, items: Collection[int]) -> Mapping[int, WorkView]:
    comments: dict[int, list[CommentView]] = {}
    query = select(CommentRow).where(CommentRow.what == what, CommentRow.item.in_(items)).order_by(CommentRow.id)
    for row in session.scalars(query):
        comments.setdefault(row.item, []).append(view(CommentView, row))
    rows = select(WorkRow).where(WorkRow.what == what, WorkRow.item.in_(items))
    found = {row.item: view(WorkView, row, comments=tuple(comments.get(row.item, ()))) for row in session.scalars(rows)}
    return {item: found.get(item) or WorkView(comments=tuple(comments.get(item, ()))) for item in items}


def batched(items: Collection[int], size: int) -> Iterator[list[int]]:
    """The items in pieces: a database takes only so many in one list."""
    all_ = list(items)
    for start in range(0, len(all_), size):
        yield all_[start : start + size]


def saved_views(session: Session, connection_id: int, owner: str) -> Mapping[str, Mapping[str, str]]:
    """The filters that a person keeps, by name."""
    mine = (SavedViewRow.connection_id == connection_id, SavedViewRow.owner == owner)
    return {
        row.name: row.filters for row in session.scalars(select(SavedViewRow).where(*mine).order_by(SavedViewRow.name))
    }


def as_json(found: WorkView) -> dict[str, Any]:
    """What a listing adds to each thing that waits."""
    return {
        "assigned_to": found.assigned_to or None,
        "snoozed_until": found.snoozed_until.isoformat() if found.snoozed_until else None,
        "comments": [{"by": each.by, "at": each.at.isoformat(), "text": each.text} for each in found.comments],
    }
