"""What rules meet in the data as last seen: values a side cannot hold or the map does not list, names that are there
twice, blanks that erase.

A remark is no fault: the rules can be saved.  It says beforehand what would otherwise show up record by record.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.core.model import Record, Side, Status, Value
from reconciler.core.plan import SCREEN
from reconciler.core.schema import Blank, FieldRule, Flow, KindRule
from reconciler.core.values import is_blank, name_key, no_word, translated
from reconciler.errors import Refusal
from reconciler.mapping.limits import Shapes, cannot_hold
from reconciler.store.codec import record_in
from reconciler.store.tables import RecordRow

SAMPLES = 5
CHUNK = 500
TOLD = {
    "too_long": "{key} longer than {side} takes: nothing is cut, such a record waits",
    "not_in_picklist": "{key} that the picklist of {side} does not have",
    "country_not_listed": "{key} in a country that the list of {side} does not have",
    "state_not_listed": "{key} with a state that {side} does not list for its country",
    "unmapped": "{key} that the map of values has no one word for in {side}",
    "required": "{key} blank, which {side} does not take",
}
# Of these the values themselves are told: each can be put right once, for every record that has it.
BY_VALUE = {"not_in_picklist": "", "unmapped": "", "country_not_listed": "country", "state_not_listed": "region"}


@dataclass(slots=True)
class Remark:
    """One thing to know: how many records it concerns, a few of them by name, and the values where they repeat."""

    code: str  # a refusal's code | duplicate_name | blank_erases | not_described
    side: Side
    key: str
    told: str
    count: int = 0
    samples: list[str] = field(default_factory=list)
    values: Counter[str] = field(default_factory=Counter)

    @property
    def text(self) -> str:
        """As people read it."""
        if not self.count:
            return f"{self.told}."
        names = ", ".join(self.samples) + (", ..." if self.count > len(self.samples) else "")
        common = ", ".join(f"{value} ({number:,})" for value, number in self.common)
        return f"{self.told}: {self.count:,} ({names})." + (f" Values: {common}." if common else "")

    @property
    def common(self) -> list[tuple[str, int]]:
        """The values met most often, with how often."""
        return self.values.most_common(SAMPLES)

    def as_json(self) -> dict[str, Any]:
        """As scripts read it."""
        return {
            "code": self.code,
            "side": self.side.value,
            "field": self.key,
            "told": self.told,
            "count": self.count,
            "samples": self.samples,
            "values": dict(self.common),
        }


@dataclass(frozen=True, slots=True)
class _Found:
    """One record that a remark is about."""

    remark: Remark
    name: str
    value: str = ""


def lint(
    session: Session, connection_id: int, rule: KindRule, most: int = 0, shapes: Shapes | None = None
) -> tuple[Remark, ...]:
    """Everything worth knowing before these rules are saved, over at most `most` records (0: all of them).

    `shapes` is what the Salesforce organisation says of its columns; without it only the standard lengths are known.
    """
    found: dict[tuple[str, Side, str], Remark] = {}
    names: dict[tuple[Side, str], list[str]] = defaultdict(list)
    shown: dict[int, Record] = {}
    for record, link in _records(session, connection_id, rule.kind, most):
        if link is None and not rule.admits(record):
            continue
        for each in _held(record, rule, shapes or {}):
            _count(found, each)
        names[record.ref.side, name_key(str(record.fields.get("name", "")))].append(_name(record))
        other = shown.pop(link, None) if link is not None else None
        if other is not None:
            for each in _erased(record, other, rule):
                _count(found, each)
        elif link is not None:
            shown[link] = record
    for each in _twice(names):
        _count(found, each)
    return tuple(sorted(found.values(), key=lambda remark: -remark.count))


def _twice(names: Mapping[tuple[Side, str], list[str]]) -> Iterator[_Found]:
    for (side, key), called in names.items():
        if key and len(called) > 1:
            told = f"Shared records of {SCREEN[side]} with one name, which Xero takes once only"
            yield from (_Found(Remark("duplicate_name", side, "name", told), name) for name in called)


def not_described() -> Remark:
    """Said where Salesforce could not be asked."""
    told = "Salesforce could not be asked now, so its picklists and the lengths of its own fields were not looked at"
    return Remark("not_described", Side.SALESFORCE, "", told)


def _records(session: Session, connection_id: int, kind: str, most: int) -> Iterator[tuple[Record, int | None]]:
    here = (RecordRow.connection_id == connection_id) & (RecordRow.kind == kind)
    query = select(RecordRow).where(here, RecordRow.status == Status.ACTIVE.value).order_by(RecordRow.id)
    for row in session.scalars((query.limit(most) if most else query).execution_options(yield_per=CHUNK)):
        yield record_in(row), row.link_id


def _count(found: dict[tuple[str, Side, str], Remark], each: _Found) -> None:
    kept = found.setdefault((each.remark.code, each.remark.side, each.remark.key), each.remark)
    kept.count += 1
    if len(kept.samples) < SAMPLES:
        kept.samples.append(each.name)
    if each.value:
        kept.values[each.value] += 1


def _held(record: Record, rule: KindRule, shapes: Shapes) -> Iterator[_Found]:
    """Values that would be refused where they flow to: too long, in no list or map, no e-mail address."""
    target = record.ref.side.other
    for each in rule.fields:
        value = record.fields.get(each.key, "")
        if not each.flow.reaches(target) or is_blank(value):
            continue
        refusal = _refusal(target, each, value, shapes)
        if refusal:
            plain = f"{{key}} that {{side}} cannot hold ({refusal.code.replace('_', ' ')})"
            told = TOLD.get(refusal.code, plain).format(key=each.key.replace("_", " "), side=SCREEN[target])
            yield _Found(Remark(refusal.code, target, each.key, told), _name(record), _said(each, value, refusal.code))


def _refusal(target: Side, rule: FieldRule, value: Value, shapes: Shapes) -> Refusal | None:
    words = translated(rule, target, value)
    return no_word(rule, target, value) if words is None else cannot_hold(target, rule, words, shapes)


def _said(rule: FieldRule, value: Value, code: str) -> str:
    """The value that is in no list; of an address its country or state."""
    if code not in BY_VALUE:
        return ""
    if isinstance(value, str):
        return value
    members = dict(zip(rule.members, value, strict=True))
    return members.get(BY_VALUE[code]) or ", ".join(filter(None, value))


def _erased(one: Record, other: Record, rule: KindRule) -> Iterator[_Found]:
    """Where a value stands against a blank that may be carried: the next edit there could clear it."""
    records: Mapping[Side, Record] = {one.ref.side: one, other.ref.side: other}
    for each in rule.fields:
        if each.blank is not Blank.CARRY or each.flow is Flow.OFF:
            continue
        side = _filled_against_blank(each, records)
        if side is not None and each.flow.reaches(side):
            told = f"{each.key} filled in {SCREEN[side]} and blank in {SCREEN[side.other]}, where blanks are carried"
            yield _Found(Remark("blank_erases", side, each.key, told), _name(records[side]))


def _filled_against_blank(rule: FieldRule, records: Mapping[Side, Record]) -> Side | None:
    blank = {side: is_blank(record.fields.get(rule.key, "")) for side, record in records.items()}
    if blank[Side.SALESFORCE] == blank[Side.XERO]:
        return None
    return Side.XERO if blank[Side.SALESFORCE] else Side.SALESFORCE


def _name(record: Record) -> str:
    return str(record.fields.get("name", "")) or record.ref.id
