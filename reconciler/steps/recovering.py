"""Recover: steps that were written down, and perhaps sent, when their run ended; their outcome is settled by reading.

update, stamp   shows what was sent: it landed, and is settled as if the answer had come
                shows some of it: that much is settled; the other fields, edited since, are merged anew
                shows none of it: it is merged anew, never sent again as it was
create          found under its key: it landed, and is settled; what it shows by now otherwise, a person has typed
                not found: decided anew; the vendor itself refuses a twin (ContactNumber, External ID)
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from reconciler.core.model import Record, Side
from reconciler.ports import Answer, Page, Written
from reconciler.steps.context import Context
from reconciler.steps.groups import grouped
from reconciler.steps.settling import may_be_ours, settle, shows
from reconciler.store import folding, journal, last_seen, plans
from reconciler.store.journal import Step, not_done


def recover(ctx: Context) -> int:
    """Settle every unknown outcome of this connection; returns how many there were.

    A holder whose process is not known to be gone may still have a request under way: it is given its time-out first.
    """
    with ctx.engine.connect() as db:
        steps = journal.intended(db, ctx.connection.id)
    if not steps:
        return 0
    if ctx.lease.succeeded == "expired":
        ctx.clock.sleep(ctx.request_timeout)
        ctx.lease.keep(ctx.request_timeout)
    for side in Side:
        _recover_side(ctx, side, [step for step in steps if step.side is side])
    return len(steps)


def _recover_side(ctx: Context, side: Side, steps: Sequence[Step]) -> None:
    creates = [step for step in steps if step.do == "create"]
    others = [step for step in steps if step.do != "create"]
    for step in creates:
        found = ctx.gateways[side].find_partner(step.kind, step.ref.id)
        ours = len(found) == 1 and may_be_ours(ctx, step.ref, found[0].ref)
        _settle_or_forget(ctx, step, found[0] if ours else None)
    if not others:
        return
    kind = others[0].kind
    page = ctx.gateways[side].read(kind, sorted({step.ref.id for step in others}))
    shown = {record.ref: record for record in page.records}
    for step in others:
        record = shown.get(step.ref)
        landed = _landed(ctx, step, record) if record is not None else None
        _settle_or_forget(ctx, landed or step, record if landed else None)
    _note(ctx, kind, page, others)


def _landed(ctx: Context, step: Step, record: Record) -> Step | None:
    """What a record shows of this step; None where it shows nothing of it.

    A write lands whole: a field that shows something else has been edited since.
    """
    if step.do == "stamp":
        named = record.partner == step.fields["partner"]["to"] if "partner" in step.fields else record.partner
        return step if named else None
    if step.do == "retire":
        return step if record.status.value != "active" or not (record.flag or step.side is Side.XERO) else None
    rule = ctx.rules.kinds[step.kind]
    if shows(rule, step, record):
        return step
    shown = [key for key in step.fields if rule.shares(key) and shows(rule, _only(step, {key}), record)]
    return _only(step, shown) if shown else None


def _only(step: Step, keys: Collection[str]) -> Step:
    """A step as if it had been about these fields alone."""
    verdicts = [verdict for verdict in step.notes.get("verdicts", ()) if verdict["field"] in keys]
    fields = {key: change for key, change in step.fields.items() if key in keys}
    return step._replace(fields=fields, notes={**step.notes, "verdicts": verdicts})


def _settle_or_forget(ctx: Context, step: Step, record: Record | None) -> None:
    """A plan that is only made is no run: what it finds carried out belongs to the run that sent it."""
    if record is not None:
        here = replace(ctx, run_id=ctx.run_id or step.run_id or 0)
        ours = step.do != "create" or shows(ctx.rules.kinds[step.kind], step, record)
        with ctx.engine.connect() as db:
            by_rules = plans.decided_by(db, step.id)
        answer = Answer([Written(record, ours=ours)], ctx.clock.now())
        settle(here, grouped([step]), answer, by_rules)
        return
    with ctx.writing() as db:
        journal.end(db, [not_done(step, "unknown")], ctx.clock.now(), step.run_id or ctx.run_id)
        last_seen.look_again(db, ctx.connection.id, [ref for ref in (step.ref, step.source) if ref])


def _note(ctx: Context, kind: str, page: Page, steps: Sequence[Step]) -> None:
    """A write of ours may lie in the interval of whatever these records show now: their stamps prove nothing."""
    written = {step.ref.id: [key for key in step.fields if step.do == "stamp"] or ["?"] for step in steps}
    with ctx.writing() as db:
        folding.fold(db, ctx.connection.id, ctx.rules.kinds[kind], page, None, written=written)
