"""Further conditions for sharing a record: typed rows in groups of "all" and "any", judged on the record itself.

Judged when a record is read and again when it is written.  A condition looks at shared values only; it is data, never
code, and its size is bounded, so that nothing a person can save hangs a run or fills the memory.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from reconciler.core.model import Record

DEEPEST = 4  # groups in groups
MOST_ROWS = 100
MOST_VALUES = 100  # of one row
LONGEST = 255  # characters of a value
# What a row may look at besides shared fields.
GROUPS, SUPPLIER, CUSTOMER = "groups", "is_supplier", "is_customer"
FACTS = (GROUPS, SUPPLIER, CUSTOMER)
_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,9})?", re.ASCII)


class Operator(StrEnum):
    """How a value is compared; letter case never counts."""

    EQUAL = "equal"
    NOT_EQUAL = "not_equal"
    ONE_OF = "one_of"
    CONTAINING = "containing"
    BEGINNING = "beginning"
    AT_LEAST = "at_least"  # as numbers; what is no number is neither
    AT_MOST = "at_most"
    FILLED = "filled"
    BLANK = "blank"

    @property
    def takes_value(self) -> bool:
        """Whether the row names something to compare with."""
        return self not in (Operator.FILLED, Operator.BLANK)


@dataclass(frozen=True, slots=True)
class Row:
    """One condition: a shared field, `group.member`, or one of `FACTS`."""

    field: str
    operator: Operator
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all, or any one, must hold."""

    every: bool
    of: tuple[Condition, ...]


Condition: TypeAlias = "Row | Group"


def met(condition: Condition | None, record: Record, members: Mapping[str, Sequence[str]]) -> bool:
    """Whether a record meets a condition; no condition is always met.  `members` names those of each group field."""
    if condition is None:
        return True
    if isinstance(condition, Group):
        judge = all if condition.every else any
        return judge(met(part, record, members) for part in condition.of)
    shown = [text.casefold() for text in _shown(condition.field, record, members)]
    return _HOLDS[condition.operator](shown, [value.casefold() for value in condition.values])


def _shown(field: str, record: Record, members: Mapping[str, Sequence[str]]) -> list[str]:
    """What the record shows there: one text, or several for contact groups and for an address as a whole."""
    if field in FACTS:
        fact = getattr(record, field)
        return list(fact) if isinstance(fact, tuple) else ["yes" if fact else "no"]
    key, _, member = field.partition(".")
    value = record.fields.get(key, "")
    if isinstance(value, str):
        return [value] if value and not member else []
    named = dict(zip(members.get(key, ()), value, strict=False))
    return [text for text in ([named.get(member, "")] if member else value) if text]


def _compares(number: str, other: str) -> int | None:
    """-1, 0 or 1 as numbers; None where one is none."""
    if not (_NUMBER.fullmatch(number) and _NUMBER.fullmatch(other)):
        return None
    one, two = Decimal(number), Decimal(other)
    return (one > two) - (one < two)


_HOLDS: Mapping[Operator, Callable[[list[str], list[str]], bool]] = {
    Operator.EQUAL: lambda shown, wanted: wanted[0] in shown,
    Operator.NOT_EQUAL: lambda shown, wanted: wanted[0] not in shown,
    Operator.ONE_OF: lambda shown, wanted: any(text in wanted for text in shown),
    Operator.CONTAINING: lambda shown, wanted: any(wanted[0] in text for text in shown),
    Operator.BEGINNING: lambda shown, wanted: any(text.startswith(wanted[0]) for text in shown),
    Operator.AT_LEAST: lambda shown, wanted: any(_compares(text, wanted[0]) in (0, 1) for text in shown),
    Operator.AT_MOST: lambda shown, wanted: any(_compares(text, wanted[0]) in (0, -1) for text in shown),
    Operator.FILLED: lambda shown, _: bool(shown),
    Operator.BLANK: lambda shown, _: not shown,
}


def rows(condition: Condition | None) -> list[Row]:
    """Every row, in order."""
    if condition is None:
        return []
    return [condition] if isinstance(condition, Row) else [row for part in condition.of for row in rows(part)]


def told(condition: Condition | None) -> str:
    """The condition in words, as people read it and as it is fingerprinted."""
    if condition is None:
        return ""
    if isinstance(condition, Row):
        wanted = ", ".join(condition.values)
        return f"{condition.field} {condition.operator.value.replace('_', ' ')} {wanted}".strip()
    word = " and " if condition.every else " or "
    return word.join(
        f"({told(p)})" if isinstance(p, Group) and len(condition.of) > 1 else told(p) for p in condition.of
    )


def version(condition: Condition | None) -> str:
    """A fingerprint of the condition, kept with each write as a part of its proof; "" without one."""
    return hashlib.sha256(told(condition).encode()).hexdigest()[:12] if condition else ""
