"""Look once more, just before something is written: what moved is seen, and what is read stands in last seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from reconciler.core.model import SIDES, Ref, Side
from reconciler.ports import Page
from reconciler.steps.context import Context
from reconciler.steps.groups import Group
from reconciler.store import folding, last_seen, links
from reconciler.store.database import reading

# A later edit could share the second of a stamp this young; after it, none can (design section 5).
HOT = timedelta(seconds=2)
PATIENCE = 4.0  # seconds to wait at most for a stamp to cool


def read_moved(ctx: Context) -> None:
    """Read again, on both sides, every pair that moved while we were writing."""
    refs = {Ref.parse(text.split(": ", 1)[0]) for text in ctx.tally.moved}
    with ctx.engine.connect() as db:
        linked = links.of_records(db, ctx.connection.id, refs)
        pairs = links.partners(db, linked.values())
    everything = refs | {ref for pair in pairs.values() for ref in pair.values()}
    for kind in ctx.rules.kinds:
        for side in SIDES:
            read_again(ctx, kind, side, [ref for ref in everything if ref.side is side])


def look_at_xero(ctx: Context, groups: Sequence[Group], since: datetime | None) -> datetime | None:
    """Xero has no conditional write: see what changed there since we looked, and read the sources anew."""
    kind = groups[0].steps[0].kind
    probed = since
    if since is not None:
        for number, page in enumerate(ctx.gateways[Side.XERO].changes(kind, since - HOT)):
            probed = page.read_at if number == 0 else probed
            _fold(ctx, kind, page)
    sources = [ref for group in groups for ref in group.refs if ref.side is Side.SALESFORCE]
    read_again(ctx, kind, Side.SALESFORCE, sources)
    return probed


def look_at_contacts(ctx: Context, groups: Sequence[Group]) -> None:
    """Read anew what accounts are made from: leaving a contact group moves no stamp, so that no delta shows it."""
    read_again(ctx, groups[0].steps[0].kind, Side.XERO, [group.ref for group in groups])


def read_again(ctx: Context, kind: str, side: Side, refs: Iterable[Ref]) -> None:
    """Read these records by id, and note when."""
    ids = sorted({ref.id for ref in refs})
    if not ids:
        return
    page = ctx.gateways[side].read(kind, ids)
    _fold(ctx, kind, page)
    ctx.read_again |= {record.ref: page.read_at for record in page.records}
    gone = set(ids) - {record.ref.id for record in page.records}
    for record_id in gone:  # not seen is not gone, but nothing is written on the strength of it
        ctx.read_again.pop(Ref(side, record_id), None)


def _fold(ctx: Context, kind: str, page: Page) -> None:
    """Mostly nothing has moved but what we have written: the one writer at a time is not kept waiting for that."""
    if not page.records:
        return
    with reading(), ctx.engine.connect() as db:
        unlike = folding.unlike(db, ctx.connection.id, page.records)
    if unlike:
        rule, before = ctx.rules.kinds[kind], ctx.read_at.get(unlike[0].ref.side)
        with ctx.writing() as db:
            found = folding.fold(db, ctx.connection.id, rule, replace(page, records=unlike), before)
        ctx.look_closely(found.links)


def let_cool(ctx: Context, kind: str, hot: Mapping[Ref, datetime]) -> None:
    """Read records again whose stamps were under two seconds old: a later edit cannot then share their second."""
    if not hot:
        return
    meter = ctx.gateways[Side.SALESFORCE].meter
    there = ctx.clock.now() + timedelta(seconds=(meter.offset or 0.0) - meter.uncertainty)  # at the earliest
    wait = (max(hot.values()) + HOT - there).total_seconds()
    if wait > 0:
        ctx.clock.sleep(min(wait, PATIENCE))
    read_again(ctx, kind, Side.SALESFORCE, hot)


def hot_ones(db: Connection, ctx: Context, groups: Sequence[Group]) -> dict[Ref, datetime]:
    """The records in Salesforce that are to be written and are hot, each with its stamp."""
    stamps = last_seen.stamps(db, ctx.connection.id, Side.SALESFORCE, [group.ref.id for group in groups])
    return {ref: edited_at for ref, edited_at, read_at in stamps if is_hot(ctx, ref, edited_at, read_at)}


def is_hot(ctx: Context, ref: Ref, edited_at: datetime, read_at: datetime) -> bool:
    """Whether a record was edited less than two seconds before we last read it, by the clock that this run has met.

    One that was set back since gives later edits earlier stamps: until it has caught up no condition would hold them.
    """
    return edited_at + HOT > (ctx.read_again.get(ref) or ctx.read_at.get(ref.side) or read_at)
