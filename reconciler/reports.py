"""What a run says of itself: the documents that `run --json` and `verify --json` print and the portal shows."""

from __future__ import annotations

from typing import Any

from reconciler.core.model import SIDES
from reconciler.engine import Outcome
from reconciler.errors import ReconcilerError
from reconciler.steps.context import Context
from reconciler.steps.verifying import Verification
from reconciler.store import journal, open_items, plans

EXIT = {"done": 0, "read_only": 0, "open": 1, "halted": 3, "unavailable": 4, "busy": 4, "refused": 5}
EXIT |= {"agree": 0, "disagree": 1}  # of `verify`


def ended(ctx: Context, outcome: Outcome, started: float) -> dict[str, Any]:
    """Of a run that has ended, with what it left open."""
    tally = ctx.tally
    with ctx.engine.connect() as db:
        actions, now_open = journal.counts(db, ctx.run_id), open_items.open_counts(db, ctx.connection.id)
    document: dict[str, Any] = {
        "run_id": ctx.run_id,
        "status": outcome.status,
        "digest": outcome.digest,
        "actions": actions,
        "conflicts": {"opened": tally.opened, "decided": tally.decided, "closed": tally.closed},
        "questions": tally.questions,
        "rejections": tally.rejections,
        "open": now_open,
        "plan_id": outcome.plan_id,
        "halted": [plans.breach_out(breach) for breach in outcome.breaches],
        "set_aside": sorted({*outcome.moved, *tally.moved}),
    }
    waits = _waits(ctx)
    return document | ({"message": waits} if waits else {}) | spent(ctx, started)


def _waits(ctx: Context) -> str:
    """What a pause keeps from being written, for whoever asked; "" when there is none."""
    paused = [side for side in SIDES if not ctx.may_write(side)]
    if len(paused) == len(SIDES):
        return "Writes are paused on both sides: what is to be written waits until somebody resumes."
    return "".join(f"Writes to {side.name.title()} are paused: what is meant for it waits." for side in paused)


def verified(ctx: Context, result: Verification, started: float) -> dict[str, Any]:
    """The document that `verify --json` prints."""
    return {
        "run_id": ctx.run_id,
        "status": result.status,
        "compared": result.compared,
        "found": result.found,
        "differences": result.differences,
        "known": result.known,
        "repairs": result.repairs,
        **spent(ctx, started),
    }


def spent(ctx: Context, started: float) -> dict[str, Any]:
    """Calls and seconds; own seconds are those in which no vendor was waited for."""
    seconds = ctx.clock.monotonic() - started
    waited = sum(gateway.meter.seconds for gateway in ctx.gateways.values())
    return {
        "calls": {side.value: ctx.gateways[side].meter.calls for side in SIDES},
        "seconds": round(seconds, 4),
        "own_seconds": round(max(0.0, seconds - waited), 4),
    }


def stopped(ctx: Context, status: str, error: ReconcilerError, started: float) -> dict[str, Any]:
    """Of a run that could not go on: what it had spent by then, and why."""
    return failed(ctx.run_id, status, error, ctx.clock.monotonic() - started) | spent(ctx, started)


def failed(run_id: int | None, status: str, error: ReconcilerError, seconds: float) -> dict[str, Any]:
    """Of a run that could not do its work, with the sentence that says why."""
    none = {do: {side.value: 0 for side in SIDES} for do in ("create", "update", "retire", "adopt", "stamp")}
    return {
        "run_id": run_id,
        "status": status,
        "digest": "",
        "actions": none,
        "conflicts": {"opened": 0, "decided": 0, "closed": 0},
        "questions": 0,
        "rejections": 0,
        "open": {"conflicts": 0, "questions": 0, "rejections": 0},
        "calls": {side.value: 0 for side in SIDES},
        "seconds": round(seconds, 4),
        "own_seconds": round(seconds, 4),
        "message": str(error),
    }
