"""Running one connection, whoever asks: lease, run row, engine, report.  The command line, the scheduler and the
worker come through here.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine

from reconciler import chosen, logs, reports
from reconciler import engine as engine_module
from reconciler.core.model import SIDES, Side
from reconciler.core.plan import CannotHold
from reconciler.core.schema import Rules
from reconciler.core.undo import Scope
from reconciler.errors import Busy, Denied, Halt, Lost, ReconcilerError, Spent, Stale, Stopped, Unavailable
from reconciler.mapping.limits import cannot_hold
from reconciler.ports import Clock, Gateway
from reconciler.rules import understood
from reconciler.steps.context import Context, Tally
from reconciler.steps.describing import by
from reconciler.steps.rekeying import rekey
from reconciler.steps.verifying import verify
from reconciler.store import compares, connections, due, failures, plans, rejections, run_rows, shapes
from reconciler.store.connections import ConnectionState
from reconciler.store.lease import Lease

PROBLEMS: dict[type[Exception], str] = {Spent: "spent", Denied: "denied"}  # what people are told of by mail
SCHEDULE = "schedule"  # who asks when nobody does
# A run makes many small values and hardly a cycle: looking for cycles at every 700th took an eighth of its time.
SELDOM = (50_000, 20, 100)
POLL = 0.2  # seconds between two tries for a lease that somebody holds

# The clock is the run's own: whoever pauses by it before a call keeps the lease alive, or loses it before the call.
MakeGateways = Callable[[ConnectionState, Rules, Clock], Mapping[Side, Gateway]]


@dataclass(frozen=True, slots=True)
class Works:
    """What every run needs: where things are kept, how the sides are reached, and the time."""

    engine: Engine
    gateways: MakeGateways
    clock: Clock
    request_timeout: float
    cannot_hold: CannotHold = cannot_hold
    at: Callable[[str], None] = field(default=lambda _point: None)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a run is asked to do: everything that waits, exactly the plan `plan` (a digest), to take back `undo`, or to
    `verify`: compare everything and write nothing.
    """

    by: str = "command line"
    full: bool = False
    plan: str = ""
    skip_moved: bool = False
    replan: bool = False
    reason: str = ""
    wait: float = 0.0
    undo: Scope | None = None
    verify: bool = False


def run(works: Works, connection_id: int, asked: Asked, run_id: int | None = None) -> dict[str, Any]:
    """Run one connection; returns the document that `run --json` prints, whatever happened.

    Usage errors are raised: they are the asker's, not the run's.
    """
    started = works.clock.monotonic()
    gc.set_threshold(*SELDOM)
    try:
        with _leased(works, connection_id, asked.wait) as lease:
            asked = _understand(works, connection_id, asked, run_id)
            return _run(works, connection_id, asked, lease, run_id, started)
    except Busy as busy:
        return reports.failed(run_id, "busy", busy, works.clock.monotonic() - started)
    except Stopped as told:  # while it waited for another run
        return reports.failed(run_id, "unavailable", told, works.clock.monotonic() - started)
    except failures.DATABASE as error:
        return reports.failed(run_id, "unavailable", failures.explained(error), works.clock.monotonic() - started)


def _understand(works: Works, connection_id: int, asked: Asked, run_id: int | None) -> Asked:
    """What the row that was asked for wants, and what the schedule does; Busy when another process has just done it.

    While everything is paused neither starts; a person at the command line may look, and what is to be written waits.
    """
    with works.engine.connect() as db:
        if run_id is None and asked.by != SCHEDULE:
            return asked
        if connections.load(db, connection_id, works.clock.now()).paused:
            raise Busy("Everything is paused: this sync starts when somebody resumes.")
        if run_id is not None:
            row = run_rows.queued(db, run_id)
            if row is None:
                raise Busy("Another process has taken this sync.")
            return replace(asked, full=row.full, verify=row.do == "verify", reason=row.reason)
        if not due.is_due(db, connection_id, works.clock.now()):
            raise Busy("Another process has just run this connection.")
        return replace(asked, full=asked.full or due.compares_now(db, connection_id, works.clock.now()))


@contextmanager
def _leased(works: Works, connection_id: int, wait: float) -> Iterator[Lease]:
    """The connection's lease, waiting for it at most `wait` seconds."""
    lease = Lease(works.engine, connection_id, works.clock)
    deadline = works.clock.monotonic() + wait
    while True:
        try:
            lease.acquire()
            break
        except Busy:
            if works.clock.monotonic() >= deadline:
                raise
            works.clock.sleep(POLL)
    try:
        yield lease
    finally:
        lease.release()


def _run(
    works: Works, connection_id: int, asked: Asked, lease: Lease, run_id: int | None, started: float
) -> dict[str, Any]:
    ctx = _context(works, connection_id, lease, _begin(works, connection_id, asked, run_id))
    with logs.about(connection=connection_id, run=ctx.run_id):
        return _told(works, ctx, asked, started)


def _told(works: Works, ctx: Context, asked: Asked, started: float) -> dict[str, Any]:
    """Do what is asked; whatever comes of it is a report, and closes the run's row."""
    try:
        report = (
            reports.verified(ctx, verify(ctx), started)
            if asked.verify
            else reports.ended(ctx, _carry_out(ctx, asked), started)
        )
    except Halt as halt:
        report = reports.ended(ctx, engine_module.Outcome("halted", halt.digest, None, halt.breaches), started)
        report["message"] = str(halt)
    except Stale as stale:
        report = reports.stopped(ctx, "refused", stale, started)
        report["moved"] = list(stale.moved)
    except (Unavailable, Lost) as error:
        report = reports.stopped(ctx, "unavailable", error, started)
        report |= {"problem": _problem(error), "wait_seconds": getattr(error, "wait_seconds", None)}
        _blame(works, ctx.connection.id, error)
    except failures.DATABASE as error:
        report = reports.stopped(ctx, "unavailable", failures.explained(error), started)
    except Exception:
        _end(works, ctx, {"status": "failed", "run_id": ctx.run_id})
        raise
    _end(works, ctx, report)
    return report


def _problem(error: ReconcilerError) -> str:
    """What people are told of by mail; a sign-in that is refused for good is a denial like any other."""
    return next((word for kind, word in PROBLEMS.items() if isinstance(error, kind)), "")


def _carry_out(ctx: Context, asked: Asked) -> engine_module.Outcome:
    if asked.undo is not None:
        return engine_module.undo(ctx, asked.undo, by=asked.by, reason=asked.reason)
    with ctx.engine.begin() as db:
        held = plans.held(db, ctx.connection.id)
        if held is not None and asked.replan:
            plans.set_status(db, held.id, "dropped", decided_by=asked.by, reason=asked.reason or "made anew")
        plan = chosen.plan(db, ctx, asked.plan, by=asked.by, reason=asked.reason)
    if plan is not None:
        # A plan that is resumed has moved some of its own ground; what else has moved goes to the next plan.
        skip_moved = asked.skip_moved or plan.status == "started" or not asked.plan
        return engine_module.run_plan(ctx, plan, skip_moved=skip_moved)
    return engine_module.run(ctx, full=asked.full, before=chosen.rules_before(ctx))


def make_plan(works: Works, connection_id: int, *, full: bool = False) -> dict[str, Any]:
    """Observe and decide; returns the document that `plan --json` prints.

    `first` is the digest of a plan that was approved before, and that the next run carries out in this one's place.
    """
    with _leased(works, connection_id, 0.0) as lease:
        ctx = _context(works, connection_id, lease, 0)
        plan, breaches = engine_module.plan_only(ctx, full=full, before=chosen.rules_before(ctx))
        with works.engine.connect() as db:
            actions = plans.listed(db, plan.id) if plan.id else []
            first = chosen.goes_first(db, ctx)
        return {
            "digest": plan.digest,
            "first": first.digest if first else "",
            "actions": actions,
            "conflicts": plan.conflicts,
            "questions": plan.questions,
            "halted": [plans.breach_out(breach) for breach in breaches],
        }


def _context(works: Works, connection_id: int, lease: Lease, run_id: int) -> Context:
    with works.engine.connect() as db:
        connection = connections.load(db, connection_id, works.clock.now())
        described = shapes.known(db, connection_id)
    rules = understood(connection.document)
    ctx = Context(
        engine=works.engine,
        connection=connection,
        rules=rules,
        gateways=works.gateways(connection, rules, _HoldersClock(works, lease)),
        clock=works.clock,
        lease=lease,
        run_id=run_id,
        cannot_hold=by(works.cannot_hold, described),
        request_timeout=works.request_timeout,
        progress=_Progress(works, run_id),
        at=works.at,
        clocks={side: connection.sides[side].clock for side in SIDES},
        tally=Tally(),
    )
    rekey(ctx)
    with ctx.writing() as db:
        rejections.take_up(db, connection_id, works.clock.now())
    return ctx


class _HoldersClock:
    """The run's clock for its gateways: a pause for the sake of a budget must not outlive the lease that was checked
    before the request.
    """

    def __init__(self, works: Works, lease: Lease) -> None:
        self._works, self._lease = works, lease
        self.now, self.monotonic = works.clock.now, works.clock.monotonic

    def sleep(self, seconds: float) -> None:
        self._works.clock.sleep(seconds)
        self._lease.keep(self._works.request_timeout)


class _Progress:
    """Writes a run's progress where the portal sees it, at most twice a second."""

    def __init__(self, works: Works, run_id: int) -> None:
        self._works, self._run_id, self._written = works, run_id, works.clock.monotonic()

    def __call__(self, db: Connection, step: str, done: int, of_all: int) -> None:
        now = self._works.clock.monotonic()
        if not self._run_id or now - self._written < 0.5:
            return
        self._written = now
        run_rows.progress(db, self._run_id, step, done, of_all)


def _begin(works: Works, connection_id: int, asked: Asked, run_id: int | None) -> int:
    asks = {"asked_by": asked.by, "do": "verify" if asked.verify else "run", "full": asked.full, "reason": asked.reason}
    with works.engine.begin() as db:
        return run_rows.begin(db, connection_id, run_id, works.clock.now(), asks)


def _blame(works: Works, connection_id: int, error: ReconcilerError) -> None:
    side = getattr(error, "side", "")
    if side:
        with works.engine.begin() as db:
            connections.set_side(db, connection_id, Side(side), last_error=str(error))


def _end(works: Works, ctx: Context, report: Mapping[str, Any]) -> None:
    """Close the run's row and say when the next one is due; what failed for want of a side is tried again sooner."""
    now = works.clock.now()
    wait = timedelta(seconds=report.get("wait_seconds") or 0) if report["status"] == "unavailable" else None
    with works.engine.begin() as db:
        run_rows.end(db, ctx.run_id, now, report)
        compared = compares.finished_in(db, ctx.connection.id, ctx.run_id)
        due.move(db, ctx.connection.id, ctx.rules.schedule, now, compared=compared, wait=wait)
