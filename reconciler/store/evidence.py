"""Evidence for edits: which links may need more of it, and keeping what a side's own history has added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, Text, bindparam, cast, or_, select, update

from reconciler.core.model import Edit, Ref, Side
from reconciler.store.codec import as_text, edit_out
from reconciler.store.compiled import Rows
from reconciler.store.json_text import decode
from reconciler.store.tables import LinkRow, RecordRow, of


def edited_on_both(
    db: Connection, connection_id: int, kind: str, now: datetime, after: int, limit: int
) -> tuple[list[int], int]:
    """Waiting links of which people have edited one field on both sides at some time, in order, and how far that is.

    Of these edits the sides' own histories have still to be asked; 0 when there are no more.
    """
    rows = _EDITED.all(db, connection=connection_id, kind=kind, now=now, after=after, most=limit)
    return [row.id for row in rows if _same_field(row.edits, row.there)], rows[-1].id if rows else 0


_LINK, _MINE, _OTHER = of(LinkRow), of(RecordRow), of(RecordRow).alias("other")
_EDITS, _THERE = as_text(_MINE.c.edits), as_text(_OTHER.c.edits).label("there")
_EDITED = Rows(
    select(_LINK.c.id, _EDITS, _THERE)
    .join(_MINE, (_MINE.c.link_id == _LINK.c.id) & (_MINE.c.side == Side.SALESFORCE.value))
    .join(_OTHER, (_OTHER.c.link_id == _LINK.c.id) & (_OTHER.c.side == Side.XERO.value))
    .where(_LINK.c.connection_id == bindparam("connection"), _LINK.c.pending, _LINK.c.status == "active")
    .where(_LINK.c.id > bindparam("after"), _LINK.c.kind == bindparam("kind"))
    .where(or_(_LINK.c.due_at.is_(None), _LINK.c.due_at <= bindparam("now")))
    .where(cast(_MINE.c.edits, Text) != "{}", cast(_OTHER.c.edits, Text) != "{}")
    .order_by(_LINK.c.id)
    .limit(bindparam("most"))
)


def _same_field(mine: str, other: str) -> bool:
    one, two = decode(mine), decode(other)
    return any("told" not in one[key] or "told" not in two[key] for key in one.keys() & two.keys())


def keep(db: Connection, connection_id: int, better: Mapping[Ref, Mapping[str, Edit]]) -> None:
    """Put this evidence in the place of what was known about the same edits."""
    table = of(RecordRow)
    for ref, edits in better.items():
        here = (table.c.connection_id == connection_id) & (table.c.side == ref.side.value) & (table.c.ref == ref.id)
        known = db.scalar(select(table.c.edits).where(here)) or {}
        kept = known | {key: edit_out(edit) for key, edit in edits.items()}
        db.execute(update(table).where(here).values(edits=kept))
