"""How table rows become view rows, and how long lists are cut into pages.

A page continues after a key, never at an offset: rows added meanwhile cannot shift it, and page 400 costs what
page 1 costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, and_, func

from reconciler.core.model import Side

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a longer list; `next` is the key to continue after, None at the end."""

    rows: tuple[T, ...]
    next: int | None = None


def view(shape: type[T], row: Any, **more: Any) -> T:
    """Copy the columns that `shape` names out of a row; `more` gives the fields that are no columns."""
    names = (field.name for field in fields(shape) if field.name not in more)  # type: ignore[arg-type]
    return shape(**{name: getattr(row, name) for name in names}, **more)


def is_at(record: Any, connection_id: int, side: Side, address: Any) -> ColumnElement[bool]:
    """Joins a record to a column that holds its address, by the index over records: the address is taken apart for it.

    Put together from every record instead, it would have each compared with each.
    """
    mark = f"{side.value}:"
    its_own = record.ref == func.substr(address, len(mark) + 1)
    return and_(record.connection_id == connection_id, record.side == side.value, its_own, address.startswith(mark))


def page(rows: Sequence[T], limit: int, key: str = "id") -> Page[T]:
    """Make a page of rows that were read one beyond `limit`, to know whether there are more."""
    kept = tuple(rows[:limit])
    return Page(kept, getattr(kept[-1], key) if len(rows) > limit else None)
