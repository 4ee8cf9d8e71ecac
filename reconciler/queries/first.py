"""The first sync as a page shows it: how far it has come, what differs, and what the plan will cost.

Everything is worked out from what is kept, so that whoever leaves the page finds it as far as it had come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from reconciler.core import values
from reconciler.core.model import SIDES, Side
from reconciler.core.schema import FieldRule, Flow
from reconciler.queries import conflicts, plans, questions, rejections, rules, runs
from reconciler.queries.actions import Tally
from reconciler.queries.connections import ConnectionView, connection
from reconciler.queries.events import EventView
from reconciler.queries.plans import PlanView
from reconciler.queries.rows import is_at, view
from reconciler.queries.rules import value_of
from reconciler.queries.runs import RunView
from reconciler.queries.values import Shown, shown
from reconciler.store.tables import ActionRow, EventRow, LinkRow, RecordRow

SAMPLES = 3
# How many records one call carries (design: what a run costs), and how fast calls may follow each other.
XERO_BATCH, SALESFORCE_BATCH, SALESFORCE_CREATES = 50, 24, 200
AROUND = 2  # one reading of what has changed, and one look at a record known to exist
CALLS_A_MINUTE = {Side.XERO: 55, Side.SALESFORCE: 90}
STEPS = ("check", "directions", "match", "differences", "plan", "carry out")
# How a run has ended that has read, or written, all it was to.
CARRIED_OUT = frozenset({"done", "open"})
READ = CARRIED_OUT | {"read_only"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of the pairs that will be linked: how often both are the same, one is blank, or both differ."""

    rule: FieldRule
    same: int
    blank: int
    different: int
    samples: tuple[tuple[str, Shown | None, Shown | None], ...]


@dataclass(frozen=True, slots=True)
class Cost:
    """What carrying a plan out takes at most."""

    calls: Mapping[Side, int]
    minutes: int
    left: Mapping[Side, int | None]

    @property
    def fits(self) -> bool:
        """Whether the day's calls are enough, where a side says how many are left."""
        return all(left is None or self.calls[side] <= left for side, left in self.left.items())


@dataclass(frozen=True, slots=True)
class FirstView:
    """All that the guided first sync shows; `at` is the first step that is not done."""

    connection: ConnectionView
    checked: EventView | None
    directed: EventView | None
    records: Mapping[Side, int]
    shared: Mapping[Side, int]
    run: RunView | None
    last: RunView | None
    questions: int
    rejections: int
    conflicts: int
    differences: tuple[Difference, ...]
    first: str
    plan: PlanView | None
    cost: Cost | None
    approved: PlanView | None
    links: int
    done: Mapping[str, bool] = field(default_factory=dict)

    @property
    def at(self) -> str:
        """The step to go on with; "" when all are done."""
        return next((step for step in STEPS if not self.done[step]), "")

    @property
    def sound(self) -> bool:
        """Whether the last check-up found nothing that needs a person first."""
        return bool(self.checked and self.checked.details.get("sound"))


def first(session: Session, connection_id: int) -> FirstView | None:
    """How far the first sync of a connection has come; None when there is no such connection."""
    found = connection(session, connection_id)
    if found is None:
        return None
    plan = plans.proposed(session, connection_id) if not found.is_active else None
    if plan is not None and plan.rules_version != found.rules_version:
        plan = None  # the rules have changed since: it may not be carried out any more
    checked = _latest(session, connection_id, "first.checked")
    directed = _latest(session, connection_id, "first.fields")
    asked = questions.count(session, connection_id)
    last = runs.last(session, connection_id)
    approved = plans.under_way(session, connection_id)
    status = last.status if last else ""
    return FirstView(
        connection=found,
        checked=checked,
        directed=directed,
        records=_counts(session, connection_id),
        shared=_counts(session, connection_id, shared=True),
        run=runs.current(session, connection_id),
        last=last,
        questions=asked,
        rejections=rejections.count(session, connection_id),
        conflicts=conflicts.count(session, connection_id),
        differences=differences(session, connection_id, plan.id) if plan else (),
        first=str(rules.rules(session, connection_id).kinds["customer"].first),
        plan=plan,
        cost=cost(plan.tally, {side: each.remaining_day for side, each in found.sides.items()}) if plan else None,
        approved=approved,
        links=_links(session, connection_id),
        done={
            "check": found.is_active or bool(checked and checked.details.get("sound")),
            "directions": found.is_active or directed is not None,
            "match": found.is_active or (status in READ and not asked),
            "differences": found.is_active or plan is not None,
            "plan": found.is_active,
            "carry out": found.is_active and approved is None and status in CARRIED_OUT,
        },
    )


def _latest(session: Session, connection_id: int, what: str) -> EventView | None:
    query = select(EventRow).where(EventRow.connection_id == connection_id, EventRow.what == what)
    row = session.scalar(query.order_by(EventRow.id.desc()).limit(1))
    return None if row is None else view(EventView, row)


def _counts(session: Session, connection_id: int, *, shared: bool = False) -> dict[Side, int]:
    query = select(RecordRow.side, func.count()).where(RecordRow.connection_id == connection_id)
    if shared:
        query = query.where(RecordRow.flag)
    found = {row[0]: row[1] for row in session.execute(query.group_by(RecordRow.side))}
    return {side: found.get(side.value, 0) for side in SIDES}


def _links(session: Session, connection_id: int) -> int:
    query = select(func.count()).select_from(LinkRow).where(LinkRow.connection_id == connection_id)
    return session.scalar(query) or 0


def differences(session: Session, connection_id: int, plan_id: int) -> tuple[Difference, ...]:
    """Field by field, how the pairs differ that this plan links; the fields that differ most come first."""
    fields = rules.rules(session, connection_id).kinds["customer"].fields
    shared = [each for each in fields if each.flow is not Flow.OFF]
    counts: dict[str, Counter[str]] = {each.key: Counter() for each in shared}
    samples: dict[str, list[tuple[str, Shown | None, Shown | None]]] = {each.key: [] for each in shared}
    for ours, theirs in _pairs(session, connection_id, plan_id):
        for each in shared:
            state = _state(each, ours.get(each.key), theirs.get(each.key))
            counts[each.key][state] += 1
            if state == "different" and len(samples[each.key]) < SAMPLES:
                pair = tuple(shown(raw.get(each.key), each.members) for raw in (ours, theirs))
                samples[each.key].append((str(ours.get("name", "")), pair[0], pair[1]))
    found = [
        Difference(each, tally["same"], tally["blank"], tally["different"], tuple(samples[each.key]))
        for each in shared
        for tally in [counts[each.key]]
    ]
    return tuple(sorted(found, key=lambda each: (-each.different, -each.blank)))


def _state(rule: FieldRule, ours: Any, theirs: Any) -> str:
    one, other = value_of(ours), value_of(theirs)
    if values.same(rule, {Side.SALESFORCE: one, Side.XERO: other}):
        return "same"
    return "blank" if values.is_blank(one) or values.is_blank(other) else "different"


def _pairs(session: Session, connection_id: int, plan_id: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """What both records of each pair show that the plan links, in pieces."""
    ours, theirs = aliased(RecordRow), aliased(RecordRow)
    query = (
        select(ours.fields, theirs.fields)
        .select_from(ActionRow)
        .join(theirs, is_at(theirs, connection_id, Side.XERO, ActionRow.ref))
        .join(ours, is_at(ours, connection_id, Side.SALESFORCE, ActionRow.source))
        .where(ActionRow.plan_id == plan_id, ActionRow.do == "adopt")
    )
    for row in session.execute(query.execution_options(yield_per=500)):
        yield row[0], row[1]


def cost(tally: tuple[Tally, ...], left: Mapping[Side, int | None]) -> Cost:
    """The most calls a plan may take, and the minutes the vendors' limits make of them."""
    written = {side: Counter[str]() for side in SIDES}
    for each in tally:
        if each.do != "adopt":
            written[Side(each.side)]["create" if each.do == "create" else "change"] += each.count
    # Creates and changes go separately; into Xero each batch is a look, a reading of its sources, and the write.
    into_xero = sum(ceil(number / XERO_BATCH) for number in written[Side.XERO].values())
    into_salesforce = ceil(written[Side.SALESFORCE]["change"] / SALESFORCE_BATCH)
    into_salesforce += 2 * ceil(written[Side.SALESFORCE]["create"] / SALESFORCE_CREATES)
    calls = {
        Side.XERO: AROUND + 2 * into_xero,
        # A record that was changed a moment ago is read once more before it is written.
        Side.SALESFORCE: AROUND + into_xero + into_salesforce + min(1, into_salesforce),
    }
    minutes = max(ceil(number / CALLS_A_MINUTE[side]) for side, number in calls.items())
    return Cost(calls, minutes, left)


def as_json(view: FirstView | None) -> dict[str, Any]:
    """The document that `first --json` prints."""
    if view is None:
        return {}
    return {
        "active": view.connection.is_active,
        "steps": dict(view.done),
        "next": view.at,
        "records": {side.value: number for side, number in view.records.items()},
        "open": {"conflicts": view.conflicts, "questions": view.questions, "rejections": view.rejections},
        "first": view.first,
        "differences": {
            each.rule.key: {"same": each.same, "blank": each.blank, "different": each.different}
            for each in view.differences
        },
        "plan": view.plan.digest if view.plan else "",
        "actions": [{"do": t.do, "side": t.side, "count": t.count} for t in view.plan.tally] if view.plan else [],
        "halted": list(view.plan.halted) if view.plan else [],
        "calls": {side.value: number for side, number in view.cost.calls.items()} if view.cost else {},
        "minutes": view.cost.minutes if view.cost else 0,
    }


def as_text(found: Mapping[str, Any]) -> str:
    """The same for people."""
    lines = [f"{'done ' if done else 'to do'}  {step}" for step, done in found["steps"].items()]
    lines += [f"  {n['different']:>6} differ in {key}" for key, n in found["differences"].items() if n["different"]]
    lines += [f"  {each['count']:>6} to {each['do']} in {each['side'].capitalize()}" for each in found["actions"]]
    if found["plan"]:
        lines.append(f"Plan {found['plan'][:12]}: at most {found['calls']} calls, about {found['minutes']} minutes.")
    return "\n".join([*lines, f"Next: {found['next'] or 'nothing, it is done'}. Open: {found['open']}."])
