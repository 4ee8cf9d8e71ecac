"""Evidence: where both sides edited one field, their own histories are asked who did it and when, before it is decided.

Only clashes are asked about, each edit once; a run without one makes no such call.  What the answers are worth is
`core.history`'s to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from reconciler.core.history import sharpen
from reconciler.core.merge import Clash, merge
from reconciler.core.model import SIDES, Edit, LinkState, Ref, Side, Status, Value
from reconciler.core.schema import KindRule
from reconciler.steps.context import Context
from reconciler.store import evidence, link_states

BATCH = 500
RECORDS_AT_ONCE = 20  # as many as one query of Salesforce's field history takes
# Each contact costs a call and what comes back is only quoted: so many clashes a run, and none of a scarce day's calls.
QUOTED_A_RUN = 20
SPARE = 200


@dataclass(frozen=True, slots=True)
class _Contested:
    """One edit, on one side, of a field that both sides have edited; the side's own history has not been asked yet."""

    ref: Ref
    field: str
    now: Value
    edit: Edit


def gather(ctx: Context) -> None:
    """Ask about every waiting clash."""
    for kind, rule in ctx.rules.kinds.items():
        found: dict[Side, list[_Contested]] = {side: [] for side in SIDES}
        for state in _edited(ctx, kind):
            for edit in _contested(state, rule):
                found[edit.ref.side].append(edit)
        _ask(ctx, kind, rule, found[Side.SALESFORCE])
        few = found[Side.XERO][: _affordable(ctx)]
        _ask(ctx, kind, rule, few)
        ctx.quoted += len(few)


def _edited(ctx: Context, kind: str) -> Iterator[LinkState]:
    after, now = 0, ctx.clock.now()
    while True:
        with ctx.engine.connect() as db:
            ids, after = evidence.edited_on_both(db, ctx.connection.id, kind, now, after, BATCH)
            states = link_states.load(db, ids, now)
        if not after:
            return
        yield from states


def _contested(state: LinkState, rule: KindRule) -> Iterator[_Contested]:
    if any(record.status is not Status.ACTIVE for record in state.records.values()):
        return
    fields = {side: state.records[side].fields for side in SIDES}
    for verdict in merge(rule.fields, state.baseline, fields, rule.first):
        for side in SIDES if isinstance(verdict, Clash) and verdict.reason == "clash" else ():
            edit = state.edits[side].get(verdict.field)
            if edit is not None and edit.told is None:
                yield _Contested(state.records[side].ref, verdict.field, fields[side][verdict.field], edit)


def _affordable(ctx: Context) -> int:
    left = ctx.gateways[Side.XERO].meter.remaining_day
    return 0 if left is not None and left < SPARE else max(0, QUOTED_A_RUN - ctx.quoted)


def _ask(ctx: Context, kind: str, rule: KindRule, contested: Sequence[_Contested]) -> None:
    by: dict[Ref, list[_Contested]] = {}
    for each in contested:
        by.setdefault(each.ref, []).append(each)
    refs = list(by)
    for start in range(0, len(refs), RECORDS_AT_ONCE):
        _ask_some(ctx, kind, rule, {ref: by[ref] for ref in refs[start : start + RECORDS_AT_ONCE]})


def _ask_some(ctx: Context, kind: str, rule: KindRule, some: Mapping[Ref, Sequence[_Contested]]) -> None:
    side = next(iter(some)).side
    since = min(each.edit.after for edits in some.values() for each in edits) - timedelta(seconds=1)
    ctx.lease.keep(ctx.request_timeout)
    lines = ctx.gateways[side].history(kind, [ref.id for ref in some], since)
    better = {
        ref: {
            each.field: sharpen(rule.field(each.field), each.edit, each.now, [li for li in lines if li.ref == ref])
            for each in edits
        }
        for ref, edits in some.items()
    }
    with ctx.writing() as db:
        evidence.keep(db, ctx.connection.id, better)
