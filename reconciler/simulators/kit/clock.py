"""The twin's own time.  Not a scheduler: nothing happens by itself when it moves."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

FIRST_YEAR, LAST_YEAR, FASTEST = 1971, 9000, 1000
"""A clock near the end of the calendar would stop the service, not the story."""


def system_time() -> datetime:
    return datetime.now(UTC)


class Clock:
    """Aware UTC time in whole milliseconds; ticks on after being set, unless frozen, by `rate` seconds a second."""

    def __init__(self, source: Callable[[], datetime] = system_time) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._offset, self._rate, self._since = timedelta(0), 1.0, source()
        self._frozen: datetime | None = None
        self._pinned = threading.local()

    def now(self) -> datetime:
        pinned: datetime | None = getattr(self._pinned, "moment", None)
        if pinned is not None:
            return pinned
        with self._lock:
            return whole_milliseconds(self._frozen or self._shown(self._source()))

    def _shown(self, true_time: datetime) -> datetime:
        return true_time + self._offset + (true_time - self._since) * (self._rate - 1)

    @property
    def frozen(self) -> bool:
        with self._lock:
            return self._frozen is not None

    def set(
        self,
        *,
        offset_seconds: float | None = None,
        now: datetime | None = None,
        frozen: bool | None = None,
        rate: float | None = None,
    ) -> datetime:
        """Move the clock (`offset_seconds` from true time, or to `now`), freeze it or let it tick, let it drift."""
        if now is not None and now.tzinfo is None:
            raise ValueError("the clock takes a time with a zone, such as 2026-01-31T12:00:00Z")
        with self._lock:
            true_time = self._source()
            shown = self._frozen or self._shown(true_time)
            if offset_seconds is not None:
                shown = true_time + timedelta(seconds=offset_seconds)
            if now is not None:
                shown = now.astimezone(UTC)
            if not FIRST_YEAR <= shown.year <= LAST_YEAR or not 0 <= (1.0 if rate is None else rate) <= FASTEST:
                raise ValueError("the clock shows years from 1971 to 9000, and runs at most 1,000 times as fast")
            self._offset, self._since = shown - true_time, true_time
            self._rate = self._rate if rate is None else rate
            stays_frozen = self._frozen is not None if frozen is None else frozen
            self._frozen = whole_milliseconds(shown) if stays_frozen else None
            return whole_milliseconds(shown)

    @contextmanager
    def pinned(self, moment: datetime) -> Iterator[None]:
        """Show `moment` to this thread only: a commit made visible late keeps the stamp of its beginning."""
        before: datetime | None = getattr(self._pinned, "moment", None)
        self._pinned.moment = moment
        try:
            yield
        finally:
            self._pinned.moment = before


def whole_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
