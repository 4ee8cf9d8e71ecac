"""Open query cursors: which ids a query found, for fetching page after page.

A cursor fixes which records and in what order; each page shows them as they then stand.
"""

from __future__ import annotations

import itertools
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reconciler.simulators.kit import Clock
from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.scenarios.identity import salesforce_id

OPEN_CURSORS = 10
"""A user's eleventh open cursor closes the oldest."""

CURSOR_LIFE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A found result; `show` turns an id into a row, or None if the record is not to be seen any more."""

    ids: list[str]
    show: Callable[[str], dict[str, Any] | None]
    batch: int
    opened: datetime


class Cursors:
    """Cursors of all users, by locator."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)
        self._open: OrderedDict[str, Cursor] = OrderedDict()

    def open(self, ids: list[str], show: Callable[[str], dict[str, Any] | None], batch: int) -> str:
        with self._lock:
            key = salesforce_id("01g", "cursor", next(self._numbers))
            self._open[key] = Cursor(ids, show, batch, self._clock.now())
            while len(self._open) > OPEN_CURSORS:
                self._open.popitem(last=False)
            return key

    def find(self, key: str) -> Cursor:
        with self._lock:
            cursor = self._open.get(key)
            if cursor is None or self._clock.now() - cursor.opened > CURSOR_LIFE:
                raise ApiError("INVALID_QUERY_LOCATOR", "invalid query locator")
            return cursor

    def clear(self) -> None:
        with self._lock:
            self._open.clear()
