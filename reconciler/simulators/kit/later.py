"""Work that falls due by the twin's clock.

No thread runs it: nobody can see a twin except by asking it, so what is due is done when the next question arrives.
Jumping the clock therefore makes commits visible at once, and a frozen clock holds them back for ever.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from reconciler.simulators.kit.clock import Clock


@dataclass(frozen=True, slots=True)
class _Due:
    moment: datetime
    begun: datetime
    work: Callable[[], object]


class Later:
    """A queue of commits that are already stamped but not yet visible."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._queue: list[_Due] = []

    def at(self, moment: datetime, work: Callable[[], object]) -> None:
        """Do `work` once the clock reads `moment`; it will see the time of this call, not of its being run."""
        with self._lock:
            self._queue.append(_Due(moment, self._clock.now(), work))
            self._queue.sort(key=lambda due: due.moment)

    def run_due(self) -> None:
        for due in self._take(self._clock.now()):
            with self._clock.pinned(due.begun):
                due.work()

    def oldest(self) -> datetime | None:
        """When the oldest commit that is still invisible was begun."""
        with self._lock:
            return min((due.begun for due in self._queue), default=None)

    def clear(self) -> None:
        with self._lock:
            self._queue.clear()

    def _take(self, now: datetime) -> list[_Due]:
        if not self._queue:
            return []
        with self._lock:
            ready = [due for due in self._queue if due.moment <= now]
            self._queue = [due for due in self._queue if due.moment > now]
            return ready
