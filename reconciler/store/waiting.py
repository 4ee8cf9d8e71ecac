"""What waits for a person: conflicts, questions and rejections, opened, refreshed and closed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, bindparam, func, insert, literal_column, or_, select, union_all, update

from reconciler.core.model import SIDES, LinkState, Record, Ref, Side, Value
from reconciler.core.plan import Ask, Close, Deciding, Dispute
from reconciler.errors import Refusal
from reconciler.store import undoing
from reconciler.store.codec import edit_out, sides_out, value_in
from reconciler.store.compiled import Rows, among
from reconciler.store.tables import ConflictRow, QuestionRow, RejectionRow, of

Said: TypeAlias = frozenset[tuple[str, int, str]]  # question or rejection, its id and its status
_NOTHING_SAID: Said = frozenset()
_QUESTION, _REJECTION = of(QuestionRow), of(RejectionRow)
_ANSWERS = Rows(
    select(_QUESTION.c.about, _QUESTION.c.answer)
    .where(_QUESTION.c.connection_id == bindparam("connection"), among(_QUESTION.c.about, "refs"))
    .where(
        _QUESTION.c.status == "answered", or_(*(_QUESTION.c.type == word for word in ("match", "name_taken", "undone")))
    )
    .order_by(_QUESTION.c.id)
)
_SAID = Rows(
    union_all(
        select(literal_column("'question'").label("what"), _QUESTION.c.about, _QUESTION.c.id, _QUESTION.c.status).where(
            _QUESTION.c.connection_id == bindparam("connection"), among(_QUESTION.c.about, "refs")
        ),
        select(literal_column("'rejection'"), _REJECTION.c.ref, _REJECTION.c.id, _REJECTION.c.status).where(
            _REJECTION.c.connection_id == bindparam("connection"), among(_REJECTION.c.ref, "refs")
        ),
    )
)


@dataclass(frozen=True, slots=True)
class Here:
    """Where and when something is noted: the connection, the run and the time."""

    connection_id: int
    run_id: int | None
    now: datetime


def dispute(db: Connection, here: Here, state: LinkState, found: Dispute) -> bool:
    """Open a conflict, or refresh the open one; true when it is new."""
    values: dict[str, Any] = {
        "values": sides_out(found.values),
        "baseline": sides_out(found.baseline),
        "edited": {side.value: edit_out(edit) for side, edit in found.edits.items() if edit},
        "proposed": found.proposed.value if found.proposed else "",
    }
    values |= {"why": found.why} if found.why else {}
    if found.conflict is not None:
        if found.noted:
            values |= {"noted": found.noted, "decision": {}, "winner": "", "by": "", "decided_at": None}
        db.execute(update(ConflictRow).where(ConflictRow.id == found.conflict).values(**values))
        return False
    row = _conflict(here, state.id, state.records, found.field) | {"status": "open", "reason": found.reason}
    db.execute(insert(ConflictRow).values(row | values))
    return True


def _conflict(here: Here, link: int | None, records: Mapping[Side, Record], field: str) -> dict[str, Any]:
    return {
        "connection_id": here.connection_id,
        "link_id": link,
        "kind": records[Side.SALESFORCE].kind,
        "field": field,
        "salesforce": records[Side.SALESFORCE].ref.id,
        "xero": records[Side.XERO].ref.id,
        "name": name_of(records),
        "run_id": here.run_id,
        "opened_at": here.now,
        "winner": "",
        "by": "",
        "noted": "",
        "closed_because": "",
        "decision": {},
    }


def name_of(records: Mapping[Side, Record]) -> str:
    """What people call this pair: the name in Salesforce, else in Xero."""
    names = (records[side].fields.get("name", "") for side in SIDES)
    return str(next((name for name in names if name), ""))[:255]


def decided(db: Connection, here: Here, link: int, records: Mapping[Side, Record], verdict: Mapping[str, Any]) -> None:
    """Show in the queue what was decided without asking, now that it has been carried out."""
    row = _conflict(here, link, records, verdict["field"]) | {
        "status": "decided",
        "reason": verdict["reason"],
        "values": verdict["values"],
        "baseline": verdict["baseline"],
        "edited": verdict["edited"],
        "proposed": verdict["winner"],
        "winner": verdict["winner"],
        "value": verdict["values"][verdict["winner"]],
        "by": "rule",
        "why": verdict["why"],
        "decided_at": here.now,
    }
    db.execute(insert(ConflictRow).values(row))


def close(db: Connection, here: Here, found: Close) -> None:
    """End a conflict: decided when a decision stands on both sides, else closed with its reason."""
    values: dict[str, Any] = {"closed_because": found.because, "closed_at": here.now, "status": "closed"}
    if found.decided:
        values = {"status": "decided", "decided_at": here.now, "run_id": here.run_id}
        values |= {"values": sides_out(found.shown)} if found.shown else {}
    db.execute(update(ConflictRow).where(ConflictRow.id == found.conflict).values(**values))


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
    table = of(QuestionRow)
    about = (table.c.connection_id == here.connection_id) & (table.c.about == str(found.about))
    same = about & (table.c.type == found.type) & table.c.status.in_(("open", "answered"))
    number = db.scalar(select(table.c.id).where(same).order_by(table.c.id.desc()).limit(1))
    if number is not None:
        again = {"status": "open", "answer": "", "answered_at": None}
        db.execute(update(table).where(table.c.id == number).values(**values, **again))
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
    db.execute(insert(QuestionRow).values(opened | values))
    return True


def answers(db: Connection, connection_id: int, about: Iterable[Ref]) -> dict[Ref, str]:
    """Answers given about these records and not yet carried out, of several the newest."""
    wanted = {str(ref): ref for ref in about}
    rows = _ANSWERS.all(db, connection=connection_id, refs=list(wanted))
    return {wanted[row.about]: row.answer for row in rows}


def said(db: Connection, connection_id: int, about: Iterable[Ref]) -> dict[Ref, Said]:
    """Where each question and refusal about these records stands: another once anybody has said anything about it."""
    found: dict[Ref, set[tuple[str, int, str]]] = {ref: set() for ref in about}
    for row in _SAID.all(db, connection=connection_id, refs=list(map(str, found))):
        found[Ref.parse(row.about)].add((row.what, row.id, row.status))
    return {ref: frozenset(stand) if stand else _NOTHING_SAID for ref, stand in found.items()}


def close_questions(
    db: Connection, here: Here, about: Iterable[Ref], because: str, statuses: Collection[str] = ("open", "answered")
) -> None:
    """Questions about these records are over."""
    table = of(QuestionRow)
    names = [str(ref) for ref in about]
    where = (table.c.connection_id == here.connection_id) & table.c.about.in_(names)
    closing = update(table).where(where & table.c.status.in_(statuses))
    db.execute(closing.values(status="closed", closed_because=because))


def ask_again(db: Connection, here: Here, about: Iterable[Ref], closed_because: str) -> int:
    """Open the newest questions about what was taken back that were closed for this reason; returns how many."""
    table = of(QuestionRow)
    names = [str(ref) for ref in about]
    undone = (table.c.connection_id == here.connection_id) & table.c.about.in_(names) & (table.c.type == "undone")
    newest = select(func.max(table.c.id)).where(undone).group_by(table.c.about)
    over = table.c.id.in_(newest) & (table.c.status == "closed") & (table.c.closed_because == closed_because)
    opened = {"status": "open", "closed_because": "", "run_id": here.run_id, "opened_at": here.now}
    return db.execute(update(table).where(over).values(**opened)).rowcount


def close_removals(db: Connection, here: Here, standing: Iterable[Ref]) -> None:
    """These records stand: whatever was asked about their removal is over."""
    table = of(QuestionRow)
    where = (table.c.connection_id == here.connection_id) & table.c.about.in_([str(ref) for ref in standing])
    removal = table.c.type.in_(("removed", "archived")) & table.c.status.in_(("open", "answered"))
    db.execute(update(table).where(where & removal).values(status="closed", closed_because="It stands again."))


def close_link(db: Connection, here: Here, link: int, because: str) -> None:
    """Whatever waited about a link is over with it."""
    values = {"status": "closed", "closed_because": because}
    conflicts, questions, rejections = of(ConflictRow), of(QuestionRow), of(RejectionRow)
    closing = update(conflicts).where(conflicts.c.link_id == link, conflicts.c.status == "open")
    db.execute(closing.values(**values, closed_at=here.now))
    db.execute(update(questions).where(questions.c.link_id == link, questions.c.status != "closed").values(**values))
    closing = update(rejections).where(rejections.c.link_id == link, rejections.c.status != "closed")
    db.execute(closing.values(**values, closed_at=here.now))


@dataclass(frozen=True, slots=True)
class Refusing:
    """A refused write: on which record, of which link, and what was attempted."""

    kind: str
    side: Side
    ref: Ref
    link: int | None
    name: str
    attempted: Mapping[str, Value]


def reject(
    db: Connection, here: Here, what: Refusing, refusal: Refusal, due_at: datetime | None = None, *, sent: bool = False
) -> bool:
    """Note a refusal, or that the same one happened again; true when it is new.

    `sent`: a vendor said so, and it counts as one more attempt.
    """
    table = of(RejectionRow)
    same = (
        (table.c.connection_id == here.connection_id)
        & (table.c.ref == str(what.ref))
        & (table.c.side == what.side.value)
        & (table.c.field == refusal.field)
        & table.c.status.in_(("open", "retrying"))
    )
    row = db.execute(select(table.c.id, table.c.attempts, table.c.attempted).where(same).limit(1)).first()
    values = {
        "code": refusal.code,
        "message": refusal.message,
        "remedy": refusal.remedy,
        "retry": refusal.retry,
        "attempted": dict(what.attempted),
        "status": "open",
        "due_at": due_at,
        "link_id": what.link,
    }
    if row is not None:
        again = row.attempts + sent
        db.execute(update(table).where(table.c.id == row.id).values(attempts=again, **values))
        return False
    opened = {
        "connection_id": here.connection_id,
        "kind": what.kind,
        "side": what.side.value,
        "ref": str(what.ref),
        "name": what.name,
        "field": refusal.field,
        "attempts": 1,
        "run_id": here.run_id,
        "opened_at": here.now,
        "closed_because": "",
    }
    db.execute(insert(table).values(opened | values))
    return True


def close_rejections(db: Connection, here: Here, state: LinkState, deciding: Deciding, because: str) -> None:
    """Rejections of a link whose write is no longer meant are over.

    What is refused still stays, what is tried again, and what was to be taken back from a record that is as it was.
    """
    table = of(RejectionRow)
    rows = db.execute(select(table).where(table.c.link_id == state.id, table.c.status != "closed"))
    over = [row.id for row in rows if not (_is_meant(row, deciding) or _is_to_be_undone(db, row, state))]
    if over:
        closing = update(table).where(table.c.id.in_(over))
        db.execute(closing.values(status="closed", closed_at=here.now, closed_because=because))


def _is_meant(rejection: Any, deciding: Deciding) -> bool:
    side = Side(rejection.side)
    tried = {key: each.new for action in deciding.actions if action.side is side for key, each in action.fields.items()}
    return any(
        (side, key) in deciding.refused or (key in tried and tried[key] == value_in(value))
        for key, value in rejection.attempted.items()
    )


def _is_to_be_undone(db: Connection, rejection: Any, state: LinkState) -> bool:
    step = undoing.left_to_do(db, rejection)
    shown = state.records[Side(rejection.side)].fields
    return step is not None and all(shown.get(key) == value_in(c["from"]) for key, c in step.fields.items())


def refused_sources(
    db: Connection, connection_id: int, refs: Iterable[Ref], now: datetime
) -> dict[Ref, dict[str, Value]]:
    """Creates that were refused and still stand so: the source and the values that were attempted."""
    table = of(RejectionRow)
    wanted = {str(ref): ref for ref in refs}
    query = select(table).where(
        table.c.connection_id == connection_id,
        table.c.ref.in_(wanted),
        table.c.status == "open",
        table.c.link_id.is_(None),
    )
    return {
        wanted[row.ref]: {key: value_in(value) for key, value in row.attempted.items()}
        for row in db.execute(query)
        if row.due_at is None or row.due_at > now
    }


def close_source_rejections(db: Connection, here: Here, refs: Iterable[Ref], because: str) -> None:
    """The create went through, or is no longer meant."""
    table = of(RejectionRow)
    where = (table.c.connection_id == here.connection_id) & table.c.ref.in_([str(ref) for ref in refs])
    closing = update(table).where(where & table.c.link_id.is_(None) & (table.c.status != "closed"))
    db.execute(closing.values(status="closed", closed_at=here.now, closed_because=because))
