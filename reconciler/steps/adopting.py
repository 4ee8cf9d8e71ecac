"""Adopt: link pairs that are already there, without writing anything at a vendor."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from reconciler.core.model import Ref
from reconciler.steps import concluding
from reconciler.steps.context import Context
from reconciler.store import journal, last_seen, links
from reconciler.store.journal import Step, ending

ADOPTIONS = 500


def adopt(ctx: Context, plan_id: int) -> None:
    """Link pairs without writing; both must still be without a partner."""
    while True:
        with ctx.writing() as db:
            steps = journal.steps(db, plan_id, ("adopt",), None, limit=ADOPTIONS)
            if not steps:
                return
            free = _still_free(db, ctx, steps)
            pairs = [{step.side: step.ref, step.side.other: _source(step)} for step in free]
            made = links.make(db, ctx.connection.id, steps[0].kind, pairs, ctx.clock.now()) if pairs else []
            ends = [ending(step, "settled", link) for step, link in zip(free, made, strict=True)]
            ends += [ending(step, "moved") for step in steps if step not in free]
            journal.end(db, ends, ctx.clock.now(), ctx.run_id)
            refs = [ref for pair in pairs for ref in pair.values()]
            concluding.over(db, ctx, refs, "The two records are linked.")
        ctx.lease.keep(ctx.request_timeout)


def _still_free(db: Connection, ctx: Context, steps: Sequence[Step]) -> list[Step]:
    seen = last_seen.find(db, ctx.connection.id, [ref for step in steps for ref in (step.ref, _source(step))])
    taken: set[Ref] = set()
    free = []
    for step in steps:
        pair = (step.ref, _source(step))
        if all(ref in seen and seen[ref].link is None and ref not in taken for ref in pair):
            taken.update(pair)
            free.append(step)
    return free


def _source(step: Step) -> Ref:
    if step.source is None:
        raise ValueError(f"step {step.id} ({step.do}) names no other record")
    return step.source
