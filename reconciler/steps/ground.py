"""Whether the ground of a stored plan still stands, record by record."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias

from reconciler.core.decide import decide
from reconciler.core.merge import Cause
from reconciler.core.model import SIDES, Side, Value
from reconciler.steps import answers
from reconciler.steps.context import Context
from reconciler.steps.obstacles import Decisions, has_moved, waits
from reconciler.store import choices, journal, last_seen, link_states, open_items, plans
from reconciler.store.journal import Step

Meant: TypeAlias = Mapping[tuple[int | None, Side, str], Value | None]
_NOTHING = object()  # nor is it written
AT_ONCE = 500


def moved_ground(ctx: Context, plan_id: int, *, leave_out: bool) -> list[str]:
    """Name each record of the plan that is not as it was when the plan was made, and how it changed.

    With `leave_out` the steps that rest on it are ended, and it is looked at again by the next plan.
    """
    named: list[str] = []
    with ctx.engine.connect() as db:
        steps = journal.steps(db, plan_id, ("adopt", "create", "update", "retire", "stamp"), None)
    linked = sorted({step.link for step in steps if step.link})
    meant = _meant_now(ctx, linked)
    with ctx.writing() as db:
        refs = {ref for step in steps for ref in (step.ref, step.source) if ref}
        records = {ref: seen.record for ref, seen in last_seen.find(db, ctx.connection.id, refs).items()}
        made_at = plans.plan(db, plan_id).made_at
        contested, decisions = open_items.since(db, linked, made_at), open_items.decisions(db, linked)
        chosen = choices.since(db, ctx.connection.id, made_at)
        answered = answers.against(db, ctx, steps)
        ends: list[dict[str, Any]] = []
        for step in steps:
            why = has_moved(db, ctx, step, records) or answered.get(step.id, "") or _contested(step, contested)
            why = why or _decided_otherwise(ctx, step, decisions) or _chosen(step, chosen) or _overtaken(step, meant)
            if not why:
                continue
            named.append(f"{step.ref}: {why}")
            ends.append(journal.ending(step, "moved", result={"why": why}))
        if leave_out:
            journal.end(db, ends, ctx.clock.now(), ctx.run_id)
    return list(dict.fromkeys(named))


def _contested(step: Step, contested: Collection[tuple[int | None, str]]) -> str:
    """What somebody has taken back since, or decided, is not written over by what was planned before.

    What is to be taken back itself comes up for review as it is carried out.
    """
    if step.notes.get("undoes"):
        return ""
    key = next((key for key in step.fields if (step.link, key) in contested), "")
    return f"{key.replace('_', ' ')} came up for review, or was decided, since" if key else ""


def _decided_otherwise(ctx: Context, step: Step, decisions: Decisions) -> str:
    """What a person had decided is not written once they have taken that back, or decided otherwise.

    Told by what is chosen now and not by when: the clocks of two machines do not say which came first.
    """
    if step.link is None:  # what was chosen about two that are to be linked is no conflict yet
        return ""
    causes = step.notes.get("causes", {})
    decided = {key: step.fields[key] for key in step.fields if causes.get(key) == Cause.DECIDED}
    key = waits(ctx.rules.kinds[step.kind], step._replace(fields=decided), step.link, decisions)
    return f"the decision about {key.replace('_', ' ')} was withdrawn or changed" if key else ""


def _meant_now(ctx: Context, linked: Sequence[int]) -> Meant:
    """What would be written on these links if they were decided about now; None for what would wait for a person.

    That comes up for review as the plan is carried out (`obstacles.in_review`), and holds up nothing else of it.
    """
    found: dict[tuple[int | None, Side, str], Value | None] = {}
    for start in range(0, len(linked), AT_ONCE):
        ctx.lease.keep(ctx.request_timeout)
        with ctx.engine.connect() as db:
            states = link_states.load(db, linked[start : start + AT_ONCE], ctx.clock.now())
        for state in states:
            deciding = decide(state, ctx.rules.kinds[state.kind], ctx.clocks, ctx.cannot_hold)
            found |= {(state.id, side, each.field): None for each in deciding.disputes for side in SIDES}
            for action in deciding.actions:
                found |= {(state.id, action.side, key): change.new for key, change in action.fields.items()}
    return found


def _overtaken(step: Step, meant: Meant) -> str:
    """A plan carried out meanwhile may have written the same, and somebody typed again what had stood before.

    The values are those of the ground, but what was last agreed is not: the edit is now the other side's.
    """
    if step.do != "update" or step.link is None or step.notes.get("undoes"):
        return ""
    now = {key: meant.get((step.link, step.side, key), _NOTHING) for key in step.fields}
    key = next((key for key, value in now.items() if value not in (None, step.fields[key]["to"])), "")
    return f"{key.replace('_', ' ')} would not be written so any more" if key else ""


def _chosen(step: Step, chosen: Collection[tuple[str, str]]) -> str:
    """What a person chose about two records that are to be linked, or typed for one that is to be made."""
    ids = {ref.side: ref.id for ref in (step.ref, step.source) if ref}
    pair = (ids.get(Side.SALESFORCE, ""), ids.get(Side.XERO, ""))
    return "somebody has chosen since what shall stand" if step.link is None and pair in chosen else ""
