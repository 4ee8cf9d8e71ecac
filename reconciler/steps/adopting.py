"""Adopt: link pairs that are already there, without writing anything at a vendor."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from reconciler.core.model import Ref
from reconciler.steps import answers, concluding
from reconciler.steps.context import Context
from reconciler.store import journal, last_seen, links
from reconciler.store.journal import Step, ending

ADOPTIONS = 500


def adopt(ctx: Context, plan_id: int) -> None:
    """Link pairs without writing; both must still be without a partner, and nobody may have answered otherwise."""
    while True:
        with ctx.writing() as db:
            steps = journal.steps(db, plan_id, ("adopt",), None, limit=ADOPTIONS)
            if not steps:
                return
            moved = _moved(db, ctx, steps)
            free = [step for step in steps if step.id not in moved]
            pairs = [{step.side: step.ref, step.side.other: _source(step)} for step in free]
            made = links.make(db, ctx.connection.id, steps[0].kind, pairs, ctx.clock.now()) if pairs else []
            ends = [ending(step, "settled", link) for step, link in zip(free, made, strict=True)]
            aside = [step for step in steps if step.id in moved]
            ends += [ending(step, "moved", result={"why": moved[step.id]}) for step in aside]
            journal.end(db, ends, ctx.clock.now(), ctx.run_id)
            ctx.tally.moved += [f"{step.ref}: {moved[step.id]}" for step in aside]
            last_seen.look_again(db, ctx.connection.id, [ref for step in aside for ref in (step.ref, _source(step))])
            refs = [ref for pair in pairs for ref in pair.values()]
            concluding.over(db, ctx, refs, "The two records are linked.")
        ctx.lease.keep(ctx.request_timeout)


def _moved(db: Connection, ctx: Context, steps: Sequence[Step]) -> dict[int, str]:
    """Which of these pairs are not to be linked any more, and why."""
    seen = last_seen.find(db, ctx.connection.id, [ref for step in steps for ref in (step.ref, _source(step))])
    moved = answers.against(db, ctx, steps)
    taken: set[Ref] = set()
    for step in steps:
        pair = (step.ref, _source(step))
        if any(ref not in seen or seen[ref].link is not None or ref in taken for ref in pair):
            moved.setdefault(step.id, "it has a partner by now, or is no longer there")
        elif step.id not in moved:
            taken.update(pair)
    return moved


def _source(step: Step) -> Ref:
    if step.source is None:
        raise ValueError(f"step {step.id} ({step.do}) names no other record")
    return step.source
