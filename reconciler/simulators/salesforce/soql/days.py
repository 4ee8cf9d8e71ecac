"""Date literals: the days that TODAY, LAST_MONTH or LAST_N_DAYS:3 stand for.  Pure.

Weeks begin on Monday, as they do in the organisation's locale; its fiscal year is the calendar's.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

_NAMED = ("WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR")
_UNITS = [f"{which}_{unit}" for which in ("LAST", "THIS", "NEXT") for unit in _NAMED]
PLAIN = ("TODAY", "YESTERDAY", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS", *_UNITS)
_COUNTABLE = f"(DAY|{'|'.join(_NAMED)})"
_COUNTED = re.compile(f"(?:(LAST|NEXT)_N_{_COUNTABLE}S|N_{_COUNTABLE}S_AGO)")
_MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
_DAY = timedelta(days=1)


def is_counted(name: str) -> bool:
    """Whether a literal of this name takes a number after a colon."""
    return _COUNTED.fullmatch(name) is not None


def span(name: str, count: int, today: date) -> tuple[date, date]:
    """The first day, and the day after the last; what lies beyond the calendar is cut to it."""
    name = name.replace("FISCAL_", "")
    counted = _COUNTED.fullmatch(name)
    if counted is None:
        return _plain(name, today)
    which, unit, ago = counted.groups()
    if ago:
        return _shifted(ago, today, -count), _shifted(ago, today, 1 - count)
    if which == "LAST":
        # Days up to and with today; weeks and longer up to the current one, which is left out.
        return _shifted(unit, today, -count), _shifted(unit, today, int(unit == "DAY"))
    return _shifted(unit, today, 1), _shifted(unit, today, count + 1)


def _plain(name: str, today: date) -> tuple[date, date]:
    if name in ("TODAY", "YESTERDAY", "TOMORROW"):
        first = today + _DAY * ("YESTERDAY", "TODAY", "TOMORROW").index(name) - _DAY
        return first, first + _DAY
    which, _, unit = name.partition("_")
    if unit == "90_DAYS":
        return span(f"{which}_N_DAYS", 90, today)
    step = ("LAST", "THIS", "NEXT").index(which) - 1
    return _shifted(unit, today, step), _shifted(unit, today, step + 1)


def _shifted(unit: str, today: date, by: int) -> date:
    """The first day of the unit that is so many away from the one that holds today."""
    try:
        if unit in ("DAY", "WEEK"):
            first = today if unit == "DAY" else today - _DAY * today.weekday()
            return first + _DAY * by * (1 if unit == "DAY" else 7)
        length = _MONTHS[unit]
        months = today.year * 12 + (today.month - 1) // length * length + by * length
        return date(months // 12, months % 12 + 1, 1)
    except (OverflowError, ValueError):
        return date.max if by > 0 else date.min
