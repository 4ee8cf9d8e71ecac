"""Field history: the questions that ask for it, and its rows as lines.

Salesforce keeps it for at most 20 fields of an object, those that an administrator has ticked; of long texts it says
only that they were changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from reconciler.adapters.salesforce import soql
from reconciler.core.history import Line
from reconciler.core.model import Ref, Side
from reconciler.core.schema import FieldRule, Flow, KindRule
from reconciler.core.values import canonical
from reconciler.core.values.text import clean
from reconciler.mapping import stamps
from reconciler.mapping.salesforce import columns

AT_ONCE = 20


def questions(thing: str, ids: Sequence[str], since: datetime) -> Iterator[str]:
    """Queries for the history of these records, 20 at a time."""
    names = ("Id", f"{thing}Id", "Field", "OldValue", "NewValue", "CreatedDate", "CreatedBy.Name")
    known = [record_id for record_id in dict.fromkeys(ids) if soql.ID.fullmatch(record_id)]
    for start in range(0, len(known), AT_ONCE):
        yield soql.told(names, f"{thing}History", f"{thing}Id", known[start : start + AT_ONCE], since)


def lines(rows: Sequence[Mapping[str, Any]], thing: str, rule: KindRule) -> list[Line]:
    """The rows that tell of shared fields."""
    places = {column.casefold(): (field, at) for field in rule.fields for at, column in _columns(field)}
    found = []
    for row in rows:
        place = places.get(str(row.get("Field")).casefold())
        if place is not None:
            found.append(_line(row, thing, *place))
    return found


def _columns(field: FieldRule) -> Iterator[tuple[int, str]]:
    return enumerate(columns(field)) if field.flow is not Flow.OFF else enumerate(())


def _line(row: Mapping[str, Any], thing: str, rule: FieldRule, at: int) -> Line:
    author = row.get("CreatedBy")
    by = clean(author.get("Name")) if isinstance(author, Mapping) else ""
    old, new = row.get("OldValue"), row.get("NewValue")
    return Line(
        ref=Ref(Side.SALESFORCE, clean(row.get(f"{thing}Id"))),
        at=stamps.read(row.get("CreatedDate")),
        by=by,
        text=f"{clean(row.get('CreatedDate'))} {by}: {row.get('Field')} from {_shown(old)} to {_shown(new)}",
        field=rule.key,
        member=rule.members[at] if rule.members else "",
        value=None if old is None and new is None else _value(rule, at, new),
    )


def _shown(value: object) -> str:
    return "blank" if value is None else f"\u201c{clean(value)}\u201d"


def _value(rule: FieldRule, at: int, new: object) -> str:
    """One cell in canonical form; of a group, as that member."""
    if not rule.members:
        return str(canonical(rule.comparison, new))
    cells = tuple(new if place == at else None for place in range(len(rule.members)))
    return canonical(rule.comparison, cells)[at]
