"""One run, from first look to last write.

Read `run` first: it is the whole program on one screen.  Nothing is decided here; that is `reconciler.core`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from reconciler.core.undo import Scope
from reconciler.errors import Breach, Halt, Stale
from reconciler.steps.comparing import compare
from reconciler.steps.concluding import ask_about_new, refuse_names
from reconciler.steps.context import Context
from reconciler.steps.describing import describe
from reconciler.steps.evidence import gather
from reconciler.steps.following import follow_all
from reconciler.steps.ground import moved_ground
from reconciler.steps.observe import observe
from reconciler.steps.planning import Plan, make_plan
from reconciler.steps.recovering import recover
from reconciler.steps.rereading import read_moved
from reconciler.steps.undoing import ask_by_hand
from reconciler.steps.writing import apply
from reconciler.store import connections, open_items, plans, undoing

# A record that moves while we write is looked at again within the run; one that never rests waits for the next.
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: `status` as `run --json` names it, and the digest of its (first) plan."""

    status: str
    digest: str
    plan_id: int | None = None
    breaches: tuple[Breach, ...] = ()
    moved: tuple[str, ...] = ()


def run(ctx: Context, *, full: bool = False, before: Any = None) -> Outcome:
    """Observe, decide, check, apply.

    A run that would pass a limit stops before its first write and its plan is held; while a plan is held, runs only
    observe.  A connection that is not activated stops after deciding; what must be asked first is asked.
    """
    recover(ctx)
    _look(ctx, full=full)
    ctx.at("after_observe")
    held = _held(ctx)
    if held is not None:
        return Outcome("halted", held.digest, held.id, breaches_in(held))
    follow_all(ctx)
    first: Plan | None = None
    for _ in range(ROUNDS):
        ctx.tally.moved.clear()
        gather(ctx)
        plan = make_plan(ctx, before)
        first = first or plan
        if not ctx.connection.activated:
            _calm(ctx, accept=False)
            ask_about_new(ctx, plan.alone)
            return Outcome("read_only", plan.digest, plan.id, plan.breaches)
        if plan.breaches:
            return Outcome("halted", plan.digest, plan.id, plan.breaches)
        _carry_out(ctx, plan)
        if not ctx.tally.moved:
            break
        read_moved(ctx)
    return Outcome(_status(ctx), first.digest if first else "", first.id if first else None)


def run_plan(ctx: Context, plan: Any, *, skip_moved: bool = False) -> Outcome:
    """Carry out exactly a stored plan; raises Stale, having written nothing, when its ground has moved.

    With `skip_moved` the records that have moved are left to the next plan.
    """
    recover(ctx)
    observe(ctx)
    moved = moved_ground(ctx, plan.id, leave_out=skip_moved)
    if moved and not skip_moved:
        with ctx.writing() as db:  # what it was released for is not what it would do now
            plans.set_status(db, plan.id, plan.status, decided_by="", decided_at=None, reason="")
        raise Stale(
            f"{len(moved)} of the records in this plan have changed since it was made: {'; '.join(moved)}.",
            moved=tuple(moved),
            remedy="Make a new plan, or run this one with --skip-moved to leave those records to the next.",
        )
    _start(ctx, plan)
    return Outcome(_status(ctx), plan.digest, plan.id, moved=tuple(moved))


def undo(ctx: Context, scope: Scope, *, by: str, reason: str = "") -> Outcome:
    """Take back what an earlier run wrote: a plan of its own, guarded like any other, and resumed like any approved."""
    recover(ctx)
    observe(ctx)
    rules = replace(ctx.rules, version=ctx.connection.rules_version)
    with ctx.writing() as db:
        found = undoing.propose(db, ctx.connection.id, rules, scope, ctx.clock.now())
        if found.breaches and ctx.connection.activated:
            plans.hold(db, found.plan_id, found.breaches)
    if found.breaches or not ctx.connection.activated:
        status = "halted" if ctx.connection.activated else "read_only"
        return Outcome(status, found.digest, found.plan_id, found.breaches)
    with ctx.writing() as db:
        decided = {"decided_by": by, "decided_at": ctx.clock.now(), "reason": reason}
        plans.set_status(db, found.plan_id, "approved", **decided)
        plan = plans.plan(db, found.plan_id)
    _start(ctx, plan)
    return Outcome(_status(ctx), found.digest, found.plan_id)


def _start(ctx: Context, plan: Any) -> None:
    _calm(ctx, accept=True)
    with ctx.writing() as db:
        plans.set_status(db, plan.id, "started")
        plans.drop_older_undos(db, plan)
    try:
        apply(ctx, plan.id)
    except Halt as halt:
        raise Halt(halt.breaches, digest=plan.digest) from halt
    ask_by_hand(ctx, plan.summary)


def plan_only(ctx: Context, *, full: bool = False, before: Any = None) -> tuple[Plan, tuple[Breach, ...]]:
    """Observe and decide; write nothing but the plan.  What is in doubt is settled first, as the run would do."""
    recover(ctx)
    _look(ctx, full=full)
    follow_all(ctx)
    gather(ctx)
    plan = make_plan(ctx, before, keep_empty=True)
    return plan, plan.breaches


def _look(ctx: Context, *, full: bool) -> None:
    """Both deltas; when `full`, everything."""
    describe(ctx, full=full)
    if full:
        compare(ctx)
    else:
        observe(ctx)


def _calm(ctx: Context, *, accept: bool) -> None:
    with ctx.writing() as db:
        connections.calm(db, ctx.connection.id, accept=accept)


def _carry_out(ctx: Context, plan: Plan) -> None:
    _calm(ctx, accept=True)
    if plan.id is not None:
        with ctx.writing() as db:
            plans.set_status(db, plan.id, "started")
    refuse_names(ctx, plan.names)
    try:
        apply(ctx, plan.id)
    except Halt as halt:
        if plan.id is not None:
            with ctx.writing() as db:
                plans.hold(db, plan.id, halt.breaches)
        raise Halt(halt.breaches, digest=plan.digest) from halt


def _held(ctx: Context) -> Any | None:
    with ctx.engine.connect() as db:
        return plans.held(db, ctx.connection.id)


def breaches_in(plan: Any) -> tuple[Breach, ...]:
    """The limits that a stored plan passes."""
    return tuple(Breach(**breach) for breach in plan.halted)


def _status(ctx: Context) -> str:
    with ctx.engine.connect() as db:
        return "open" if any(open_items.open_counts(db, ctx.connection.id).values()) or ctx.tally.moved else "done"
