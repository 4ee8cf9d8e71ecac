"""Open query cursors: which ids a query found, for fetching page after page.

A cursor fixes which records and in what order; each page shows them as they then stand, to who may then see them.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from reconciler.simulators.kit import Clock
from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.scenarios.identity import salesforce_id

OPEN_CURSORS = 10
"""A user's eleventh open cursor closes the oldest."""

CURSOR_LIFE = timedelta(days=2)


ById: TypeAlias = Callable[[str], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Cursor:
    """A found result.  `show` makes, for each page anew, what turns an id into a row, or into None if it is gone.

    `inner` ones, of related records, are not counted among the user's open cursors.
    """

    user: str
    ids: list[str]
    show: Callable[[], ById]
    batch: int
    opened: datetime
    inner: bool


class Cursors:
    """Cursors of all users, by locator."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._open: dict[str, Cursor] = {}

    def open(self, user: str, ids: list[str], show: Callable[[], ById], batch: int, *, inner: bool) -> str:
        with self._lock:
            key = salesforce_id("01g", "cursor", next(self._numbers))
            self._open[key] = Cursor(user, ids, show, batch, self._clock.now(), inner)
            mine = [each for each, cursor in self._open.items() if cursor.user == user and not cursor.inner]
            for each in mine[:-OPEN_CURSORS]:
                del self._open[each]
            return key

    def find(self, user: str, key: str) -> Cursor:
        """Somebody else's cursor is as good as none."""
        with self._lock:
            cursor = self._open.get(key)
            if cursor is None or cursor.user != user or self._clock.now() - cursor.opened > CURSOR_LIFE:
                raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
            return cursor

    def clear(self) -> None:
        with self._lock:
            self._open.clear()
