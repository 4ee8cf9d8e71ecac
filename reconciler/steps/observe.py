"""Observe: read what changed on both sides and fold it into last seen.  Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection

from reconciler.core.model import SIDES, ClockReading, Side
from reconciler.ports import Page
from reconciler.steps.context import Context
from reconciler.store import connections
from reconciler.store.folding import fold
from reconciler.store.reading import LATE

# A measured offset that differs from the one before by more than both uncertainties and this has jumped.
JUMP = 2.0


def observe(ctx: Context) -> None:
    """Read both deltas."""
    for side in SIDES:
        observe_side(ctx, side)


def observe_side(ctx: Context, side: Side) -> None:
    """Read what changed; once more from earlier when the side's clock was set back since the last reading."""
    kept = ctx.connection.sides[side]
    _read(ctx, side, kept.read_up_to, whole=kept.read_up_to is None)
    back = set_back(ctx, side)
    if back and kept.read_up_to:  # what was typed since bears stamps before the watermark
        _read(ctx, side, kept.read_up_to - back, whole=True)


def _read(ctx: Context, side: Side, since: datetime | None, *, whole: bool) -> None:
    """The watermark moves in the transaction that folds the last page, and never backwards but with the clock.

    It stays where it is while a clock that was set back still hides something, which `whole` readings rule out.
    """
    kept = ctx.connection.sides[side]
    read = 0
    for kind, rule in ctx.rules.kinds.items():
        for page, last in with_last(ctx.gateways[side].changes(kind, since)):
            ctx.lease.keep(ctx.request_timeout)
            first_read = ctx.read_at.setdefault(side, page.read_at)
            with ctx.writing() as db:
                changed = fold(db, ctx.connection.id, rule, page, kept.read_at).shaken
                if changed:
                    connections.alarm(db, ctx.connection.id, side, changed=changed)
                if last and (whole or not set_back(ctx, side)):
                    advance(db, ctx, side, first_read)
                read += len(page.records)
                ctx.progress(db, f"reading {side}", read, 0)


def with_last(pages: Iterable[Page]) -> Iterator[tuple[Page, bool]]:
    """Each page, and whether it is the last."""
    held: Page | None = None
    for page in pages:
        if held is not None:
            yield held, False
        held = page
    if held is not None:
        yield held, True


def advance(db: Connection, ctx: Context, side: Side, read_at: datetime) -> None:
    """Move the watermark to the first page's time less the overlap, and keep the clock's measured offset.

    It stays where rules that were saved meanwhile have put it: they may ask for fields that this reading did not.
    A clock that was set back may have been so since the first page: what was typed behind it bears stamps from before.
    """
    kept, back = ctx.connection.sides[side], set_back(ctx, side)
    mark = read_at - LATE[side] - back
    clock = measured(ctx, side, read_at)
    ctx.clocks[side] = clock
    if not ctx.rules_stand(db):
        return
    connections.set_side(
        db,
        ctx.connection.id,
        side,
        read_up_to=max(mark, kept.read_up_to - back) if kept.read_up_to else mark,
        read_at=read_at,
        clock_offset=clock.offset,
        clock_uncertainty=clock.uncertainty,
        clock_jumped_at=clock.jumped_at,
        remaining_day=ctx.gateways[side].meter.remaining_day,
        last_error="",
    )


def set_back(ctx: Context, side: Side) -> timedelta:
    """By how much the side's clock was set back since the last reading; nothing within what may be off."""
    before, meter = ctx.connection.sides[side], ctx.gateways[side].meter
    if meter.offset is None or before.read_at is None:
        return timedelta(0)
    back = before.clock.offset - meter.offset
    doubt = before.clock.uncertainty + meter.uncertainty + JUMP
    return timedelta(seconds=back) if back > doubt else timedelta(0)


def measured(ctx: Context, side: Side, read_at: datetime) -> ClockReading:
    """The side's offset now; a jump makes every stamp before it worthless as evidence.

    A clock that was set back has given stamps that lie in its future: they are not younger than the jump, which itself
    is measured no better than both offsets.
    """
    before, meter = ctx.connection.sides[side], ctx.gateways[side].meter
    if meter.offset is None:
        return before.clock
    step = timedelta(seconds=meter.offset - before.clock.offset)
    doubt = timedelta(seconds=before.clock.uncertainty + meter.uncertainty + JUMP)
    last = before.clock.jumped_at
    if before.read_at is not None and abs(step) > doubt:
        last = max(read_at, read_at - step + doubt, last or read_at)
    return ClockReading(meter.offset, meter.uncertainty, last)
