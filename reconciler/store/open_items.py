"""What is open with people, looked up: how much waits, on which links, and what has come up since a moment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, Select, Table, bindparam, func, or_, select, union_all

from reconciler.core.model import Decision
from reconciler.store.choices import decision_as_stored
from reconciler.store.codec import as_text
from reconciler.store.compiled import Rows, among
from reconciler.store.tables import ConflictRow, QuestionRow, RejectionRow, of
from reconciler.store.waiting import not_over


def since(db: Connection, links: Collection[int], moment: datetime) -> set[tuple[int | None, str]]:
    """The fields of these links about which a conflict was opened, or decided by a person, since then and stands."""
    rows = _SINCE.all(db, ids=list(links), moment=moment)
    return {(row.link_id, row.field) for row in rows}


_CONFLICT = of(ConflictRow)
_DECISIONS = Rows(
    select(_CONFLICT.c.link_id, _CONFLICT.c.field, as_text(_CONFLICT.c.decision)).where(
        among(_CONFLICT.c.link_id, "ids"), not_over(_CONFLICT)
    )
)
_IN_CONFLICT = Rows(select(_CONFLICT.c.link_id).where(among(_CONFLICT.c.link_id, "ids"), _CONFLICT.c.status == "open"))
_SINCE = Rows(
    select(_CONFLICT.c.link_id, _CONFLICT.c.field)
    .where(among(_CONFLICT.c.link_id, "ids"), _CONFLICT.c.status == "open")
    .where(or_(_CONFLICT.c.opened_at > bindparam("moment"), _CONFLICT.c.decided_at > bindparam("moment")))
)


def decisions(db: Connection, links: Collection[int | None]) -> dict[tuple[int | None, str], Decision | None]:
    """The fields of these links about which a conflict is open or shelved, and what a person has decided, if so."""
    rows = _DECISIONS.all(db, ids=[link for link in links if link is not None])
    return {(row.link_id, row.field): decision_as_stored(row.decision) for row in rows}


def in_conflict(db: Connection, links: Collection[int]) -> set[int]:
    """Which of these links have an open conflict, decided or not."""
    return {row.link_id for row in _IN_CONFLICT.all(db, ids=list(links))} if links else set()


def links_with_work(db: Connection, ids: Collection[int]) -> set[int]:
    """Which of these links have a question or a rejection that is not over."""
    return {row.link_id for row in _WITH_WORK.all(db, ids=ids)}


def _with_work(table: Table) -> Select[tuple[int]]:
    return select(table.c.link_id).where(among(table.c.link_id, "ids"), table.c.status != "closed")


_WITH_WORK = Rows(union_all(*map(_with_work, (of(QuestionRow), of(RejectionRow)))))


def open_counts(db: Connection, connection_id: int) -> dict[str, int]:
    """How many of each kind of thing wait for a person now."""
    tables = {"conflicts": of(ConflictRow), "questions": of(QuestionRow), "rejections": of(RejectionRow)}
    return {
        name: int(
            db.scalar(
                select(func.count())
                .select_from(table)
                .where(table.c.connection_id == connection_id, table.c.status == "open")
            )
            or 0
        )
        for name, table in tables.items()
    }
