"""What a vendor refused, or Concord on its behalf: noted once, counted when tried again, closed when it is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from reconciler.core.model import LinkState, Ref, Side, Value
from reconciler.core.plan import Deciding
from reconciler.errors import Refusal
from reconciler.store import last_seen, undoing
from reconciler.store.codec import value_in
from reconciler.store.tables import LinkRow, RejectionRow, of
from reconciler.store.waiting import Here

_REJECTION = of(RejectionRow)
REFUSED_SINCE = "It was refused again since, with more of the record."


@dataclass(frozen=True, slots=True)
class Refusing:
    """A refused write: on which record, of which link, and what was attempted; `undoes` to take something back."""

    kind: str
    side: Side
    ref: Ref
    link: int | None
    name: str
    attempted: Mapping[str, Value]
    undoes: bool = False


def reject(
    db: Connection, here: Here, what: Refusing, refusal: Refusal, due_at: datetime | None = None, *, sent: bool = False
) -> bool:
    """Note a refusal, or that the same one happened again; true when it is new.

    `sent`: a vendor said so, and it counts as one more attempt.  Of a pair each value that was refused stays refused,
    though no field was named: with only the newest of them noted, the others would be sent again, in turns for ever.
    """
    standing = _standing(db, here, what, refusal.field)
    merges = what.link is not None and not what.undoes
    before = next((row for row in standing if not merges or _is_alike(row, refusal)), None)
    attempted = {**(before.attempted if before is not None and merges else {}), **what.attempted}
    within = [row for row in standing if row is not before and _is_within(row, attempted)]
    before = before or next(iter(within), None)
    _close(db, here, [row.id for row in within if row is not before], REFUSED_SINCE)
    values = {
        "code": refusal.code,
        "message": refusal.message,
        "remedy": refusal.remedy,
        "retry": refusal.retry,
        "attempted": attempted,
        "status": "open",
        "due_at": due_at,
        "link_id": what.link,
    }
    if before is None:
        db.execute(insert(_REJECTION).values(_opened(here, what, refusal.field) | values))
    else:
        again = update(_REJECTION).where(_REJECTION.c.id == before.id)
        db.execute(again.values(attempts=before.attempts + sent, **values))
    return before is None


def _is_alike(rejection: Any, refusal: Refusal) -> bool:
    """What would pass by itself is tried again then, whatever else of the record is refused for good by that time."""
    return (rejection.retry == "wait") is (refusal.retry == "wait")


def _is_within(rejection: Any, attempted: Mapping[str, Any]) -> bool:
    """Whether all that was refused is among what is refused now."""
    now = {key: value_in(value) for key, value in attempted.items()}
    return all(now.get(key) == value_in(value) for key, value in rejection.attempted.items())


def _standing(db: Connection, here: Here, what: Refusing, field: str) -> list[Any]:
    """The refusals of the same field on the same record that have not been overcome.

    What is to be taken back is known by what was attempted, and each such thing has a refusal of its own.
    """
    same = (
        (_REJECTION.c.connection_id == here.connection_id)
        & (_REJECTION.c.ref == str(what.ref))
        & (_REJECTION.c.side == what.side.value)
        & (_REJECTION.c.field == field)
        & _REJECTION.c.status.in_(("open", "retrying"))
    )
    rows = db.execute(select(_REJECTION).where(same)).all()
    alike = [row for row in rows if undoing.takes_back(db, row) is what.undoes]
    return [row for row in alike if _is_within(row, what.attempted)] if what.undoes else alike


def _opened(here: Here, what: Refusing, field: str) -> dict[str, Any]:
    return {
        "connection_id": here.connection_id,
        "kind": what.kind,
        "side": what.side.value,
        "ref": str(what.ref),
        "name": what.name,
        "field": field,
        "attempts": 1,
        "run_id": here.run_id,
        "opened_at": here.now,
        "closed_because": "",
    }


def close(db: Connection, here: Here, state: LinkState, deciding: Deciding, because: str) -> None:
    """Rejections of a link whose write is no longer meant are over, and name only the values that are.

    What is refused still stays, what is tried again, and what was to be taken back from a record that is as it was.
    """
    rows = db.execute(select(_REJECTION).where(_REJECTION.c.link_id == state.id, _REJECTION.c.status != "closed"))
    over: list[int] = []
    for row in rows.all():
        meant = _meant(row, deciding)
        if meant == row.attempted or _is_to_be_undone(db, row, state):
            continue
        if meant:
            db.execute(update(_REJECTION).where(_REJECTION.c.id == row.id).values(attempted=meant))
        else:
            over.append(row.id)
    _close(db, here, over, because)


def _close(db: Connection, here: Here, over: Sequence[int], because: str) -> None:
    if over:
        closing = update(_REJECTION).where(_REJECTION.c.id.in_(over))
        db.execute(closing.values(status="closed", closed_at=here.now, closed_because=because))


def _meant(rejection: Any, deciding: Deciding) -> dict[str, Any]:
    """Which of the values that were refused would still be written."""
    side = Side(rejection.side)
    tried = {key: each.new for action in deciding.actions if action.side is side for key, each in action.fields.items()}
    return {
        key: value
        for key, value in rejection.attempted.items()
        if (side, key) in deciding.refused or (key in tried and tried[key] == value_in(value))
    }


def _is_to_be_undone(db: Connection, rejection: Any, state: LinkState) -> bool:
    step = undoing.left_to_do(db, rejection)
    shown = state.records[Side(rejection.side)].fields
    return step is not None and all(shown.get(key) == value_in(c["from"]) for key, c in step.fields.items())


def of_sources(db: Connection, connection_id: int, refs: Iterable[Ref], now: datetime) -> dict[Ref, dict[str, Value]]:
    """Creates that were refused and still stand so: the source and the values that were attempted."""
    wanted = {str(ref): ref for ref in refs}
    query = select(_REJECTION).where(
        _REJECTION.c.connection_id == connection_id,
        _REJECTION.c.ref.in_(wanted),
        _REJECTION.c.status == "open",
        _REJECTION.c.link_id.is_(None),
    )
    return {
        wanted[row.ref]: {key: value_in(value) for key, value in row.attempted.items()}
        for row in db.execute(query)
        if row.due_at is None or row.due_at > now
    }


def close_unmeant(db: Connection, here: Here, refs: Iterable[Ref], because: str) -> None:
    """No partner is to be made from these as they are; what is to be taken back from them is still tried again."""
    about = (_REJECTION.c.connection_id == here.connection_id) & _REJECTION.c.ref.in_([str(ref) for ref in refs])
    rows = db.execute(select(_REJECTION).where(about, _REJECTION.c.link_id.is_(None), _REJECTION.c.status != "closed"))
    over = [row.id for row in rows if undoing.left_to_do(db, row) is None]
    _close(db, here, over, because)


def close_of_sources(db: Connection, here: Here, refs: Iterable[Ref], because: str) -> None:
    """The create went through, or is no longer meant."""
    where = (_REJECTION.c.connection_id == here.connection_id) & _REJECTION.c.ref.in_([str(ref) for ref in refs])
    closing = update(_REJECTION).where(where & _REJECTION.c.link_id.is_(None) & (_REJECTION.c.status != "closed"))
    db.execute(closing.values(status="closed", closed_at=here.now, closed_because=because))


def take_up(db: Connection, connection_id: int, now: datetime) -> None:
    """Have looked at again what a side would take later and is due; close what a further try at an undo has ended.

    Whatever happened in between may have laid such a record to rest.  Nothing looks at the records of a pair that was
    parted, or at one whose undo was given up with its plan, to close what has ended.
    """
    here = _REJECTION.c.connection_id == connection_id
    tried = select(_REJECTION).where(here, _REJECTION.c.status == "retrying")
    for row in db.execute(tried).all():
        values = undoing.ended(db, row, now)
        if values:
            db.execute(update(_REJECTION).where(_REJECTION.c.id == row.id).values(**values))
    due = select(_REJECTION).where(here, _REJECTION.c.status == "open", _REJECTION.c.due_at <= now)
    to_be_undone: list[tuple[Any, int]] = []
    for row in db.execute(due.order_by(_REJECTION.c.due_at, _REJECTION.c.id)).all():
        refused = undoing.left_to_do(db, row)
        if refused is None:
            _look_again(db, row)
        else:
            to_be_undone.append((row, refused.plan_id))
    if to_be_undone:
        _take_back(db, connection_id, to_be_undone)


def _take_back(db: Connection, connection_id: int, due: Sequence[tuple[Any, int]]) -> None:
    """Have one plan tried again, the one that is due longest.

    A run that takes something back does nothing else.  However many are refused for long, every other run looks at all
    that waits: else no edit would be carried any more.
    """
    if undoing.was_last(db, connection_id):
        return
    for rejection, plan_id in due:
        if plan_id == due[0][1]:
            undoing.try_again(db, rejection)
            tried = update(_REJECTION).where(_REJECTION.c.id == rejection.id)
            db.execute(tried.values(status="retrying", due_at=None))


def _look_again(db: Connection, rejection: Any) -> None:
    """A pair goes on though its record was merged into another: it is the pair that is looked at."""
    if rejection.link_id is None:
        last_seen.look_again(db, rejection.connection_id, [Ref.parse(rejection.ref)])
    else:
        here = (LinkRow.id == rejection.link_id) & (LinkRow.status != "closed")
        db.execute(update(LinkRow).where(here).values(pending=True, due_at=None))
