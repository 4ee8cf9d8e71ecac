"""Links whose records were merged into others: moved to the survivor, closed beside it, reopened if one returns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, func, or_, select, update

from reconciler.core.model import Ref, Side, Status
from reconciler.core.values import is_blank
from reconciler.store.last_seen import Seen
from reconciler.store.links import BASELINE
from reconciler.store.tables import ConflictRow, LinkRow, QuestionRow, RecordRow, of
from reconciler.store.waiting import not_over


def merged(db: Connection, connection_id: int, kind: str) -> list[tuple[int, Ref]]:
    """Waiting links of which a record was merged into another, and that record."""
    link, record = of(LinkRow), of(RecordRow)
    query = (
        select(link.c.id, record.c.side, record.c.ref)
        .join(record, record.c.link_id == link.c.id)
        .where(link.c.connection_id == connection_id, link.c.pending, link.c.kind == kind)
        .where(record.c.status == Status.MERGED.value)
    )
    return [(row.id, Ref(Side(row.side), row.ref)) for row in db.execute(query.order_by(link.c.id))]


def move(db: Connection, link: int, loser: Ref, survivor: Seen) -> None:
    """Give a link the survivor in the loser's place.

    The survivor's values stand against the old baseline, so that what was chosen in the merge is carried.  A blank was
    not chosen: where the survivor has none, the baseline is forgotten, and a blank is filled but erases nothing.
    """
    row = db.execute(select(of(LinkRow)).where(LinkRow.id == link)).one()
    forgotten = {key for key, value in survivor.record.fields.items() if is_blank(value)}
    kept = {name: _without(getattr(row, name), forgotten) for name in BASELINE.values()}
    side = {str(loser.side): survivor.record.ref.id}
    values: dict[str, Any] = {"former": [*row.former, str(loser)], "pending": True, "due_at": None, **kept, **side}
    db.execute(update(LinkRow).where(LinkRow.id == link).values(**values))
    db.execute(update(ConflictRow).where(ConflictRow.link_id == link, not_over(of(ConflictRow))).values(**side))
    _mark(db, row.connection_id, loser, link_id=None, pending=False, unlinked="merged")
    record = update(RecordRow).where(RecordRow.id == survivor.id)
    db.execute(record.values(link_id=link, pending=False, unlinked="", covered_by=None))


def _without(baseline: dict[str, Any], forgotten: Iterable[str]) -> dict[str, Any]:
    return {key: value for key, value in baseline.items() if key not in set(forgotten)}


def cover(db: Connection, connection_id: int, ref: Ref, link: int) -> None:
    """This record needs no partner of its own: another link stands for it."""
    _mark(db, connection_id, ref, covered_by=link, unlinked="covered", pending=False)


def uncover(db: Connection, link: int, because: str) -> None:
    """What a link stood for, beside its own records, has no partner any more, and is looked at again.

    Whoever said that the link stands for it is asked anew.
    """
    covered = RecordRow.covered_by == link
    rows = db.execute(select(RecordRow.connection_id, RecordRow.side, RecordRow.ref).where(covered)).all()
    for row in rows:
        about = (QuestionRow.connection_id == row.connection_id) & (QuestionRow.about == f"{row.side}:{row.ref}")
        over = update(QuestionRow).where(about, QuestionRow.status == "answered")
        db.execute(over.values(status="closed", closed_because=because))
    db.execute(update(RecordRow).where(covered).values(covered_by=None, unlinked="", pending=True))


def covered_on(db: Connection, link: int, survivor: int) -> None:
    """What a link stood for is stood for by the one that its record went on with."""
    db.execute(update(RecordRow).where(RecordRow.covered_by == link).values(covered_by=survivor))


def _mark(db: Connection, connection_id: int, ref: Ref, **values: Any) -> None:
    here = (RecordRow.connection_id == connection_id) & (RecordRow.side == ref.side.value)
    db.execute(update(RecordRow).where(here & (RecordRow.ref == ref.id)).values(**values))


def reopen(db: Connection, connection_id: int, kind: str) -> list[tuple[Ref, Ref]]:
    """Reopen links closed by a merge whose records stand again, both without a partner; returns the pairs.

    Of two that return to one record the newest link stands again.
    """
    found: list[tuple[Ref, Ref]] = []
    taken: set[Ref] = set()
    for side in Side:
        for link, here, there in sorted(_returned(db, connection_id, kind, side), reverse=True):
            if taken.isdisjoint((here, there)):
                _open_again(db, link, (here, there))
                taken |= {here, there}
                found.append((here, there))
    return found


def join_again(db: Connection, link: int) -> bool:
    """Reopen a link that a person parted, as it was; false where a record of it has gone or has another partner."""
    row = db.execute(select(of(LinkRow)).where(LinkRow.id == link)).one()
    pair = [Ref(side, getattr(row, side.value)) for side in Side]
    free = select(func.count()).where(RecordRow.connection_id == row.connection_id, RecordRow.link_id.is_(None))
    free = free.where(RecordRow.status == Status.ACTIVE.value, RecordRow.covered_by.is_(None))
    here = [(RecordRow.side == ref.side.value) & (RecordRow.ref == ref.id) for ref in pair]
    if row.closed_as != "unlinked" or db.scalar(free.where(or_(*here))) != len(pair):
        return False
    _open_again(db, link, pair)
    return True


def _open_again(db: Connection, link: int, pair: Iterable[Ref]) -> None:
    """What both sides edited while they were apart is asked about, as after an opt-out; a conflict is open again."""
    row = db.execute(select(of(LinkRow)).where(LinkRow.id == link)).one()
    over = (ConflictRow.link_id == link) & (ConflictRow.status == "closed")
    ended_with_it = over & (ConflictRow.closed_because == row.closed_because)
    db.execute(update(ConflictRow).where(ended_with_it).values(status="open", closed_because="", closed_at=None))
    again = {"status": "active", "closed_as": "", "closed_because": "", "pending": True, "resumed": True}
    db.execute(update(LinkRow).where(LinkRow.id == link).values(due_at=None, **again))
    for ref in pair:
        _mark(db, row.connection_id, ref, link_id=link, pending=False, unlinked="", covered_by=None)


def _returned(db: Connection, connection_id: int, kind: str, side: Side) -> list[tuple[int, Ref, Ref]]:
    """Records of this side that wait without a partner and had one until they were merged away."""
    link, here, there = of(LinkRow), of(RecordRow), of(RecordRow).alias("there")
    other = side.other
    query = (
        select(link.c.id, here.c.ref, there.c.ref.label("partner"))
        .join(link, (link.c.connection_id == here.c.connection_id) & (link.c[side.value] == here.c.ref))
        .join(there, (there.c.connection_id == here.c.connection_id) & (there.c.ref == link.c[other.value]))
        .where(here.c.connection_id == connection_id, here.c.pending, here.c.kind == kind)
        .where(here.c.side == side.value, here.c.link_id.is_(None), here.c.unlinked == "merged")
        .where(link.c.closed_as == "merged", there.c.side == other.value, there.c.link_id.is_(None))
        .where(here.c.status == Status.ACTIVE.value)
    )
    return [(row.id, Ref(side, row.ref), Ref(other, row.partner)) for row in db.execute(query)]
