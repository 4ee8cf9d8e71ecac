"""Questions about possible matches are looked at again when a candidate changes, or another one comes.

The record that a question is about has not changed then, so nothing else would have a run decide about it once more.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select, update

from reconciler.core.model import Fields, Side
from reconciler.store import keys
from reconciler.store.tables import QuestionRow, RecordRow, of

CHUNK = 500
_QUESTION, _RECORD = of(QuestionRow), of(RecordRow)
_ASKED = (
    select(_QUESTION.c.id)
    .where(_QUESTION.c.connection_id == bindparam("connection"), _QUESTION.c.status == "open")
    .where(_QUESTION.c.type.in_(("match", "name_taken")))
    .limit(1)
)


def is_asked(db: Connection, connection_id: int) -> bool:
    """Whether any such question is open at all."""
    return db.execute(_ASKED, {"connection": connection_id}).first() is not None


def ask_again(db: Connection, connection_id: int, side: Side, shown: Iterable[Fields]) -> None:
    """Records that are asked about, and are like one of this side that showed or shows these values, wait again.

    On its own side, too: of two that may be the same as a third the question about one has to name the other.
    """
    found_by = {key for fields in shown for key in keys.stored(side, fields)}
    near = sorted(keys.near(db, connection_id, found_by | {key ^ 1 for key in found_by}))
    for start in range(0, len(near), CHUNK):
        asked = _RECORD.c.id.in_(near[start : start + CHUNK]) & (_RECORD.c.unlinked == "question")
        db.execute(update(_RECORD).where(asked & _RECORD.c.link_id.is_(None)).values(pending=True))
