"""Calls per minute and per day of one organisation, counted in fixed windows by the twin's clock.

The vendor says the windows are fixed and start at a time of its own for each organisation; `phase` stands for that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from reconciler.simulators.xero.settings import Settings


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a call may go on, and what its headers say; `problem` is "" for yes."""

    problem: str
    retry_after: int | None
    headers: dict[str, str]


@dataclass(slots=True)
class Window:
    """Calls of one span of time; another span begins at nothing."""

    number: int = -1
    used: int = 0

    def at(self, moment: float, length: int) -> None:
        """A clock set backwards opens another window too."""
        number = math.floor(moment / length)
        if number != self.number:
            self.number, self.used = number, 0


class Quota:
    """The two windows of one organisation, and the minute that the app has for all of them together."""

    def __init__(self, app: Window, phase: int) -> None:
        self._minute, self._day, self._app, self._phase = Window(), Window(), app, phase

    def ask(self, settings: Settings, now: datetime, in_flight: int) -> Verdict:
        """Count a call, unless it is refused: the vendor's refusals do not use up the quota they protect."""
        moment, day_length = now.timestamp() + self._phase, max(1, settings.day_seconds)
        self._turn(moment, day_length)
        problem, retry_after = self._problem(settings, moment, day_length, in_flight)
        if not problem:
            self._minute.used += 1
            self._day.used += 1
            self._app.used += 1
        return Verdict(problem, retry_after, self._headers(settings))

    def left(self, settings: Settings, now: datetime) -> dict[str, str]:
        """What the headers say, without a call being counted."""
        self._turn(now.timestamp() + self._phase, max(1, settings.day_seconds))
        return self._headers(settings)

    def _turn(self, moment: float, day: int) -> None:
        self._minute.at(moment, 60)
        self._day.at(moment, day)
        self._app.at(moment - self._phase, 60)

    def _problem(self, settings: Settings, moment: float, day: int, in_flight: int) -> tuple[str, int | None]:
        """No Retry-After is promised for the limit on calls at the same time."""
        if in_flight > settings.concurrent_limit:
            return "concurrent", None
        if self._day.used >= settings.day_limit:
            return "day", _left(moment, day)
        if self._minute.used >= settings.minute_limit:
            return "minute", _left(moment, 60)
        if self._app.used >= settings.app_minute_limit:
            return "appminute", _left(moment - self._phase, 60)
        return "", None

    def _headers(self, settings: Settings) -> dict[str, str]:
        return {
            "X-DayLimit-Remaining": str(max(0, settings.day_limit - self._day.used)),
            "X-MinLimit-Remaining": str(max(0, settings.minute_limit - self._minute.used)),
            "X-AppMinLimit-Remaining": str(max(0, settings.app_minute_limit - self._app.used)),
        }


def ask_app(app: Window, settings: Settings, now: datetime) -> Verdict:
    """Count a call that is about no organisation: only the app's minute knows of it (xero-ruby #128)."""
    moment = now.timestamp()
    app.at(moment, 60)
    spent = app.used >= settings.app_minute_limit
    app.used += not spent
    left = {"X-AppMinLimit-Remaining": str(max(0, settings.app_minute_limit - app.used))}
    return Verdict("appminute", _left(moment, 60), left) if spent else Verdict("", None, left)


def _left(moment: float, length: int) -> int:
    """Whole seconds until the window ends, at least one."""
    return max(1, math.ceil(length - moment % length))
