"""What a query may ask of a field in place of its value: a part of its day, or the label of its choice.  Pure.

Days are those of UTC, which is the caller's time zone, and the fiscal year is the calendar's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from reconciler.simulators.salesforce.atlas import COUNTRIES
from reconciler.simulators.salesforce.schema import Field

SAME_TIME = "CONVERTTIMEZONE"
TO_LABEL = "TOLABEL"


def _quarter(day: date) -> int:
    return (day.month + 2) // 3


def _day_in_year(day: date) -> int:
    return day.timetuple().tm_yday


_OF_MOMENTS: Mapping[str, Callable[[datetime], Any]] = {
    "DAY_ONLY": lambda moment: moment.date(),
    "HOUR_IN_DAY": lambda moment: moment.hour,
}
_OF_DAYS: Mapping[str, Callable[[date], int]] = {
    "CALENDAR_MONTH": lambda day: day.month,
    "CALENDAR_QUARTER": _quarter,
    "CALENDAR_YEAR": lambda day: day.year,
    "DAY_IN_MONTH": lambda day: day.day,
    "DAY_IN_WEEK": lambda day: day.isoweekday() % 7 + 1,
    "DAY_IN_YEAR": _day_in_year,
    "FISCAL_MONTH": lambda day: day.month,
    "FISCAL_QUARTER": _quarter,
    "FISCAL_YEAR": lambda day: day.year,
    "WEEK_IN_MONTH": lambda day: (day.day + 6) // 7,
    "WEEK_IN_YEAR": lambda day: (_day_in_year(day) + 6) // 7,
}
OF_DATES = frozenset({*_OF_MOMENTS, *_OF_DAYS})
FUNCTIONS = OF_DATES | {TO_LABEL}


def derived(function: str, field: Field) -> Callable[[Any], Any] | None:
    """How the function makes its result of a value of the field, or None if it takes no such field."""
    if function == TO_LABEL:
        return _labels(field) if field.type in ("picklist", "multipicklist") else None
    if field.type == "datetime" and function in _OF_MOMENTS:
        return _OF_MOMENTS[function]
    return _OF_DAYS.get(function) if field.type in ("date", "datetime") else None


def _labels(field: Field) -> Callable[[Any], Any] | None:
    if field.compound and field.name.endswith("StateCode"):
        return None  # what a code stands for depends on the country beside it
    labels = dict(zip(field.choices, field.labels or field.choices, strict=True))
    if field.compound and field.name.endswith("CountryCode"):
        labels = dict(COUNTRIES)
    return lambda value: ";".join(labels.get(each, each) for each in value.split(";"))


def kind(function: str, field: Field) -> str:
    """The type of the result."""
    if function == TO_LABEL:
        return field.type
    return "date" if function == "DAY_ONLY" else "int"
