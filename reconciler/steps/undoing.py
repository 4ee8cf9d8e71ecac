"""Undo, carried out: links are parted, what is put back is held for a person, and what only a person can do is asked.

Putting values back is writing like any other: `steps.writing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from reconciler.core.model import SIDES, LinkState, Ref, Value
from reconciler.core.plan import Ask, Dispute
from reconciler.core.values import same
from reconciler.steps.context import Context
from reconciler.store import journal, link_states, links, moves, questions, waiting
from reconciler.store.journal import Step, ending

AT_ONCE = 500


def unlink(ctx: Context, plan_id: int) -> None:
    """Part the pairs that a plan parts: they stay apart until a question about them is answered."""
    while True:
        with ctx.writing() as db:
            steps = journal.steps(db, plan_id, ("unlink",), None, limit=AT_ONCE)
            standing = links.of_records(db, ctx.connection.id, [step.ref for step in steps])
            for step in steps:
                if step.link is not None and standing.get(step.ref) == step.link:
                    _part(db, ctx, step)
            journal.end(db, [ending(step, "settled") for step in steps], ctx.clock.now(), ctx.run_id)
        if not steps:
            return
        ctx.lease.keep(ctx.request_timeout)


def _part(db: Connection, ctx: Context, step: Step) -> None:
    because = f"Taken back: it was made by sync {step.notes['undoes']}."
    link, about = step.link or 0, step.source or step.ref
    waiting.close_link(db, ctx.here, link, because)
    links.close(db, link, because, "undone", "undone")
    moves.uncover(db, link, because)
    ask = Ask("undone", about, (about, step.ref), (f"link:{step.ref}", "leave"), step.why)
    ctx.tally.questions += questions.ask(db, ctx.here, ask, step.kind, None)


def hold(db: Connection, ctx: Context, undone: Sequence[tuple[int, Step]]) -> None:
    """Each value put back is a conflict from now on: nothing flows for it until a person decides."""
    if not undone:
        return
    states = {state.id: state for state in link_states.load(db, sorted({link for link, _ in undone}), ctx.clock.now())}
    for link, step in undone:
        if link in states and step.do == "update":
            for key in step.fields:
                ctx.tally.opened += _dispute(db, ctx, states[link], key, step)


def _dispute(db: Connection, ctx: Context, state: LinkState, key: str, step: Step) -> bool:
    rule = ctx.rules.kinds[state.kind].flowing.get(key)
    if rule is None or key in state.conflicts:
        return False
    unread: Value = ("",) * len(rule.members) if rule.members else ""  # the rules name another place by now
    values = {side: state.records[side].fields.get(key, unread) for side in SIDES}
    if same(rule, values):
        return False
    baseline = {side: state.baseline[side].get(key) for side in SIDES}
    edits = {side: state.edits.get(side, {}).get(key) for side in SIDES}
    why = f"What sync {step.notes['undoes']} wrote was taken back; nothing is carried until somebody decides."
    return waiting.dispute(db, ctx.here, state, Dispute(key, "undone", values, baseline, edits, None, why))


def ask_by_hand(ctx: Context, summary: Mapping[str, Any]) -> None:
    """What no vendor lets us take back is asked, with the manual step."""
    for found in summary.get("undo", {}).get("by_hand", ()):
        about, refs = Ref.parse(found["about"]), tuple(map(Ref.parse, found["refs"]))
        ask = Ask(found["type"], about, refs, tuple(found["choices"]), found["text"])
        with ctx.writing() as db:
            link = links.of_records(db, ctx.connection.id, [about]).get(about)
            ctx.tally.questions += questions.ask(db, ctx.here, ask, found["kind"], link)
