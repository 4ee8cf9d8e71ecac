"""The review queue: conflicts to decide, decided without asking, and closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from reconciler.queries import rules, work
from reconciler.queries.rows import Page, page, view
from reconciler.queries.values import Shown, json_of, shown, shown_all
from reconciler.queries.work import ANYBODYS, Hand
from reconciler.store.tables import ConflictRow

BY_RULE = "rule"  # who decided, where nobody was asked
# The queue's lists: `unasked` and `people` are the two halves of what is decided.
LISTS = ("open", "unasked", "people", "closed")


@dataclass(frozen=True, slots=True)
class Filters:
    """What a person narrows the queue down to; "" and None leave it wide."""

    field: str = ""
    reason: str = ""
    text: str = ""
    run: int | None = None


@dataclass(frozen=True, slots=True)
class ConflictView:
    """One field in dispute, with all a person needs to decide."""

    id: int
    link_id: int
    kind: str
    field: str
    members: tuple[str, ...]
    salesforce: str
    xero: str
    name: str
    status: str
    reason: str
    values: Mapping[str, Shown]
    baseline: Mapping[str, Shown]
    edited: Mapping[str, Mapping[str, Any]]
    proposed: str
    winner: str
    value: Shown | None
    by: str
    why: str
    decision: Mapping[str, Any]
    noted: str
    closed_because: str
    run_id: int | None
    opened_at: datetime
    decided_at: datetime | None
    closed_at: datetime | None

    @property
    def is_waiting(self) -> bool:
        """Whether it is decided and the next run carries that out."""
        return self.status == "open" and bool(self.decision)


@dataclass(frozen=True, slots=True)
class Facets:
    """How many conflicts of one status there are by field and by reason."""

    fields: Mapping[str, int]
    reasons: Mapping[str, int]


def conflicts(
    session: Session,
    connection_id: int,
    status: str = "open",
    filters: Filters = Filters(),
    after: int | None = None,
    limit: int = 50,
    hand: Hand = ANYBODYS,
) -> Page[ConflictView]:
    """Conflicts of one status, of one of `LISTS`, or `all`: open ones oldest first, the others newest first."""
    query = _narrowed(select(ConflictRow).where(*_status(connection_id, status)), filters)
    query = work.narrowed(query, work.CONFLICT, ConflictRow.id, hand)
    if status == "open":
        query = query.order_by(ConflictRow.id)
        query = query.where(ConflictRow.id > after) if after is not None else query
    else:
        query = query.order_by(ConflictRow.id.desc())
        query = query.where(ConflictRow.id < after) if after is not None else query
    groups = rules.members(session, connection_id)
    return page([_view(row, groups) for row in session.scalars(query.limit(limit + 1))], limit)


def conflict(session: Session, connection_id: int, conflict_id: int) -> ConflictView | None:
    """One conflict of this connection; None when there is none of that number."""
    row = session.get(ConflictRow, conflict_id)
    if row is None or row.connection_id != connection_id:
        return None
    return _view(row, rules.members(session, connection_id))


def of_link(session: Session, connection_id: int, link_id: int, limit: int = 50) -> tuple[ConflictView, ...]:
    """The conflicts of one linked pair, newest first."""
    query = select(ConflictRow).where(ConflictRow.link_id == link_id).order_by(ConflictRow.id.desc()).limit(limit)
    groups = rules.members(session, connection_id)
    return tuple(_view(row, groups) for row in session.scalars(query))


def count(session: Session, connection_id: int, status: str = "open", hand: Hand = ANYBODYS) -> int:
    """How many conflicts a list has; of the open ones those that nobody has decided yet."""
    query = select(func.count()).select_from(ConflictRow).where(*_status(connection_id, status))
    query = work.narrowed(query, work.CONFLICT, ConflictRow.id, hand)
    if status == "open":
        query = query.where(ConflictRow.winner == "")
    return session.scalar(query) or 0


def facets(session: Session, connection_id: int, status: str = "open") -> Facets:
    """Counts by field and by reason, for the filters."""
    query = (
        select(ConflictRow.field, ConflictRow.reason, func.count())
        .where(*_status(connection_id, status))
        .group_by(ConflictRow.field, ConflictRow.reason)
    )
    fields: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for field, reason, found in session.execute(query):
        fields[field] = fields.get(field, 0) + found
        reasons[reason] = reasons.get(reason, 0) + found
    return Facets(dict(sorted(fields.items())), dict(sorted(reasons.items())))


def as_json(conflict: ConflictView) -> dict[str, Any]:
    """One conflict in the shape of `conflicts --json`."""
    return {
        "id": conflict.id,
        "kind": conflict.kind,
        "salesforce": conflict.salesforce,
        "xero": conflict.xero,
        "field": conflict.field,
        "status": conflict.status,
        "values": {side: json_of(value) for side, value in conflict.values.items()},
        "baseline": {side: json_of(value) for side, value in conflict.baseline.items()},
        "edited": {side: _evidence(edit) for side, edit in conflict.edited.items()},
        "proposed": conflict.proposed or None,
        "winner": conflict.winner or None,
        "by": conflict.by or None,
        "reason": conflict.reason,
        "closed_because": conflict.closed_because or None,
        "name": conflict.name,
        "why": conflict.why,
        "decision": dict(conflict.decision) or None,
    }


_EVIDENCE = ("by", "after", "until", "grade")


def _evidence(edit: Mapping[str, Any]) -> dict[str, Any]:
    """What scripts rely on; the quotations are told by `why`."""
    return {name: edit[name] for name in _EVIDENCE if name in edit}


def _status(connection_id: int, status: str) -> tuple[ColumnElement[bool], ...]:
    mine = ConflictRow.connection_id == connection_id
    if status == "all":
        return (mine,)
    if status not in {"unasked", "people"}:
        return (mine, ConflictRow.status == status)
    by_rule = ConflictRow.by == BY_RULE
    return (mine, ConflictRow.status == "decided", by_rule if status == "unasked" else ~by_rule)


def _narrowed(query: Select[ConflictRow], filters: Filters) -> Select[ConflictRow]:
    if filters.field:
        query = query.where(ConflictRow.field == filters.field)
    if filters.reason:
        query = query.where(ConflictRow.reason == filters.reason)
    if filters.run is not None:
        query = query.where(ConflictRow.run_id == filters.run)
    if filters.text:
        ids = (ConflictRow.salesforce == filters.text, ConflictRow.xero == filters.text)
        query = query.where(or_(ConflictRow.name.icontains(filters.text, autoescape=True), *ids))
    return query


def _view(row: ConflictRow, groups: Mapping[tuple[str, str], tuple[str, ...]]) -> ConflictView:
    members = groups.get((row.kind, row.field), ())
    return view(
        ConflictView,
        row,
        members=members,
        values=shown_all(row.values, members),
        baseline=shown_all(row.baseline, members),
        value=shown(row.value, members),
    )
