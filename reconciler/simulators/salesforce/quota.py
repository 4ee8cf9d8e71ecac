"""The calls an organisation has left: a rolling day, and a rolling minute when one is set."""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta

from reconciler.simulators.kit import Clock
from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.org import Org

MINUTE = timedelta(minutes=1)


class Quota:
    """Every call that is let in counts; a refused one does not."""

    def __init__(self, org: Org, clock: Clock) -> None:
        self._org, self._clock = org, clock
        self._lock = threading.Lock()
        self._calls: deque[datetime] = deque()

    def spend(self) -> None:
        """Count one call, or raise the limit it would pass."""
        now, settings = self._clock.now(), self._org.settings
        with self._lock:
            self._drop_old(now)
            if len(self._calls) >= settings.day_limit:
                raise ApiError("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)
            if settings.minute_limit is not None and self._last_minute(now) >= settings.minute_limit:
                raise ApiError("REQUEST_LIMIT_EXCEEDED", "ConcurrentPerOrgLongTxn Limit exceeded.", status=403)
            self._calls.append(now)

    @property
    def used(self) -> int:
        with self._lock:
            self._drop_old(self._clock.now())
            return len(self._calls)

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()

    def _drop_old(self, now: datetime) -> None:
        day = timedelta(seconds=self._org.settings.day_seconds)
        while self._calls and now - self._calls[0] >= day:
            self._calls.popleft()

    def _last_minute(self, now: datetime) -> int:
        return sum(now - call < MINUTE for call in self._calls)
