"""The actions of plans and runs: what was written where, from what to what, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from reconciler.queries import rules
from reconciler.queries.rows import Page, page, view
from reconciler.queries.values import Shown, shown
from reconciler.store.tables import ActionRow, RecordRow


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an action."""

    key: str
    before: Shown | None
    after: Shown | None


@dataclass(frozen=True, slots=True)
class ActionView:
    """One step of a plan; once it was sent, with its outcome."""

    id: int
    seq: int
    run_id: int | None
    plan_id: int
    do: str
    kind: str
    side: str
    ref: str
    source: str
    link_id: int | None
    name: str
    changes: tuple[Change, ...]
    why: str
    state: str
    intended_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many actions of one sort a plan holds."""

    do: str
    kind: str
    side: str
    state: str
    count: int


def of_plan(
    session: Session, connection_id: int, plan_id: int, after: int | None = None, limit: int = 100
) -> Page[ActionView]:
    """A plan's actions in their order; continue after a `seq`."""
    query = select(ActionRow).where(ActionRow.plan_id == plan_id, ActionRow.connection_id == connection_id)
    if after is not None:
        query = query.where(ActionRow.seq > after)
    rows = session.scalars(query.order_by(ActionRow.seq).limit(limit + 1))
    return page(_views(session, connection_id, rows), limit, "seq")


def tally(session: Session, plan_id: int) -> tuple[Tally, ...]:
    """How many actions of each sort a plan holds, largest first."""
    sort = (ActionRow.do, ActionRow.kind, ActionRow.side, ActionRow.state)
    query = select(*sort, func.count()).where(ActionRow.plan_id == plan_id).group_by(*sort)
    return tuple(sorted((Tally(*row) for row in session.execute(query)), key=lambda each: -each.count))


def of_record(
    session: Session,
    connection_id: int,
    link_id: int | None,
    refs: list[str],
    after: int | None = None,
    limit: int = 30,
) -> Page[ActionView]:
    """What Concord wrote (or tried to) to a linked pair or to an unlinked record, newest first."""
    mine = or_(ActionRow.link_id == link_id, ActionRow.ref.in_(refs)) if link_id else ActionRow.ref.in_(refs)
    query = select(ActionRow).where(ActionRow.connection_id == connection_id, mine, ActionRow.state != "planned")
    if after is not None:
        query = query.where(ActionRow.id < after)
    rows = session.scalars(query.order_by(ActionRow.id.desc()).limit(limit + 1))
    return page(_views(session, connection_id, rows), limit)


def names(session: Session, connection_id: int, refs: Iterable[str]) -> Mapping[str, str]:
    """What the records are called now, by ref (`side:id`); a ref that was never seen is left out."""
    wanted = {ref.partition(":")[2] for ref in refs if ref}
    query = select(RecordRow.side, RecordRow.ref, RecordRow.fields).where(
        RecordRow.connection_id == connection_id,
        RecordRow.side.in_(("salesforce", "xero")),
        RecordRow.ref.in_(wanted),
    )
    return {f"{side}:{ref}": str(fields.get("name") or "") for side, ref, fields in session.execute(query)}


def _views(session: Session, connection_id: int, found: Iterable[ActionRow]) -> list[ActionView]:
    rows = list(found)
    called = names(session, connection_id, [ref for row in rows for ref in (row.ref, row.source)])
    groups = rules.members(session, connection_id)
    return [_view(row, called, groups) for row in rows]


def _view(row: ActionRow, called: Mapping[str, str], groups: Mapping[tuple[str, str], tuple[str, ...]]) -> ActionView:
    changes = tuple(
        Change(key, shown(each.get("from"), members), shown(each.get("to"), members))
        for key, each in row.fields.items()
        for members in [groups.get((row.kind, key), ())]
    )
    name = called.get(row.ref) or called.get(row.source) or str((row.fields.get("name") or {}).get("to") or "")
    return view(ActionView, row, changes=changes, name=name)
