"""Questions: a possible match, a held removal, anything else that only a person can answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from reconciler.core import values
from reconciler.queries import rules, work
from reconciler.queries.rows import Page, page, view
from reconciler.queries.values import Shown, shown
from reconciler.queries.work import ANYBODYS, Hand
from reconciler.store.tables import QuestionRow, RecordRow

STATUSES = ("open", "answered", "closed")


@dataclass(frozen=True, slots=True)
class QuestionView:
    """One question and, once it is answered, by whom and why."""

    id: int
    type: str
    kind: str
    about: str
    link_id: int | None
    refs: list[str]
    choices: list[Any]
    text: str
    details: Mapping[str, Any]
    status: str
    answer: str
    by: str
    reason: str
    closed_because: str
    run_id: int | None
    opened_at: datetime
    answered_at: datetime | None


def questions(
    session: Session,
    connection_id: int,
    status: str = "open",
    after: int | None = None,
    limit: int = 50,
    hand: Hand = ANYBODYS,
) -> Page[QuestionView]:
    """Questions of one status (or `all`): open ones oldest first, the others newest first."""
    query = select(QuestionRow).where(QuestionRow.connection_id == connection_id)
    if status != "all":
        query = query.where(QuestionRow.status == status)
    query = work.narrowed(query, work.QUESTION, QuestionRow.id, hand)
    if status == "open":
        query = query.order_by(QuestionRow.id)
        query = query.where(QuestionRow.id > after) if after is not None else query
    else:
        query = query.order_by(QuestionRow.id.desc())
        query = query.where(QuestionRow.id < after) if after is not None else query
    return page([view(QuestionView, row) for row in session.scalars(query.limit(limit + 1))], limit)


def question(session: Session, connection_id: int, question_id: int) -> QuestionView | None:
    """One question of this connection; None when there is none of that number."""
    row = session.get(QuestionRow, question_id)
    return view(QuestionView, row) if row is not None and row.connection_id == connection_id else None


def about(session: Session, connection_id: int, refs: list[str]) -> tuple[QuestionView, ...]:
    """The questions that were asked about these records, newest first."""
    mine = QuestionRow.connection_id == connection_id
    query = select(QuestionRow).where(mine, QuestionRow.about.in_(refs)).order_by(QuestionRow.id.desc())
    return tuple(view(QuestionView, row) for row in session.scalars(query.limit(50)))


@dataclass(frozen=True, slots=True)
class Line:
    """One field of the record asked about and of each that it may be; `alike` marks values equal to the first's."""

    key: str
    values: tuple[Shown | None, ...]
    alike: tuple[bool, ...]


def side_by_side(session: Session, question: QuestionView, connection_id: int) -> tuple[Line, ...]:
    """What the record asked about shows beside its candidates, field by field; blank on all: left out."""
    refs = [question.about, *(each["ref"] for each in question.details.get("candidates", ()))]
    fields = [_fields(session, connection_id, ref) for ref in refs]
    lines = []
    for rule in rules.rules(session, connection_id).kinds[question.kind].fields:
        raw = [each.get(rule.key) for each in fields]
        first, *rest = (rules.value_of(each) for each in raw)
        same = tuple(not values.is_blank(first) and values.equal(rule, first, each) for each in rest)
        shown_here = tuple(shown(each, rule.members) for each in raw)
        if any(each is not None and not each.is_blank for each in shown_here):
            lines.append(Line(rule.key, shown_here, (any(same), *same)))
    return tuple(lines)


def _fields(session: Session, connection_id: int, ref: str) -> Mapping[str, Any]:
    side, _, record_id = ref.partition(":")
    query = select(RecordRow.fields).where(
        RecordRow.connection_id == connection_id, RecordRow.side == side, RecordRow.ref == record_id
    )
    return session.scalar(query) or {}


def count(session: Session, connection_id: int, hand: Hand = ANYBODYS) -> int:
    """How many are open."""
    mine = (QuestionRow.connection_id == connection_id, QuestionRow.status == "open")
    query = select(func.count()).select_from(QuestionRow).where(*mine)
    return session.scalar(work.narrowed(query, work.QUESTION, QuestionRow.id, hand)) or 0


def as_json(question: QuestionView) -> dict[str, Any]:
    """One question in the shape of `questions --json`."""
    return {
        "id": question.id,
        "type": question.type,
        "kind": question.kind,
        "refs": list(question.refs),
        "choices": list(question.choices),
        "status": question.status,
        "about": question.about,
        "text": question.text,
        "answer": question.answer or None,
        "by": question.by or None,
    }
