"""Limits on what a plan would do, judged on its effect before the first write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from reconciler.core.merge import Cause
from reconciler.core.model import Side
from reconciler.core.plan import Action, Do
from reconciler.core.schema import Limits
from reconciler.core.values import is_blank
from reconciler.errors import Breach

# Shares mean nothing on a handful, and beyond this many updates no share excuses them (design section 5).
SHARE_FROM = 50
UPDATES_AT_MOST = 5_000
# A side that shows so few of what is linked, or so much of it changed at once, is not believed unasked.
HALF = 0.5
NEARLY_ALL = 0.9  # a busy day edits many; only an accident edits nearly every record
EMPTIED_FROM = 10
# What a change of the rules may cause by itself before it is asked about.
RULE_EDIT_UPDATES = 20


@dataclass(slots=True)
class Effect:
    """Running totals of a plan for one kind and side."""

    creates: int = 0
    updates: int = 0
    blanks: int = 0
    retirements: int = 0

    def add(self, action: Action) -> None:
        """Count one action; a stamp, an adoption or a balance changes nothing that a person typed."""
        typed = [change for change in action.fields.values() if change.cause is not Cause.BALANCE]
        if action.do is Do.CREATE:
            self.creates += 1
        elif action.do is Do.UPDATE:
            self.updates += bool(typed)
        elif action.do is Do.RETIRE:
            self.retirements += 1
        self.blanks += sum(is_blank(change.new) and not is_blank(change.old) for change in typed)


@dataclass(slots=True)
class Effects:
    """Totals per (kind, side)."""

    by: defaultdict[tuple[str, Side], Effect] = field(default_factory=lambda: defaultdict(Effect))

    def add(self, actions: Iterable[Action]) -> None:
        """Count some more actions."""
        for action in actions:
            self.by[action.kind, action.side].add(action)


def breaches(
    effects: Effects, limits: Mapping[str, Limits], links: Mapping[str, int], by_rule_edit: Effects | None = None
) -> tuple[Breach, ...]:
    """Every limit that the plan passes.  `links` counts the links per kind; a larger plan never breaks fewer.

    `by_rule_edit` holds what an edit of the rules alone causes: what the rules before it would not have done.
    """
    found: list[Breach] = []
    for (kind, side), effect in sorted(effects.by.items()):
        limit = limits[kind]
        found += _counts(limit, effect, kind, side)
        found += _updates(limit, effect.updates, links.get(kind, 0), kind, side)
    for (kind, side), effect in sorted((by_rule_edit or Effects()).by.items()):
        found += _rule_edit(effect, kind, side)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Alarm:
    """What reading one side has shown since a plan was last carried out.

    `changed` counts linked records that show something else, `missing` those that a full compare did not show;
    `accepted` is how many of the missing a person has seen and let pass.
    """

    changed: int = 0
    missing: int = 0
    accepted: int = 0


def alarming(alarms: Mapping[Side, Alarm], limits: Iterable[Limits], links: int) -> tuple[Breach, ...]:
    """An emptied side, or one where nearly everything changed.  Rules that let a larger share through are heeded."""
    share = max(NEARLY_ALL, *(limit.updates_share for limit in limits))
    found: list[Breach] = []
    for side, alarm in sorted(alarms.items()):
        if emptied(alarm, links):
            found.append(Breach("emptied", int(links * HALF), alarm.missing, "", side))
        if links >= SHARE_FROM and alarm.changed > links * share:
            found.append(Breach("everything", int(links * share), alarm.changed, "", side))
    return tuple(found)


def emptied(alarm: Alarm, links: int) -> bool:
    """Whether a full compare has shown fewer than half of the linked records, and nobody has let that pass."""
    return links >= EMPTIED_FROM and alarm.missing > max(links * HALF, alarm.accepted)


def _counts(limit: Limits, effect: Effect, kind: str, side: Side) -> list[Breach]:
    checks = [
        ("creates", limit.creates, effect.creates),
        ("blanks", limit.blanks, effect.blanks),
        ("retirements", limit.retirements, effect.retirements),
    ]
    return [Breach(name, most, n, kind, side) for name, most, n in checks if n > most]


def _updates(limit: Limits, updates: int, links: int, kind: str, side: Side) -> list[Breach]:
    if updates > UPDATES_AT_MOST:
        return [Breach("updates", UPDATES_AT_MOST, updates, kind, side)]
    share = updates / links if links >= SHARE_FROM else 0.0
    if updates > limit.updates and share > limit.updates_share:
        return [Breach("updates", limit.updates, updates, kind, side)]
    return []


def _rule_edit(effect: Effect, kind: str, side: Side) -> list[Breach]:
    checks = [
        ("updates_by_rule_edit", RULE_EDIT_UPDATES, effect.updates),
        ("blanks_by_rule_edit", 0, effect.blanks),
        ("retirements_by_rule_edit", 0, effect.retirements),
    ]
    return [Breach(name, most, n, kind, side) for name, most, n in checks if n > most]
