"""Evidence for edits: which links may need more of it, and keeping what a side's own history has added."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, String, cast, or_, select, update

from reconciler.core.model import Edit, Ref, Side
from reconciler.store.codec import edit_out
from reconciler.store.tables import LinkRow, RecordRow, of


def edited_on_both(
    db: Connection, connection_id: int, kind: str, now: datetime, after: int, limit: int
) -> tuple[list[int], int]:
    """Waiting links of which people have edited one field on both sides at some time, in order, and how far that is.

    Of these edits the sides' own histories have still to be asked; 0 when there are no more.
    """
    link, mine, other = of(LinkRow), of(RecordRow), of(RecordRow).alias("other")
    some = "{}"
    query = (
        select(link.c.id, mine.c.edits, other.c.edits)
        .join(mine, (mine.c.link_id == link.c.id) & (mine.c.side == Side.SALESFORCE.value))
        .join(other, (other.c.link_id == link.c.id) & (other.c.side == Side.XERO.value))
        .where(link.c.connection_id == connection_id, link.c.pending, link.c.id > after, link.c.kind == kind)
        .where(or_(link.c.due_at.is_(None), link.c.due_at <= now), link.c.status == "active")
        .where(cast(mine.c.edits, String) != some, cast(other.c.edits, String) != some)
    )
    rows = db.execute(query.order_by(link.c.id).limit(limit)).all()
    return [row[0] for row in rows if _same_field(row[1], row[2])], rows[-1][0] if rows else 0


def _same_field(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return any("told" not in one[key] or "told" not in other[key] for key in one.keys() & other.keys())


def keep(db: Connection, connection_id: int, better: Mapping[Ref, Mapping[str, Edit]]) -> None:
    """Put this evidence in the place of what was known about the same edits."""
    table = of(RecordRow)
    for ref, edits in better.items():
        here = (table.c.connection_id == connection_id) & (table.c.side == ref.side.value) & (table.c.ref == ref.id)
        known = db.scalar(select(table.c.edits).where(here)) or {}
        kept = known | {key: edit_out(edit) for key, edit in edits.items()}
        db.execute(update(table).where(here).values(edits=kept))
