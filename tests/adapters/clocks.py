"""Time that moves only when told, for gateways and twins alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class SteppedClock:
    """A `Clock` whose sleeps take no time; `slept` lists them."""

    def __init__(self, start: datetime = NOON) -> None:
        self._start, self._gone, self.slept = start, 0.0, list[float]()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._gone)

    def monotonic(self) -> float:
        return self._gone

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._gone += seconds

    def advance(self, seconds: float) -> None:
        """Let time pass without anybody sleeping."""
        self._gone += seconds
