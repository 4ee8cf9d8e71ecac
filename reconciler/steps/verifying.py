"""Verify: read everything, decide about every link, write nothing; what the sides disagree on without its being known.

Known is what waits for a person, stands refused, was decided to stay different, or waits because somebody paused it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from reconciler.core.decide import decide
from reconciler.core.model import SIDES, LinkState, Side
from reconciler.core.plan import Action, Deciding
from reconciler.core.schema import KindRule
from reconciler.core.values import same
from reconciler.steps.comparing import compare
from reconciler.steps.context import Context
from reconciler.steps.matching import unlinked
from reconciler.store import compares, link_states, links, plans

MOST = 1_000  # differences listed; all are counted
BATCH = 500


@dataclass(slots=True)
class Verification:
    """What a full compare of every link found."""

    compared: int = 0
    found: int = 0
    differences: list[dict[str, Any]] = field(default_factory=list)
    known: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("conflicts", "questions", "rejections", "waiting", "left"), 0)
    )
    repairs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def status(self) -> str:
        """`agree` unless the sides disagree on something that nobody knows of."""
        return "disagree" if self.found else "agree"

    def add(self, difference: dict[str, Any]) -> None:
        """Count one, and list it while there is room."""
        self.found += 1
        if len(self.differences) < MOST:
            self.differences.append(difference)


def verify(ctx: Context) -> Verification:
    """Compare everything in full, now."""
    number = compare(ctx)
    result = Verification()
    with ctx.engine.connect() as db:
        result.repairs = compares.repairs(db, number)
        held = plans.held(db, ctx.connection.id) is not None
    waits = {side: held or ctx.connection.paused or not ctx.may_write(side) for side in SIDES}
    for kind, rule in ctx.rules.kinds.items():
        for state in _states(ctx, kind):
            result.compared += 1
            _judge(result, state, rule, decide(state, rule, ctx.clocks, ctx.cannot_hold), waits)
        for batch in unlinked(ctx, kind, rule):
            for alone in batch:
                _judge_alone(result, alone.deciding, waits)
    return result


def _states(ctx: Context, kind: str) -> Iterator[LinkState]:
    """Every link that stands, whether anything waits on it or not."""
    after = 0
    while True:
        with ctx.engine.connect() as db:
            ids = links.all_of(db, ctx.connection.id, kind, after, BATCH)
            states = link_states.load(db, ids, ctx.clock.now())
        if not ids:
            return
        after = ids[-1]
        ctx.lease.keep(ctx.request_timeout)
        yield from states


def _judge(result: Verification, state: LinkState, rule: KindRule, deciding: Deciding, waits: dict[Side, bool]) -> None:
    written = {key for action in deciding.actions for key in action.fields}
    for action in deciding.actions:
        if waits[action.side]:
            result.known["waiting"] += len(action.fields) or 1
        else:
            _list(result, state, action)
    new = {dispute.field for dispute in deciding.disputes if dispute.conflict is None}
    for dispute in deciding.disputes:
        if dispute.field in new:
            result.add(_difference(state, dispute.field, "edited on both sides"))
        else:
            result.known["conflicts"] += 1
    result.known["questions"] += len(deciding.asks)
    result.known["rejections"] += len(deciding.refused) + len(deciding.rejections)
    settled = written | {dispute.field for dispute in deciding.disputes} | {key for _, key in deciding.refused}
    result.known["left"] += sum(
        field.key not in settled and not _equal(state, field.key, rule) for field in rule.fields
    )


def _equal(state: LinkState, key: str, rule: KindRule) -> bool:
    shown = {side: state.records[side].fields[key] for side in SIDES if key in state.records[side].fields}
    return len(shown) < len(SIDES) or same(rule.field(key), shown)


def _list(result: Verification, state: LinkState, action: Action) -> None:
    for key in list(action.fields) or [""]:
        result.add(_difference(state, key, action.why))


def _difference(state: LinkState, key: str, because: str) -> dict[str, Any]:
    return {
        "kind": state.kind,
        "salesforce": state.records[Side.SALESFORCE].ref.id,
        "xero": state.records[Side.XERO].ref.id,
        "field": key,
        "values": {side.value: state.records[side].fields.get(key, "") for side in SIDES},
        "because": because,
    }


def _judge_alone(result: Verification, deciding: Deciding, waits: dict[Side, bool]) -> None:
    """A record that ought to have a partner and has none."""
    result.known["questions"] += len(deciding.asks)
    result.known["rejections"] += len(deciding.rejections)
    for action in deciding.actions:
        if waits[action.side]:
            result.known["waiting"] += 1
            continue
        refs = {ref.side.value: ref.id for ref in (action.ref, action.source) if ref is not None}
        base = {"kind": action.kind, "salesforce": "", "xero": "", "field": "", "values": {}, "because": action.why}
        result.add(base | refs)
