"""Apply: carry out a plan, batch by batch: look once more, write down, send, settle.

Nothing is sent that the journal does not hold, byte for byte; nothing is sent onto a record that has moved since it
was decided about; each step is settled by its own outcome.  Adoptions come first, then what is created, then updates
and the stamps, which name the records just made; of each, Xero before Salesforce.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from reconciler.core.model import SIDES, Ref, Side, Value
from reconciler.errors import Breach, Halt, Unavailable
from reconciler.ports import Answer, Refused, Write, Written
from reconciler.steps import concluding, undoing
from reconciler.steps.adopting import adopt
from reconciler.steps.context import Context
from reconciler.steps.groups import Group, grouped
from reconciler.steps.obstacles import PASSING, in_review, obstacle, partner
from reconciler.steps.rereading import hot_ones, let_cool, look_at_contacts, look_at_xero
from reconciler.steps.settling import may_be_ours, put_off, settle, shows
from reconciler.store import connections, journal, last_seen, links, open_items, plans
from reconciler.store.database import reading
from reconciler.store.journal import ending, not_done
from reconciler.store.last_seen import Seen

VENDOR_STEPS = ("create", "update", "retire", "stamp")
READ_AHEAD = 10  # batches


def apply(ctx: Context, plan_id: int | None) -> None:
    """Carry out what is left of a plan; without one, only what needs no vendor."""
    if plan_id is not None:
        adopt(ctx, plan_id)
        ctx.at("after_adopt")
        undoing.unlink(ctx, plan_id)
    concluding.conclude_waiting(ctx)
    if plan_id is None:
        return
    with ctx.engine.connect() as db:
        writes = journal.steps(db, plan_id, VENDOR_STEPS, None, limit=1)
    if writes:
        _canary(ctx)
    for do in (("create",), ("update", "retire", "stamp")):
        for side in (Side.XERO, Side.SALESFORCE):
            _write_all(ctx, plan_id, side, do)
    with ctx.writing() as db:
        if not (_goes_on(db, ctx, plan_id) and journal.undone(db, plan_id)):
            plans.set_status(db, plan_id, "done")


def _goes_on(db: Connection, ctx: Context, plan_id: int) -> bool:
    """Whether what is left of a plan is still to be done: a side is paused, or a person has approved it."""
    paused = any(connections.writes_wait(db, ctx.connection.id, side, ctx.clock.now()) for side in SIDES)
    return paused or bool(plans.plan(db, plan_id).decided_by)


def _canary(ctx: Context) -> None:
    """What is known to exist must be readable on both sides, or nothing at all is written."""
    for kind in ctx.rules.kinds:
        with ctx.engine.connect() as db:
            known = links.canary(db, ctx.connection.id, kind)
        for side, ref in known.items():
            if not ctx.gateways[side].read(kind, [ref.id]).records:
                raise Halt((Breach("canary", 1, 0, kind, side.value),))


def _write_all(ctx: Context, plan_id: int, side: Side, do: Sequence[str]) -> None:
    """All steps of one sort on one side, in batches; each batch ends every step it takes."""
    probed, reached, of_all = ctx.read_at.get(side), 0, 0
    gateway = ctx.gateways[side]
    creates = do == ("create",)
    size = gateway.create_size if creates else gateway.batch_size
    for groups in _batches(ctx, plan_id, side, do, size):
        with reading(), ctx.engine.connect() as db:
            if connections.writes_wait(db, ctx.connection.id, side, ctx.clock.now()) or not ctx.rules_stand(db):
                return
            of_all = of_all or journal.records(db, plan_id, do, side)
            # What a create is made from stands in Xero.
            hot = hot_ones(db, ctx, groups) if side is Side.SALESFORCE and not creates else {}
        if side is Side.XERO:
            probed = look_at_xero(ctx, groups, probed)
        elif creates:
            look_at_contacts(ctx, groups)
        let_cool(ctx, groups[0].steps[0].kind, hot)
        reached += len(groups)
        _send(ctx, side, do[0], groups, (reached, of_all))


def _batches(ctx: Context, plan_id: int, side: Side, do: Sequence[str], size: int) -> Iterator[Sequence[Group]]:
    """So many records at a time, in order; read from the journal some batches at once."""
    after = -1
    while True:
        with reading(), ctx.engine.connect() as db:
            steps, after = journal.next_steps(db, plan_id, do, side, size * READ_AHEAD, after)
        if not steps:
            return
        groups = grouped(steps)
        for start in range(0, len(groups), size):
            yield groups[start : start + size]


class _Ready(NamedTuple):
    """A group that may be sent, with the write it amounts to."""

    group: Group
    write: Write


def _ready(db: Connection, ctx: Context, groups: Sequence[Group]) -> list[_Ready]:
    """Groups whose ground has not moved; the others are ended as moved, and looked at again.

    Looking again never finds what is to be taken back: that is put off, if the reason passes.
    """
    ready: list[_Ready] = []
    seen = last_seen.find(db, ctx.connection.id, [ref for group in groups for ref in group.refs])
    ends: list[dict[str, Any]] = []
    made = f"{ctx.connection.made_at:%Y%m%d%H%M%S%f}"  # no other database numbers its steps from this moment
    decisions = open_items.decisions(db, {seen[group.ref].link for group in groups if group.ref in seen})
    for group in groups:
        named = partner(db, group, seen)
        why = obstacle(db, ctx, group, seen, named) or in_review(ctx, group, seen[group.ref], decisions)
        if why in PASSING and group.steps[0].notes.get("undoes"):
            ends += put_off(db, ctx, group, why)
        elif why:
            state = "skipped" if why == "no partner" else "moved"
            ends += [ending(step, state, result={"why": why}) for step in group.steps]
            if why != "no partner":
                ctx.tally.moved.append(f"{group.ref}: {why}")
                last_seen.look_again(db, ctx.connection.id, [group.ref])
        else:
            ready.append(_Ready(group, _write(group, seen[group.ref], named, made)))
    journal.end(db, ends, ctx.clock.now(), ctx.run_id)
    return ready


def _write(group: Group, seen: Seen, partner: Ref | None, made: str) -> Write:
    fields: dict[str, Value] = {}
    for step in group.steps:
        if step.do != "stamp":
            fields |= {key: change["to"] for key, change in step.fields.items()}
    first = group.steps[0]
    # A step is tried once: the next try is another step.
    key = f"{made}-{first.id}"
    if first.do == "create":
        return Write("", fields, partner=group.ref.id, flag=True, key=key)
    return Write(
        group.ref.id,
        fields,
        partner=partner.id if partner else "",
        edited_at=seen.record.edited_at,
        key=key,
        archive=any(step.do == "retire" for step in group.steps),
    )


def _send(ctx: Context, side: Side, do: str, groups: Sequence[Group], reached: tuple[int, int]) -> None:
    """Write down, send, settle.  The journal says "intended" before the first byte leaves."""
    gateway = ctx.gateways[side]
    with ctx.writing() as db:
        ctx.progress(db, f"writing {side}", *reached)
        ready = _ready(db, ctx, groups)
        if not ready:
            return
        kind = ready[0].group.steps[0].kind
        batch = gateway.prepare(kind, "create" if do == "create" else "update", [item.write for item in ready])
        parts = {s.id: part for item, part in zip(ready, batch.parts, strict=True) for s in item.group.steps}
        journal.intend(db, parts, ctx.run_id, ctx.lease.token, batch.key, ctx.clock.now())
    ctx.at("after_intent")
    ctx.lease.keep(ctx.request_timeout)
    try:
        answer = gateway.send(batch)
    except Unavailable as error:
        if not error.sent:
            _unsent(ctx, ready)
        raise
    ctx.at("after_send")
    answer = _look_for_twins(ctx, side, ready, answer)
    ctx.at("before_settle")
    settle(ctx, [item.group for item in ready], answer)


def _unsent(ctx: Context, ready: Sequence[_Ready]) -> None:
    """Nothing has left this machine: the steps are not in doubt."""
    with ctx.writing() as db:
        ends = [not_done(step, "unsent") for item in ready for step in item.group.steps]
        journal.end(db, ends, ctx.clock.now(), ctx.run_id)


def _look_for_twins(ctx: Context, side: Side, ready: Sequence[_Ready], answer: Answer) -> Answer:
    """A refused create may have been refused because an earlier try of ours had landed after all."""
    outcomes = list(answer.outcomes)
    for index, (item, outcome) in enumerate(zip(ready, outcomes, strict=True)):
        step = item.group.steps[0]
        if step.do == "create" and isinstance(outcome, Refused):
            found = ctx.gateways[side].find_partner(step.kind, item.group.ref.id)
            if len(found) == 1 and found[0].status.value == "active" and may_be_ours(ctx, item.group.ref, found[0].ref):
                ours = shows(ctx.rules.kinds[step.kind], step, found[0])  # else somebody has edited it by now
                outcomes[index] = Written(found[0], ours=ours, adopted=True)
    return Answer(outcomes, answer.read_at)
