"""Answering questions: recorded now, carried out by the next run."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from reconciler.commands import events, turns
from reconciler.core.match import COVERED, LEAVE, NONE, NOT, Answer
from reconciler.core.model import Ref
from reconciler.errors import Usage
from reconciler.store import alike
from reconciler.store.tables import LinkRow, QuestionRow, RecordRow


def answer(session: Session, question_id: int, choice: str, *, by: str, now: datetime, reason: str = "") -> None:
    """Answer an open question with one of its choices (`create_as` takes the name after a colon)."""
    row = session.get(QuestionRow, question_id)
    if row is None:
        raise Usage(f"There is no question {question_id}.", remedy="List them with `questions`.")
    turns.again(session, row)
    if row.status != "open":
        raise Usage(f"Question {question_id} is {row.status} already.", remedy="Choose an open one.")
    _check(row, choice)
    row.answer, row.by, row.reason, row.status, row.answered_at = choice, by, reason, "answered", now
    if row.link_id is None and row.type in {"match", "name_taken", "undone"}:
        _about_record(session, row, Answer.parse(choice))
    elif row.link_id is not None:
        session.execute(update(LinkRow).where(LinkRow.id == row.link_id).values(pending=True, due_at=None))
    events.note(
        session,
        "question.answered",
        by=by,
        now=now,
        connection_id=row.connection_id,
        subject=str(row.id),
        details={"answer": choice, "reason": reason, "about": row.about},
    )
    session.commit()


def _check(row: QuestionRow, choice: str) -> None:
    head, _, rest = choice.partition(":")
    offered = choice in row.choices or (head == "create_as" and head in row.choices)
    if not offered:
        raise Usage(f"{choice!r} is not one of the answers.", remedy=f"Choose: {', '.join(row.choices)}.")
    if head == "create_as" and not rest.strip():
        raise Usage("A new record needs a name of its own.", remedy="Write create_as:NAME.")


def _about_record(session: Session, row: QuestionRow, given: Answer) -> None:
    """A record without a partner: left, covered by another's link, or decided about by the next run."""
    ref = Ref.parse(row.about)
    here = (RecordRow.connection_id == row.connection_id) & (RecordRow.side == ref.side.value)
    record = update(RecordRow).where(here & (RecordRow.ref == ref.id))
    values: dict[str, Any] = {}
    if given.choice == LEAVE:
        values = {"unlinked": "left"}
    elif given.choice == COVERED and given.ref is not None:
        values = {"unlinked": "covered", "covered_by": _link_of(session, row.connection_id, given.ref)}
    session.execute(record.values(pending=True, **values))  # what else was said about it is over
    if given.choice in {NOT, NONE}:
        _keep_apart(session, row, given)


def _keep_apart(session: Session, row: QuestionRow, given: Answer) -> None:
    """Remember which two are not the same; the next run decides about the record without them."""
    about = Ref.parse(row.about)
    offered = [Ref.parse(choice.partition(":")[2]) for choice in row.choices if choice.startswith(f"{NOT}:")]
    said = {"by": row.by, "at": row.answered_at, "reason": row.reason}
    for other in [given.ref] if given.ref else offered:
        alike.keep_apart(session.connection(), row.connection_id, about, other, said)
    row.status, row.closed_because = "closed", "They are not the same."


def _link_of(session: Session, connection_id: int, ref: Ref) -> int:
    found = session.query(RecordRow.link_id).filter_by(connection_id=connection_id, side=ref.side.value, ref=ref.id)
    link = found.scalar()
    if link is None:
        raise Usage(f"{ref} is not linked, so it cannot stand for another record.", remedy="Link to it instead.")
    return int(link)
