"""Compare in full: read everything, fold it in, and say what had been missed and why.

Deltas miss what commits after its stamp, what changes without moving its stamp, and what a clock that stepped hides.
A compare may take several runs: where each side's reading stands is stored with every page, and a run that goes on with
it reads the delta first, so that nothing changed meanwhile is missed behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from reconciler.core import guard
from reconciler.core.model import SIDES, Record, Side, Status
from reconciler.core.schema import KindRule
from reconciler.ports import Page
from reconciler.steps.context import Context
from reconciler.steps.observe import advance, observe_side, with_last
from reconciler.store import compares, connections, folding, last_seen, links
from reconciler.store.compares import Repair
from reconciler.store.last_seen import Seen

BY_ID = 200  # how many missing records are asked for by their ids in one go


@dataclass(frozen=True, slots=True)
class Place:
    """How far one side has been read: the kind under way, and the position in it."""

    kind: str = ""
    position: str = ""
    read: int = 0
    repaired: int = 0
    gone: int = 0
    done: bool = False

    @classmethod
    def parse(cls, stored: dict[str, Any]) -> Place:
        """As it comes out of its JSON column, where an older version kept more."""
        return cls(**{name: stored[name] for name in cls.__slots__ if name in stored})


def compare(ctx: Context) -> int:
    """Read both sides whole, or go on where an unfinished compare stopped; returns its number.

    `Unavailable` may end it anywhere: the next full run goes on from there.
    """
    with ctx.writing() as db:
        number, stored = compares.begin(db, ctx.connection.id, ctx.clock.now())
    places = {side: Place.parse(stored.get(side.value, {})) for side in SIDES}
    for side in SIDES:
        if places[side].done or places[side].position:
            observe_side(ctx, side)
        if not places[side].done:
            places[side] = _read(ctx, number, side, places[side])
    for side in SIDES:
        _miss(ctx, number, side, places[side])
    with ctx.writing() as db:
        compares.finish(db, number, ctx.clock.now())
    return number


def _read(ctx: Context, number: int, side: Side, place: Place) -> Place:
    kinds = list(ctx.rules.kinds.items())
    begun = next((at for at, (kind, _) in enumerate(kinds) if kind == place.kind), 0)
    for at, (kind, rule) in enumerate(kinds[begun:], begun):
        position = place.position if kind == place.kind else ""
        for page, last in with_last(ctx.gateways[side].changes(kind, None, position)):
            ctx.lease.keep(ctx.request_timeout)
            ends = last and at == len(kinds) - 1
            place = replace(place, kind=kind, position=page.position, read=place.read + len(page.records), done=ends)
            place = _take(ctx, number, side, rule, page, place)
    return place


def _take(ctx: Context, number: int, side: Side, rule: KindRule, page: Page, place: Place) -> Place:
    """Fold one page, note what it repairs and where the reading stands: one transaction.

    At its end the watermark and the clock stand where this run began to read: an earlier one's clock may have been set
    since.
    """
    kept = ctx.connection.sides[side]
    began = ctx.read_at.setdefault(side, page.read_at)
    with ctx.writing() as db:
        fresh = folding.unlike(db, ctx.connection.id, page.records)
        known = last_seen.find(db, ctx.connection.id, [record.ref for record in fresh])
        found = [repair for record in fresh if (repair := _repair(ctx, rule, known.get(record.ref), record))]
        changed = folding.fold(db, ctx.connection.id, rule, replace(page, records=fresh), kept.read_at).shaken
        last_seen.compared(db, ctx.connection.id, side, [record.ref.id for record in page.records], number)
        connections.alarm(db, ctx.connection.id, side, changed=changed)
        compares.note(db, ctx.connection.id, number, found, ctx.clock.now())
        place = replace(place, repaired=place.repaired + len(found))
        compares.keep(db, number, side, asdict(place))
        ctx.progress(db, f"reading {side}", place.read, 0)
        if place.done:
            advance(db, ctx, side, began)
    return place


def _repair(ctx: Context, rule: KindRule, seen: Seen | None, record: Record) -> Repair | None:
    """What a delta should have shown and did not, with the reason; None for what the next delta would have shown."""
    side = record.ref.side
    kept = ctx.connection.sides[side]
    if kept.read_up_to is None:
        return None  # nothing has ever been read: everything is new
    fields = _differing(seen.record, record, rule) if seen is not None else ["name"]
    if not fields:
        return None
    if seen is not None and seen.record.version == record.version:
        reason = "same_stamp"
    elif record.changed_at >= kept.read_up_to:
        return None
    elif kept.clock.jumped_at is not None and (seen is None or seen.read_at <= kept.clock.jumped_at):
        reason = "clock"
    else:
        reason = "late" if seen is not None else "unseen"
    return Repair(side, record.ref, seen.link if seen else None, _name(record), fields, reason)


def _differing(before: Record, now: Record, rule: KindRule) -> list[str]:
    """What shows something else; a balance is no delta's to show."""
    shown = before.fields.keys() - rule.derived
    fields = [key for key, value in now.fields.items() if key in shown and before.fields[key] != value]
    facts = ("status", "flag", "partner", "groups", "is_supplier", "is_customer")
    return fields + [name for name in facts if getattr(before, name) != getattr(now, name)]


def _miss(ctx: Context, number: int, side: Side, place: Place) -> None:
    """Records that the whole reading did not show: an emptied side is an alarm, a few are asked for by their ids."""
    with ctx.engine.connect() as db:
        missing = last_seen.not_compared(db, ctx.connection.id, side, number)
        linked = sum(links.count(db, ctx.connection.id).values())
    absent = sum(seen.link is not None for seen in missing)
    with ctx.writing() as db:
        connections.alarm(db, ctx.connection.id, side, missing=absent)
        alarm = connections.alarms(db, ctx.connection.id)[side]
    if guard.emptied(alarm, linked):
        return  # the guard stops this run; nobody is asked about half of all records, one by one
    gone = sum(_ask_for(ctx, number, side, missing[at : at + BY_ID]) for at in range(0, len(missing), BY_ID))
    with ctx.writing() as db:
        compares.keep(db, number, side, asdict(replace(place, gone=gone)))


def _ask_for(ctx: Context, number: int, side: Side, missing: Sequence[Seen]) -> int:
    """Ask for records by their ids: what answers was only overlooked, what does not is gone."""
    gone: list[Seen] = []
    for kind, rule in ctx.rules.kinds.items():
        wanted = [seen for seen in missing if seen.record.kind == kind]
        if not wanted:
            continue
        ctx.lease.keep(ctx.request_timeout)
        page = ctx.gateways[side].read(kind, [seen.record.ref.id for seen in wanted])
        there = {record.ref for record in page.records}
        lost = [seen for seen in wanted if seen.record.ref not in there]
        gone += lost
        with ctx.writing() as db:
            if page.records:
                folding.fold(db, ctx.connection.id, rule, page, None)
                last_seen.compared(db, ctx.connection.id, side, [ref.id for ref in there], number)
            _lose(db, ctx, number, rule, lost, page.read_at)
    return len(gone)


def _lose(db: Connection, ctx: Context, number: int, rule: KindRule, lost: Sequence[Seen], read_at: datetime) -> None:
    """These records are nowhere: they stand no longer, and their links are looked at."""
    records = [replace(seen.record, status=Status.GONE) for seen in lost]
    if not records:
        return
    folding.fold(db, ctx.connection.id, rule, Page(records, read_at), None)
    repairs = [
        Repair(r.ref.side, r.ref, seen.link, _name(r), ["status"], "gone")
        for seen, r in zip(lost, records, strict=True)
    ]
    compares.note(db, ctx.connection.id, number, repairs, ctx.clock.now())


def _name(record: Record) -> str:
    return str(record.fields.get("name", ""))[:255]
