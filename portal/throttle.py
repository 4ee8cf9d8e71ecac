"""Slows down guessing: each failed sign-in doubles the wait of its name and of its address.

Kept in memory: one process forgets on a restart, and several processes count each for itself, which multiplies the
guesses by their number and no more.  A name's wait is capped low, so that nobody is locked out by a stranger.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

FREE = 4  # tries before the first wait
LONGEST = {"name": 30.0, "address": 900.0}  # seconds
FORGET = timedelta(hours=1)
MOST = 10_000


@dataclass(slots=True)
class _Tries:
    count: int
    last: datetime


@dataclass(slots=True)
class Throttle:
    """Failed sign-ins by key, a key being ("name", text) or ("address", text)."""

    _tries: dict[tuple[str, str], _Tries] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def wait(self, keys: Iterable[tuple[str, str]], now: datetime) -> int:
        """Whole seconds until any of the keys may be tried again; 0 when all may."""
        with self._lock:
            left = [self._left(key, now) for key in keys]
        return int(max([*left, 0.0]) + 0.999)

    def failed(self, keys: Iterable[tuple[str, str]], now: datetime) -> None:
        """Count a failed try against each key."""
        with self._lock:
            self._forget(now)
            for key in keys:
                tries = self._tries.setdefault(key, _Tries(0, now))
                tries.count, tries.last = tries.count + 1, now

    def succeeded(self, keys: Iterable[tuple[str, str]]) -> None:
        """Forget the failures of these keys."""
        with self._lock:
            for key in keys:
                self._tries.pop(key, None)

    def _left(self, key: tuple[str, str], now: datetime) -> float:
        tries = self._tries.get(key)
        if tries is None or tries.count <= FREE:
            return 0.0
        length = min(2.0 ** min(tries.count - FREE, 20), LONGEST[key[0]])
        return length - (now - tries.last).total_seconds()

    def _forget(self, now: datetime) -> None:
        if len(self._tries) >= MOST:
            self._tries.clear()
        for key in [key for key, tries in self._tries.items() if now - tries.last > FORGET]:
            del self._tries[key]
