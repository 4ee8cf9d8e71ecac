"""Counts of what was asked of a twin, and a bounded log of the latest calls.  Decides nothing."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime
from typing import Any

LOG_LENGTH = 200
"""How many calls the person's window can show."""


@dataclass(frozen=True, slots=True)
class Call:
    """One answered call; status 0 means that no answer was given.  Holds no query and no body: these carry names."""

    at: datetime
    method: str
    path: str
    status: int
    fault: str


class Calls:
    """Thread-safe counts since the last reset."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._auth = 0
        self._log: deque[Call] = deque(maxlen=LOG_LENGTH)

    def count(self, method: str, template: str, status: int) -> None:
        with self._lock:
            self._counts[method, template, status] += 1

    def count_auth(self) -> None:
        with self._lock:
            self._auth += 1

    def note(self, call: Call) -> None:
        with self._lock:
            self._log.appendleft(call)

    def recent(self) -> list[Call]:
        with self._lock:
            return list(self._log)

    def reset(self) -> None:
        with self._lock:
            self._counts.clear()
            self._auth = 0
            self._log.clear()

    def summary(self) -> dict[str, Any]:
        with self._lock:
            rows = [
                {"method": method, "template": template, "status": status, "count": count}
                for (method, template, status), count in sorted(self._counts.items())
            ]
            return {"total": self._counts.total(), "calls": rows, "auth": self._auth}
