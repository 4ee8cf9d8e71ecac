"""The syntax tree of a query.  Says what was written, not whether it makes sense."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Relative:
    """A date literal such as TODAY or LAST_N_DAYS:3."""

    name: str
    count: int = 0


Literal: TypeAlias = str | int | float | bool | datetime | date | Relative | None


@dataclass(frozen=True, slots=True)
class Path:
    """`Name` or `Owner.Name`, and where it was written (offset into the text)."""

    parts: tuple[str, ...]
    at: int

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Function:
    """`CALENDAR_YEAR(CreatedDate)`, `toLabel(Industry) trade`: of one record, unlike an aggregate."""

    function: str
    path: Path
    alias: str | None
    at: int

    def __str__(self) -> str:
        return f"{self.function}({self.path})"

    @property
    def parts(self) -> tuple[str, ...]:
        return self.path.parts


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`count(Id)`, `max(SystemModstamp) newest`; `path` is None for `count()`."""

    function: str
    path: Path | None
    alias: str | None
    at: int = 0

    def __str__(self) -> str:
        return f"{self.function}({self.path or ''})"

    @property
    def parts(self) -> tuple[str, ...]:
        """As the name of a column of groups, which is what HAVING compares."""
        return (str(self),)


Term: TypeAlias = Path | Function | Aggregate


@dataclass(frozen=True, slots=True)
class Named:
    """`Name n`: a grouped field under another name."""

    path: Path
    alias: str


@dataclass(frozen=True, slots=True)
class AllFields:
    """FIELDS(ALL | STANDARD | CUSTOM)."""

    which: str


@dataclass(frozen=True, slots=True)
class Children:
    """`(SELECT Id FROM Contacts)`: related records of each record."""

    query: Query


Selected: TypeAlias = Path | Named | Function | Aggregate | AllFields | Children


@dataclass(frozen=True, slots=True)
class Compare:
    """`Name LIKE 'A%'`; the operator is one of = != < <= > >= LIKE.  Aggregates are compared only in HAVING."""

    path: Term
    operator: str
    value: Literal


@dataclass(frozen=True, slots=True)
class Among:
    """`Id IN ('001...', ...)`, or NOT IN."""

    path: Term
    values: tuple[Literal, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Holds:
    """`Colours__c INCLUDES ('Red;Blue', 'Green')`, or EXCLUDES: each text names choices that are all chosen."""

    path: Term
    values: tuple[Literal, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class AmongFound:
    """`Id IN (SELECT AccountId FROM Contact)`, or NOT IN."""

    path: Term
    query: Query
    negated: bool


@dataclass(frozen=True, slots=True)
class Every:
    """Conditions joined by AND."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Conditions joined by OR."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """NOT before a condition."""

    condition: Condition


Condition: TypeAlias = Compare | Among | AmongFound | Holds | Every | Some | Negation


@dataclass(frozen=True, slots=True)
class Order:
    """One key of ORDER BY; an aggregate only where rows are grouped."""

    path: Term
    descending: bool
    nulls_last: bool


@dataclass(frozen=True, slots=True)
class Query:
    """A whole SELECT.  `aliases` are names given in FROM, and the relations each stands for; `scope` is USING's."""

    text: str
    selected: tuple[Selected, ...]
    sobject: str
    sobject_at: int
    where: Condition | None
    group_by: tuple[Path | Function, ...]
    order_by: tuple[Order, ...]
    limit: int | None
    offset: int
    aliases: Mapping[str, tuple[str, ...]]
    having: Condition | None = None
    scope: str = "everything"
