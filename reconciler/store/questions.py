"""Questions that a record raises: asked, answered, brought up to date, and closed when they are over."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from reconciler.core.model import Ref
from reconciler.core.plan import Ask
from reconciler.store.compiled import Rows, among
from reconciler.store.tables import QuestionRow, of
from reconciler.store.waiting import Here

NO_LONGER_SO = "What was asked about it is no longer so."
_QUESTION = of(QuestionRow)
_ANSWERS = Rows(
    select(_QUESTION.c.about, _QUESTION.c.answer)
    .where(_QUESTION.c.connection_id == bindparam("connection"), among(_QUESTION.c.about, "refs"))
    .where(
        _QUESTION.c.status == "answered", or_(*(_QUESTION.c.type == word for word in ("match", "name_taken", "undone")))
    )
    .order_by(_QUESTION.c.id)
)


def ask(db: Connection, here: Here, found: Ask, kind: str, link: int | None) -> bool:
    """Open a question, or bring the open one about the same record up to date; true when it is new.

    One that was answered is open again: it is asked anew only when its answer could not be followed.
    """
    values = {
        "refs": [str(ref) for ref in found.refs],
        "choices": list(found.choices),
        "text": found.text,
        "details": {"shown": dict(found.shown), **found.details},
    }
    about = (_QUESTION.c.connection_id == here.connection_id) & (_QUESTION.c.about == str(found.about))
    same = about & (_QUESTION.c.type == found.type) & _QUESTION.c.status.in_(("open", "answered"))
    number = db.scalar(select(_QUESTION.c.id).where(same).order_by(_QUESTION.c.id.desc()).limit(1))
    if number is not None:
        again = {"status": "open", "answer": "", "answered_at": None}
        db.execute(update(_QUESTION).where(_QUESTION.c.id == number).values(**values, **again))
        return False
    opened = {
        "connection_id": here.connection_id,
        "type": found.type,
        "kind": kind,
        "about": str(found.about),
        "link_id": link,
        "status": "open",
        "run_id": here.run_id,
        "opened_at": here.now,
        "answer": "",
        "by": "",
        "reason": "",
        "closed_because": "",
    }
    db.execute(insert(_QUESTION).values(opened | values))
    return True


def answers(db: Connection, connection_id: int, about: Iterable[Ref]) -> dict[Ref, str]:
    """Answers given about these records and not yet carried out, of several the newest."""
    wanted = {str(ref): ref for ref in about}
    rows = _ANSWERS.all(db, connection=connection_id, refs=list(wanted))
    return {wanted[row.about]: row.answer for row in rows}


def close(
    db: Connection, here: Here, about: Iterable[Ref], because: str, statuses: Collection[str] = ("open", "answered")
) -> None:
    """Questions about these records are over."""
    names = [str(ref) for ref in about]
    where = (_QUESTION.c.connection_id == here.connection_id) & _QUESTION.c.about.in_(names)
    closing = update(_QUESTION).where(where & _QUESTION.c.status.in_(statuses))
    db.execute(closing.values(status="closed", closed_because=because))


def ask_again(db: Connection, here: Here, about: Iterable[Ref], what: str) -> int:
    """Open the newest questions of this type about these records that ended when the record fell; returns how many."""
    names = [str(ref) for ref in about]
    parted = (
        (_QUESTION.c.connection_id == here.connection_id) & _QUESTION.c.about.in_(names) & (_QUESTION.c.type == what)
    )
    newest = select(func.max(_QUESTION.c.id)).where(parted).group_by(_QUESTION.c.about)
    over = _QUESTION.c.id.in_(newest) & (_QUESTION.c.status == "closed") & (_QUESTION.c.closed_because == NO_LONGER_SO)
    opened = {"status": "open", "closed_because": "", "run_id": here.run_id, "opened_at": here.now}
    return db.execute(update(_QUESTION).where(over).values(**opened)).rowcount


def close_removals(db: Connection, here: Here, standing: Iterable[Ref]) -> None:
    """These records stand: whatever was asked about their removal is over."""
    where = (_QUESTION.c.connection_id == here.connection_id) & _QUESTION.c.about.in_([str(ref) for ref in standing])
    removal = _QUESTION.c.type.in_(("removed", "archived")) & _QUESTION.c.status.in_(("open", "answered"))
    db.execute(update(_QUESTION).where(where & removal).values(status="closed", closed_because="It stands again."))
