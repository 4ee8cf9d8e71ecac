"""Payment terms of a contact: their shape, and what the vendor refuses in them.  Pure; keeps nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

OF_A_MONTH = ("OFCURRENTMONTH", "OFFOLLOWINGMONTH")
TYPES = ("DAYSAFTERBILLDATE", "DAYSAFTERBILLMONTH", *OF_A_MONTH)
SIDES = {"Bills": "Bills", "Sales": "Sales Invoices"}

INCOMPLETE = "Both Day and Type must be supplied when adding or updating payment terms"
"""Reported word for word (Xero-Net #199), as is the sentence about days of a month (xero-php #839)."""


def clean(given: Any) -> dict[str, dict[str, Any]] | None:
    """{"Bills", "Sales"}: {"Day", "Type"}, days as numbers; None for what is no payment terms at all."""
    if not isinstance(given, Mapping):
        return None
    sides = {side: given[side] for side in SIDES if given.get(side) is not None}
    if not all(isinstance(side, Mapping) and _is_term(side) for side in sides.values()):
        return None
    return {side: _term(term) for side, term in sides.items()}


def broken(terms: Mapping[str, Mapping[str, Any]]) -> Iterable[str]:
    for side, term in terms.items():
        if len(term) < 2:
            yield INCOMPLETE
        elif term["Type"] not in TYPES:
            yield f"The payment term type {term['Type']} is not valid."
        elif term["Type"] in OF_A_MONTH and not 1 <= term["Day"] <= 31:
            yield f"Due Date for {SIDES[side]} must be between 1 and 31 when set to the following (or current) month."
        elif term["Day"] < 0:
            yield f"Due Date for {SIDES[side]} must not be negative."


def _is_term(term: Mapping[str, Any]) -> bool:
    return isinstance(term.get("Type"), str | None) and _is_day(term.get("Day"))


def _is_day(day: Any) -> bool:
    return day is None or (isinstance(day, int | str) and not isinstance(day, bool) and _number(day) is not None)


def _number(day: int | str) -> int | None:
    text = str(day)
    return int(text) if text.removeprefix("-").isdecimal() and len(text) < 10 else None


def _term(given: Mapping[str, Any]) -> dict[str, Any]:
    term: dict[str, Any] = {} if given.get("Day") is None else {"Day": _number(given["Day"])}
    return term if given.get("Type") is None else term | {"Type": given["Type"]}
