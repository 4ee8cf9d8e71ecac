"""Follow: a link goes on with the record that its own was merged into.

    the survivor        what is done
    ------------------  ---------------------------------------------------------------------------------
    has no partner      the link moves to it
    is linked           the loser's link closes; its partner is covered, and a person is asked to merge it too
    is not known        it is read; what cannot be read is asked about (`core.removal`)

A record that was merged away and returns has its link reopened, with the baselines it had.  Writes to no vendor.
"""

from __future__ import annotations

from sqlalchemy import Connection

from reconciler.core.model import LinkState, Record, Ref, Status
from reconciler.core.plan import SCREEN
from reconciler.core.removal import ask_to_merge
from reconciler.steps.context import Context
from reconciler.store import folding, last_seen, link_states, links, moves, questions, rejections, waiting
from reconciler.store.last_seen import Seen

MOST = 10  # merges of merges; a longer chain is asked about


def follow_all(ctx: Context) -> None:
    """Before anything is decided: every waiting link whose record was merged away, and every one that returned."""
    for kind in ctx.rules.kinds:
        with ctx.engine.connect() as db:
            found = moves.merged(db, ctx.connection.id, kind)
        for link, gone in found:
            _read_survivor(ctx, kind, gone)
            with ctx.writing() as db:
                state = next(iter(link_states.load(db, [link], ctx.clock.now())), None)
                if state is not None:
                    follow(db, ctx, state, gone)
        with ctx.writing() as db:
            for pair in moves.reopen(db, ctx.connection.id, kind):
                questions.close(db, ctx.here, pair, "Both records stand again, and are linked as before.")


def follow(db: Connection, ctx: Context, state: LinkState, gone: Ref) -> bool:
    """Move or close one link whose record `gone` was merged away; false while the survivor is not known."""
    loser, partner = state.records[gone.side], state.records[gone.side.other]
    survivor = _survivor(db, ctx, loser)
    if survivor is None or state.id is None:
        return False
    if survivor.link is None:
        moves.move(db, state.id, gone, survivor)
        over = [gone, survivor.record.ref]
        questions.close(db, ctx.here, over, "The link went on with the record that was kept.")
        rejections.close_of_sources(db, ctx.here, over, "It has a partner now.")
        return True
    because = f"It was merged into another record in {SCREEN[gone.side]}, which has a partner of its own."
    waiting.close_link(db, ctx.here, state.id, because)
    links.close(db, state.id, because, "merged", "merged")
    moves.covered_on(db, state.id, survivor.link)
    moves.cover(db, ctx.connection.id, partner.ref, survivor.link)
    other = links.partners(db, [survivor.link])[survivor.link][partner.ref.side]
    asked = questions.ask(db, ctx.here, ask_to_merge(loser, partner, other), state.kind, None)
    if partner.status is Status.ACTIVE:
        ctx.tally.questions += asked
    else:  # it is asked again when the partner stands again
        questions.close(db, ctx.here, [partner.ref], questions.NO_LONGER_SO)
    return True


def _survivor(db: Connection, ctx: Context, loser: Record) -> Seen | None:
    """Where a record went, merge after merge; None when that is not known."""
    found: Seen | None = None
    record = loser
    for _ in range(MOST):
        if record.status is not Status.MERGED or not record.merged_into:
            return found
        ref = Ref(record.ref.side, record.merged_into)
        found = last_seen.find(db, ctx.connection.id, [ref]).get(ref)
        if found is None:
            return None
        record = found.record
    return None


def _read_survivor(ctx: Context, kind: str, gone: Ref) -> None:
    """The survivor is nearly always known; one that is not is read by its id."""
    with ctx.engine.connect() as db:
        loser = last_seen.find(db, ctx.connection.id, [gone])[gone].record
        ref = Ref(gone.side, loser.merged_into)
        known = ref in last_seen.find(db, ctx.connection.id, [ref])
    if known or not loser.merged_into:
        return
    page = ctx.gateways[gone.side].read(kind, [ref.id])
    if page.records:
        with ctx.writing() as db:
            folding.fold(db, ctx.connection.id, ctx.rules.kinds[kind], page, ctx.read_at.get(gone.side))
