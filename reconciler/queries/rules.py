"""The rules of a connection as a page shows them: per field its arrow, what each arrow would meet, and live samples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, aliased

from reconciler import rules as documents
from reconciler.core import values
from reconciler.core.model import Side, Value
from reconciler.core.schema import FieldRule, Flow, KindRule, Rules
from reconciler.mapping.limits import read_only
from reconciler.queries.rows import Page, page, view
from reconciler.queries.values import Shown, shown
from reconciler.store.tables import LinkRow, RecordRow, RulesRow

ARROWS = (Flow.S2X, Flow.BOTH, Flow.X2S, Flow.OFF)  # as they stand side by side
SAMPLES = 3
COMPARED = 2_000  # linked pairs looked at to say how many differ: enough to warn, quick enough for a click


@dataclass(frozen=True, slots=True)
class FlowChoice:
    """One state of a field's arrow; `barred` says why it cannot hold, "" if it can."""

    flow: Flow
    chosen: bool
    barred: str


@dataclass(frozen=True, slots=True)
class Sample:
    """What one linked pair shows in a field now."""

    name: str
    salesforce: Shown | None
    xero: Shown | None
    equal: bool


@dataclass(frozen=True, slots=True)
class FieldView:
    """One shared field or group."""

    rule: FieldRule
    choices: tuple[FlowChoice, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class KindView:
    """One kind with its fields, in the order of the rules."""

    rule: KindRule
    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True)
class VersionView:
    """One saved version of the rules."""

    version: int
    saved_at: datetime
    saved_by: str
    note: str


@dataclass(frozen=True, slots=True)
class Differing:
    """How many of the linked pairs looked at differ in one field; `all_seen` when none was left out."""

    found: int
    compared: int
    all_seen: bool


@dataclass(frozen=True, slots=True)
class WordInUse:
    """One value that linked records show, how many of them, and what it is on the other side; None: nothing says."""

    side: Side
    value: str
    count: int
    other: str | None


@lru_cache(maxsize=32)
def _parsed(document: str) -> Rules:
    return documents.parse(document, None)


def document(session: Session, connection_id: int, version: int | None = None) -> str:
    """The text of the newest version of the rules, or of one version; "" when there is none."""
    query = select(RulesRow.document).where(RulesRow.connection_id == connection_id)
    if version is not None:
        query = query.where(RulesRow.version == version)
    return session.scalar(query.order_by(RulesRow.version.desc()).limit(1)) or ""


def rules(session: Session, connection_id: int) -> Rules:
    """The rules in force; the shipped ones for a connection that never saved any."""
    text = document(session, connection_id)
    return _parsed(text) if text else documents.shipped()


def members(session: Session, connection_id: int) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """The member names of every group, by kind and key."""
    kinds = rules(session, connection_id).kinds.values()
    return {(kind.kind, field.key): field.members for kind in kinds for field in kind.fields}


def kinds(session: Session, connection_id: int) -> tuple[KindView, ...]:
    """Every kind and field, with samples from the newest links."""
    found = rules(session, connection_id).kinds
    return tuple(_kind(session, connection_id, rule) for rule in found.values())


def field(session: Session, connection_id: int, kind: str, key: str) -> FieldView | None:
    """One field; None when the rules do not know it."""
    rule = rules(session, connection_id).kinds.get(kind)
    found = [each for each in rule.fields if each.key == key] if rule else []
    return _field(found[0], _pairs(session, connection_id, kind, SAMPLES)) if found else None


def versions(session: Session, connection_id: int, after: int | None = None, limit: int = 20) -> Page[VersionView]:
    """The saved versions, newest first."""
    query = select(RulesRow).where(RulesRow.connection_id == connection_id).order_by(RulesRow.version.desc())
    if after is not None:
        query = query.where(RulesRow.version < after)
    return page([view(VersionView, row) for row in session.scalars(query.limit(limit + 1))], limit, "version")


def version(session: Session, connection_id: int, number: int) -> VersionView | None:
    """One saved version: who saved it, when, and why."""
    query = select(RulesRow).where(RulesRow.connection_id == connection_id, RulesRow.version == number)
    row = session.scalar(query)
    return None if row is None else view(VersionView, row)


def differing(session: Session, connection_id: int, kind: str, key: str) -> Differing:
    """Count the linked pairs that differ in a field now, over at most `COMPARED` of the newest links."""
    rule = rules(session, connection_id).kinds[kind].field(key)
    pairs = _pairs(session, connection_id, kind, COMPARED + 1)
    found = sum(not _equal(rule, ours, theirs) for ours, theirs in pairs[:COMPARED])
    return Differing(found, min(len(pairs), COMPARED), len(pairs) <= COMPARED)


def words_in_use(session: Session, connection_id: int, kind: str, key: str, most: int = 20) -> tuple[WordInUse, ...]:
    """The values met most often on each side; those that the map has no word for come first."""
    rule = rules(session, connection_id).kinds[kind].field(key)
    pairs = _pairs(session, connection_id, kind, COMPARED)
    found: list[WordInUse] = []
    for side in Side:
        counts = Counter(value_of(pair[side is Side.XERO].get(key)) for pair in pairs)
        for value, count in counts.most_common():
            if not values.is_blank(value):
                other = values.translated(rule, side.other, value)
                found.append(WordInUse(side, _text(value), count, None if other is None else _text(other)))
    return tuple(sorted(found, key=lambda word: (word.other is not None, -word.count)))[:most]


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ", ".join(filter(None, value))


def _kind(session: Session, connection_id: int, rule: KindRule) -> KindView:
    pairs = _pairs(session, connection_id, rule.kind, SAMPLES)
    return KindView(rule, tuple(_field(each, pairs) for each in rule.fields))


Raw: TypeAlias = dict[str, Any]


def _pairs(session: Session, connection_id: int, kind: str, limit: int) -> list[tuple[Raw, Raw]]:
    ours, theirs = aliased(RecordRow), aliased(RecordRow)
    query = (
        select(ours.fields, theirs.fields)
        .select_from(LinkRow)
        .join(ours, _is(ours, Side.SALESFORCE, LinkRow.salesforce))
        .join(theirs, _is(theirs, Side.XERO, LinkRow.xero))
        .where(LinkRow.connection_id == connection_id, LinkRow.kind == kind, LinkRow.status == "active")
        .order_by(LinkRow.id.desc())
        .limit(limit)
    )
    return [(left, right) for left, right in session.execute(query)]


def _is(record: type[RecordRow], side: Side, ref: Any) -> ColumnElement[bool]:
    return and_(record.connection_id == LinkRow.connection_id, record.side == side, record.ref == ref)


def _field(rule: FieldRule, pairs: list[tuple[Raw, Raw]]) -> FieldView:
    choices = tuple(FlowChoice(flow, flow is rule.flow, barred(rule, flow)) for flow in ARROWS)
    return FieldView(rule, choices, tuple(_sample(rule, ours, theirs) for ours, theirs in pairs))


def barred(rule: FieldRule, flow: Flow) -> str:
    """Why a field cannot flow this way: the sentence of the side that never takes it; "" if it can."""
    reasons = (read_only(side, rule) for side in Side if flow.reaches(side))
    return next(filter(None, reasons), "")


def _sample(rule: FieldRule, ours: Raw, theirs: Raw) -> Sample:
    left, right = (shown(raw.get(rule.key), rule.members) for raw in (ours, theirs))
    return Sample(str(ours.get("name", "")), left, right, _equal(rule, ours, theirs))


def _equal(rule: FieldRule, ours: Raw, theirs: Raw) -> bool:
    return values.same(rule, {Side.SALESFORCE: value_of(ours.get(rule.key)), Side.XERO: value_of(theirs.get(rule.key))})


def value_of(raw: Any) -> Value:
    """A stored value as the core reads it."""
    return tuple(raw) if isinstance(raw, list) else (raw or "")
