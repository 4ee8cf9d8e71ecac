"""Column types that come back as they went in, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import DateTime, TypeDecorator
from sqlalchemy.engine import Dialect

Stored: TypeAlias = str | datetime


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time.  SQLite gives naive ones back, whatever `timezone=True` says.

    There the text is written and read in one step each: a run does that thirty times for each customer it carries.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """How a time is handed to the driver."""
        return _to_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """How a time comes back from the driver."""
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse a naive time: it would mean two things."""
        return None if value is None else _in_utc(value)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Give the time back aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


@lru_cache(maxsize=4_096)
def time_in(stored: Stored) -> datetime:
    """A time as the driver gives it: SQLite text, PostgreSQL a time in the session's zone."""
    return datetime.fromisoformat(stored + "+00:00") if isinstance(stored, str) else stored.astimezone(UTC)


def _in_utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return value.astimezone(UTC)


@lru_cache(maxsize=4_096)
def _to_text(value: datetime | None) -> str | None:
    """As SQLAlchemy itself stores a naive time in SQLite."""
    return None if value is None else _in_utc(value).isoformat(" ", "microseconds")[:26]


def _from_text(text: str | None) -> datetime | None:
    return None if text is None else time_in(text)
