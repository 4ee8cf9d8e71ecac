"""Where the pairs differ that the first plan means to link: one row a field in which both are filled, page by page.

Fields that flow one way are not here: their arrow decides.  A blank is not here either: it is filled.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from reconciler.core import values
from reconciler.core.model import SIDES, Side
from reconciler.core.schema import FieldRule, First, Flow, KindRule
from reconciler.queries import plans, rules
from reconciler.queries.rows import Page, is_at
from reconciler.queries.values import Shown, json_of, shown
from reconciler.store.tables import ActionRow, EventRow, FirstChoiceRow, RecordRow

KIND = "customer"
LIMIT = 50
CHUNK = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """Which differences to show; `show`: all | open (nothing chosen and the rule asks) | chosen."""

    field: str = ""
    text: str = ""
    show: str = "all"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one pair.  `stands` is whose value the rule lets stand, "" where it asks; a choice goes before it.

    `chosen` is the side that was chosen, or "value" for a value of their own, which is then in `typed`.

    `seen` is what a choice must name, so that nobody chooses between values that are no longer there, or undoes unseen
    what somebody else has chosen.
    """

    salesforce: str
    xero: str
    name: str
    field: str
    members: tuple[str, ...]
    values: Mapping[Side, Shown | None]
    changed: Mapping[Side, datetime]
    stands: str
    chosen: str
    typed: Shown | None
    by: str
    at: datetime | None
    stale: bool
    seen: str

    @property
    def id(self) -> str:
        """Its name in a form."""
        return f"{self.salesforce}|{self.xero}|{self.field}"


def fingerprint(values: Iterable[Any], chosen: Mapping[str, Any]) -> str:
    """Two stored values, and what was chosen about them, in a few letters."""
    parts = [value or "" for value in values]
    if chosen:
        parts += [chosen["winner"], chosen["value"], chosen["by"], chosen["reason"]]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def fields(session: Session, connection_id: int) -> tuple[str, ...]:
    """The fields in which a person may choose: those that flow both ways."""
    return tuple(each.key for each in _both_ways(_rule(session, connection_id)))


def differences(
    session: Session, connection_id: int, filters: Filters, after: int | None = None, limit: int = LIMIT
) -> Page[Difference]:
    """A page of them; all fields of one pair stay on one page, so that it may hold a few more than `limit`."""
    rule, found = _rule(session, connection_id), list[Difference]()
    for action, ours, theirs in _pairs(session, connection_id, filters.text, after or 0):
        if len(found) >= limit:
            return Page(tuple(found), action - 1)
        found += [each for each in _of(session, rule, ours, theirs) if _wanted(each, filters)]
    return Page(tuple(found))


def difference(session: Session, connection_id: int, salesforce: str, xero: str, field: str) -> Difference | None:
    """One of them as it stands now; None when the two do not differ there."""
    rule = _rule(session, connection_id)
    here = select(RecordRow).where(RecordRow.connection_id == connection_id)
    ours = session.scalar(here.where(RecordRow.side == Side.SALESFORCE.value, RecordRow.ref == salesforce))
    theirs = session.scalar(here.where(RecordRow.side == Side.XERO.value, RecordRow.ref == xero))
    if ours is None or theirs is None:
        return None
    return next((each for each in _of(session, rule, ours, theirs) if each.field == field), None)


def chosen(session: Session, connection_id: int) -> int:
    """How many choices wait for their pair to be linked."""
    here = select(func.count()).select_from(FirstChoiceRow).where(FirstChoiceRow.connection_id == connection_id)
    return session.scalar(here) or 0


def outdated(session: Session, connection_id: int) -> bool:
    """Whether something was chosen, or chosen otherwise, since the plan was made."""
    plan = plans.proposed(session, connection_id)
    acts = (EventRow.connection_id == connection_id) & (EventRow.what == "first.chosen")
    newest = session.scalar(select(func.max(EventRow.at)).where(acts))
    return bool(plan and newest and newest >= plan.made_at)


def _rule(session: Session, connection_id: int) -> KindRule:
    return rules.rules(session, connection_id).kinds[KIND]


def _both_ways(rule: KindRule) -> Iterator[FieldRule]:
    return (each for each in rule.fields if each.flow is Flow.BOTH)


def _pairs(session: Session, connection_id: int, text: str, after: int) -> Iterator[tuple[int, RecordRow, RecordRow]]:
    """The pairs of the newest plan behind an action, in order, a piece at a time."""
    plan = plans.proposed(session, connection_id)
    ours, theirs = aliased(RecordRow), aliased(RecordRow)
    query = (
        select(ActionRow.id, ours, theirs)
        .join(theirs, is_at(theirs, connection_id, Side.XERO, ActionRow.ref))
        .join(ours, is_at(ours, connection_id, Side.SALESFORCE, ActionRow.source))
        .where(ActionRow.do == "adopt")
        .order_by(ActionRow.id)
    )
    if text:
        query = query.where(ours.name_key.contains(values.name_key(text), autoescape=True))
    while plan is not None:
        piece = session.execute(query.where(ActionRow.plan_id == plan.id, ActionRow.id > after).limit(CHUNK)).all()
        yield from ((action, one, other) for action, one, other in piece)
        if len(piece) < CHUNK:
            return
        after = piece[-1][0]


def _of(session: Session, rule: KindRule, ours: RecordRow, theirs: RecordRow) -> Iterator[Difference]:
    apart = [each for each in _both_ways(rule) if _differ(each, ours.fields, theirs.fields)]
    choices = _choices(session, ours, theirs) if apart else {}
    for each in apart:
        yield _row(rule, each, ours, theirs, choices.get(each.key))


def _differ(rule: FieldRule, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    if rule.key not in ours or rule.key not in theirs:
        return False
    one, other = rules.value_of(ours[rule.key]), rules.value_of(theirs[rule.key])
    filled = not values.is_blank(one) and not values.is_blank(other)
    return filled and not values.same(rule, {Side.SALESFORCE: one, Side.XERO: other})


def _choices(session: Session, ours: RecordRow, theirs: RecordRow) -> dict[str, FirstChoiceRow]:
    about = (FirstChoiceRow.connection_id == ours.connection_id) & (FirstChoiceRow.salesforce == ours.ref)
    rows = session.scalars(select(FirstChoiceRow).where(about, FirstChoiceRow.xero == theirs.ref))
    return {row.field: row for row in rows}


def _row(
    rule: KindRule, field: FieldRule, ours: RecordRow, theirs: RecordRow, choice: FirstChoiceRow | None
) -> Difference:
    raw = {Side.SALESFORCE: ours.fields[field.key], Side.XERO: theirs.fields[field.key]}
    first = field.first or rule.first
    decision = choice.decision if choice else {}
    return Difference(
        salesforce=ours.ref,
        xero=theirs.ref,
        name=str(ours.fields.get("name") or ours.ref),
        field=field.key,
        members=field.members,
        values={side: shown(raw[side], field.members) for side in SIDES},
        changed={Side.SALESFORCE: ours.edited_at, Side.XERO: theirs.edited_at},
        stands=first.value if first in {First.SALESFORCE, First.XERO} else "",
        chosen=str(decision.get("winner", "")),
        typed=shown(decision["value"], field.members) if decision.get("winner") == "value" else None,
        by=str(decision.get("by", "")),
        at=choice.at if choice else None,
        stale=bool(decision) and decision["shown"] != {side.value: raw[side] for side in SIDES},
        seen=fingerprint(raw.values(), decision),
    )


def _wanted(each: Difference, filters: Filters) -> bool:
    if filters.field and each.field != filters.field:
        return False
    if filters.show == "open":
        return not each.chosen and not each.stands
    return filters.show != "chosen" or bool(each.chosen)


def as_json(each: Difference) -> dict[str, Any]:
    """One difference in the shape of `differences --json`."""
    return {
        "salesforce": each.salesforce,
        "xero": each.xero,
        "name": each.name,
        "field": each.field,
        "values": {side.value: json_of(value) for side, value in each.values.items()},
        "changed": {side.value: at.isoformat() for side, at in each.changed.items()},
        "stands": each.stands or None,
        "chosen": each.chosen or None,
        "typed": json_of(each.typed),
        "by": each.by or None,
        "stale": each.stale,
    }


def named(each: Iterable[Difference]) -> list[str]:
    """The records they are about, each once."""
    return list(dict.fromkeys(difference.name for difference in each))
