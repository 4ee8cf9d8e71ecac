"""A record's page: what both sides show, what they last agreed on, why each value stands; and the search for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select, tuple_
from sqlalchemy.orm import Session

from reconciler.core import values
from reconciler.core.model import SIDES, Ref, Side, Status
from reconciler.core.schema import FieldRule, KindRule
from reconciler.queries import actions, conflicts, questions, rejections, rules
from reconciler.queries.actions import ActionView
from reconciler.queries.conflicts import ConflictView
from reconciler.queries.questions import QuestionView
from reconciler.queries.rejections import RejectionView
from reconciler.queries.rows import Page, page, view
from reconciler.queries.values import Shown, shown
from reconciler.store.tables import LinkRow, RecordRow


@dataclass(frozen=True, slots=True)
class RecordView:
    """One side's record as it was last read."""

    side: str
    ref: str
    kind: str
    name: str
    status: str
    flag: bool
    partner: str
    version: str
    changed_at: datetime
    read_at: datetime
    written_at: datetime | None
    details: Mapping[str, Any]
    unlinked: str
    covered_by: int | None
    link_id: int | None


@dataclass(frozen=True, slots=True)
class LinkView:
    """What joins the two records, and since when."""

    id: int
    salesforce: str
    xero: str
    status: str
    closed_as: str
    closed_because: str
    pending: bool
    due_at: datetime | None
    created_at: datetime
    agreed_at: datetime | None


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of a pair: now and last agreed, per side.

    `state`: conflict | refused | waiting | stays (edited, and not compared now) | off | agreed | differs (both stand as
    they were taken, unequal).
    """

    rule: FieldRule
    now: Mapping[Side, Shown | None]
    agreed: Mapping[Side, Shown | None]
    state: str
    conflict: ConflictView | None
    written: ActionView | None


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Everything known about a record and its partner."""

    ref: Ref
    records: Mapping[Side, RecordView]
    link: LinkView | None
    lines: tuple[FieldLine, ...]
    conflicts: tuple[ConflictView, ...]
    questions: tuple[QuestionView, ...]
    rejections: tuple[RejectionView, ...]
    history: Page[ActionView]

    @property
    def name(self) -> str:
        """What the record is called, on the side that was asked for if it is still known there."""
        asked = self.records.get(self.ref.side) or next(iter(self.records.values()))
        return asked.name or asked.ref


@dataclass(frozen=True, slots=True)
class Found:
    """One search result."""

    side: str
    ref: str
    kind: str
    name: str
    status: str
    link_id: int | None
    unlinked: str


def record(session: Session, connection_id: int, ref: Ref, before: int | None = None) -> RecordPage | None:
    """The page of one record; None when Concord has never read it.  `before` continues its history."""
    row = session.scalar(_by_id(connection_id, ref.side, ref.id))
    if row is None:
        return None
    link = session.get(LinkRow, row.link_id) if row.link_id else _closed_link(session, connection_id, ref)
    rows = {ref.side: row}
    if link is not None:
        other = session.scalar(_by_id(connection_id, ref.side.other, getattr(link, ref.side.other)))
        rows |= {ref.side.other: other} if other is not None else {}
    return _page(session, connection_id, ref, {side: rows[side] for side in SIDES if side in rows}, link, before)


def search(session: Session, connection_id: int, text: str, limit: int = 50) -> tuple[Found, ...]:
    """Records by id, by their partner's id, or by any part of the name; each pair once, names that begin so first."""
    text = text.strip().removeprefix("salesforce:").removeprefix("xero:")
    if not text:
        return ()
    mine = (RecordRow.connection_id == connection_id, RecordRow.side.in_([str(side) for side in SIDES]))
    ids = select(RecordRow.id).where(*mine, or_(RecordRow.ref == text, RecordRow.partner == text)).limit(limit)
    found = list(session.scalars(ids))
    key = values.name_key(text)
    if not found and key:
        begins = RecordRow.name_key.startswith(key, autoescape=True)
        contains = RecordRow.name_key.contains(key, autoescape=True)
        order = (begins.desc(), RecordRow.name_key, RecordRow.id)
        found = list(session.scalars(select(RecordRow.id).where(*mine, contains).order_by(*order).limit(2 * limit)))
    return _found(session, found)[:limit]


def listed(session: Session, connection_id: int, after: int | None = None, limit: int = 50) -> Page[Found]:
    """Every record by its name: Salesforce's, each pair once, and then what Xero alone has."""
    last = session.scalar(_listed(connection_id).where(RecordRow.id == after)) if after else None
    theirs = Side(last.side) if last is not None else Side.SALESFORCE
    rows: list[RecordRow] = []
    for side in SIDES[SIDES.index(theirs) :]:
        query = _listed(connection_id).where(RecordRow.side == side)
        if side is Side.XERO:
            query = query.where(RecordRow.link_id.is_(None))
        if last is not None and side is theirs:
            query = query.where(tuple_(RecordRow.name_key, RecordRow.id) > (last.name_key, last.id))
        query = query.order_by(RecordRow.name_key, RecordRow.id)
        rows += session.scalars(query.limit(limit + 1 - len(rows)))
    shown = page(rows, limit)
    return Page(tuple([view(Found, row, name=_name(row)) for row in shown.rows]), shown.next)


def _listed(connection_id: int) -> Select[RecordRow]:
    return select(RecordRow).where(RecordRow.connection_id == connection_id)


def _found(session: Session, ids: list[int]) -> tuple[Found, ...]:
    rows = {row.id: row for row in session.scalars(select(RecordRow).where(RecordRow.id.in_(ids)))}
    seen: set[int] = set()
    results = []
    for row in (rows[each] for each in ids):
        if row.link_id in seen:
            continue
        seen |= {row.link_id} if row.link_id else set()
        results.append(view(Found, row, name=_name(row)))
    return tuple(results)


def _by_id(connection_id: int, side: Side, record_id: str) -> Select[RecordRow]:
    return select(RecordRow).where(
        RecordRow.connection_id == connection_id, RecordRow.side == side, RecordRow.ref == record_id
    )


def _closed_link(session: Session, connection_id: int, ref: Ref) -> LinkRow | None:
    """The newest link that once held this record: it is closed, and still tells what was agreed."""
    column = LinkRow.salesforce if ref.side is Side.SALESFORCE else LinkRow.xero
    query = select(LinkRow).where(LinkRow.connection_id == connection_id, column == ref.id)
    return session.scalar(query.order_by(LinkRow.id.desc()).limit(1))


def _page(
    session: Session,
    connection_id: int,
    ref: Ref,
    rows: Mapping[Side, RecordRow],
    link: LinkRow | None,
    before: int | None,
) -> RecordPage:
    refs = [f"{side}:{row.ref}" for side, row in rows.items()]
    link_id = link.id if link else None
    clashes = conflicts.of_link(session, connection_id, link_id) if link_id else ()
    refused = rejections.of_link(session, connection_id, link_id) if link_id else ()
    history = actions.of_record(session, connection_id, link_id, refs, before)
    kind = rules.rules(session, connection_id).kinds.get(rows[ref.side].kind)
    return RecordPage(
        ref=ref,
        records={side: view(RecordView, row, name=_name(row)) for side, row in rows.items()},
        link=view(LinkView, link) if link else None,
        lines=_lines(kind, rows, link, clashes, refused, history.rows) if kind else (),
        conflicts=clashes,
        questions=questions.about(session, connection_id, refs),
        rejections=refused,
        history=history,
    )


def _lines(
    kind: KindRule,
    rows: Mapping[Side, RecordRow],
    link: LinkRow | None,
    clashes: tuple[ConflictView, ...],
    refused: tuple[RejectionView, ...],
    history: tuple[ActionView, ...],
) -> tuple[FieldLine, ...]:
    open_ones = {each.field: each for each in clashes if each.status == "open"}
    bad = {each.field for each in refused}
    edited = "waiting" if _is_compared(rows, link) else "stays"
    lines = []
    for rule in kind.fields:
        now = {side: rows[side].fields.get(rule.key) if side in rows else None for side in SIDES}
        agreed = {side: _baseline(link, side).get(rule.key) for side in SIDES}
        wrote = next((each for each in history if any(c.key == rule.key for c in each.changes)), None)
        state = _state(rule, now, agreed, edited, conflict=rule.key in open_ones, refused=rule.key in bad)
        lines.append(FieldLine(rule, _shown(now, rule), _shown(agreed, rule), state, open_ones.get(rule.key), wrote))
    return tuple(lines)


def _is_compared(rows: Mapping[Side, RecordRow], link: LinkRow | None) -> bool:
    """Whether the next sync looks at what was edited: a pair is left alone while it is not shared or one has gone."""
    stands = all(row.status == Status.ACTIVE for row in rows.values())
    return link is None or (link.status == "active" and stands)


def _state(
    rule: FieldRule, now: Mapping[Side, Any], agreed: Mapping[Side, Any], edited: str, *, conflict: bool, refused: bool
) -> str:
    if conflict or refused:
        return "conflict" if conflict else "refused"
    if rule.flow == "off":
        return "off"
    current = {side: rules.value_of(now[side]) for side in SIDES}
    if any(agreed[side] is None or current[side] != rules.value_of(agreed[side]) for side in SIDES):
        return edited
    return "agreed" if values.same(rule, current) else "differs"


def _shown(raw: Mapping[Side, Any], rule: FieldRule) -> dict[Side, Shown | None]:
    return {side: shown(each, rule.members) for side, each in raw.items()}


def _baseline(link: LinkRow | None, side: Side) -> dict[str, Any]:
    if link is None:
        return {}
    return link.baseline_salesforce if side is Side.SALESFORCE else link.baseline_xero


def _name(row: RecordRow) -> str:
    return str(row.fields.get("name") or "")
