"""Conclude: what needs no vendor is carried out here — agreements, conflicts, questions, standing — and a link that
waits for nothing is laid to rest.

Runs before the first write and again after each batch: a link rests only when the pure core, looking at what is now
stored, finds nothing left to send.  A crash at any moment leaves it waiting, never forgotten.

What people say takes turns with what is concluded (`commands.turns`): a link is read, decided about and brought to rest
in one transaction.  Finding partners takes too long for that: a record without one, about which anything was said since
it was looked at, is left to the next run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from sqlalchemy import Connection

from reconciler.core.decide import decide
from reconciler.core.model import Fields, LinkState, Record, Ref, Side, Status
from reconciler.core.names import Taken
from reconciler.core.plan import Deciding, Do, Rejection
from reconciler.steps import following
from reconciler.steps.context import Context
from reconciler.steps.matching import Alone, unlinked
from reconciler.store import last_seen, link_states, links, open_items, questions, rejections, waiting
from reconciler.store.database import reading
from reconciler.store.last_seen import Seen
from reconciler.store.rejections import Refusing

BATCH = 500
LEFT = "It is left without a partner, as somebody has said."
UNMEANT = "No partner is to be made from it as it is now."


def conclude_waiting(ctx: Context) -> None:
    """Everything that waits: links first, then records without a partner."""
    for kind, rule in ctx.rules.kinds.items():
        for ids in _pending(ctx, kind):
            with ctx.writing() as db:
                conclude(db, ctx, [link for link in ids if link not in ctx.only_writes])
            ctx.lease.keep(ctx.request_timeout)

        for new in unlinked(ctx, kind, rule):
            _conclude_alone(ctx, new)


def _pending(ctx: Context, kind: str) -> Iterator[list[int]]:
    """Links that wait, in batches."""
    after = 0
    while True:
        with reading(), ctx.engine.connect() as db:
            ids = links.pending(db, ctx.connection.id, ctx.clock.now(), after, kind, BATCH)
        if not ids:
            return
        after = ids[-1]
        yield ids


def ask_about_new(ctx: Context, alone: Sequence[Alone]) -> None:
    """Only the questions about records without a partner: they can be answered before anything is ever written."""
    for start in range(0, len(alone), BATCH):
        _conclude_alone(ctx, alone[start : start + BATCH])


def _conclude_alone(ctx: Context, some: Sequence[Alone]) -> None:
    with ctx.writing() as db:
        _conclude_new(db, ctx, _as_looked_at(db, ctx, some))
    ctx.lease.keep(ctx.request_timeout)


def conclude(db: Connection, ctx: Context, ids: Collection[int]) -> None:
    """Look at these links as they are now: those just written, in the transaction that settles them."""
    if not ids:
        return
    states = link_states.load(db, sorted(set(ids)), ctx.clock.now())
    rules = ctx.rules.kinds
    _conclude(db, ctx, [(s, decide(s, rules[s.kind], ctx.clocks, ctx.cannot_hold)) for s in states])


def _conclude(db: Connection, ctx: Context, batch: Sequence[tuple[LinkState, Deciding]]) -> None:
    if not ctx.rules_stand(db):
        return
    moves: dict[int, dict[Side, Fields]] = {}
    resting: list[int] = []
    fallen: list[int] = []
    busy = open_items.links_with_work(db, [_id(state) for state, _ in batch])
    for state, deciding in batch:
        link = _id(state)
        if deciding.follow is not None and following.follow(db, ctx, state, deciding.follow):
            continue
        if deciding.agreed:
            moves[link] = dict(deciding.agreed)
        if deciding.standing:
            links.stand(db, link, deciding.standing)
        _people(db, ctx, state, deciding, busy=link in busy)
        if deciding.quiet:
            (resting if _both_stand(state) else fallen).append(link)
    links.move_baselines(db, moves, ctx.clock.now(), resting)
    if fallen:
        links.rest_fallen(db, fallen)


def _id(state: LinkState) -> int:
    if state.id is None:
        raise ValueError("a pair that is not linked yet cannot be concluded")
    return state.id


def _people(db: Connection, ctx: Context, state: LinkState, deciding: Deciding, *, busy: bool) -> None:
    """Open, refresh and close what waits for a person about one link; `busy`: it has questions or rejections."""
    here, tally = ctx.here, ctx.tally
    for found in deciding.disputes:
        tally.opened += waiting.dispute(db, here, state, found)
    for over in deciding.closed:
        waiting.close(db, here, over)
        tally.decided += over.decided
        tally.closed += not over.decided
    for ask in deciding.asks:
        tally.questions += questions.ask(db, here, ask, state.kind, state.id)
    for rejection in deciding.rejections:
        what = _refusing(state, rejection)
        tally.rejections += rejections.reject(db, here, what, rejection.refusal)
    if not busy:
        return
    questions.close_removals(db, here, [r.ref for r in state.records.values() if r.status is Status.ACTIVE])
    because = _no_question(state, deciding)
    if because:
        questions.close(db, here, [record.ref for record in state.records.values()], because)
    rejections.close(db, here, state, deciding, "The value has changed, or is no longer carried.")


def _both_stand(state: LinkState) -> bool:
    return all(record.status is Status.ACTIVE for record in state.records.values())


def _no_question(state: LinkState, deciding: Deciding) -> str:
    """Why nothing is left to ask about this link; "" while something is, or an answer still has to be followed."""
    if deciding.asks:
        return ""
    if deciding.standing == "suspend":
        return "The record is no longer shared."
    if _both_stand(state):
        return "Both records stand again."
    if all(record.status is not Status.ACTIVE for record in state.records.values()):
        return "Neither record stands any more."
    return ""


def _refusing(state: LinkState, rejection: Rejection) -> Refusing:
    ref = state.records[rejection.side].ref
    attempted = {rejection.field: rejection.value}
    return Refusing(state.kind, rejection.side, ref, state.id, waiting.name_of(state.records), attempted)


def _as_looked_at(db: Connection, ctx: Context, batch: Sequence[Alone]) -> list[Alone]:
    """Those about which nobody has said anything since, and that nobody has linked."""
    refs = [each.seen.record.ref for each in batch]
    said = waiting.said(db, ctx.connection.id, refs)
    linked = links.of_records(db, ctx.connection.id, refs)
    return [each for each, ref in zip(batch, refs, strict=True) if ref not in linked and each.said == said[ref]]


def _conclude_new(db: Connection, ctx: Context, batch: Sequence[Alone]) -> None:
    """Records without a partner: what is neither created nor adopted is asked about, or has its reason noted."""
    if not ctx.rules_stand(db):
        return
    resting: dict[str, list[int]] = {}
    over: list[Ref] = []
    parted: dict[str, list[Ref]] = {"undone": [], "merged": []}
    unmeant: list[Ref] = []
    for seen, deciding, _ in batch:
        _people_alone(db, ctx, seen.record, deciding)
        why = _without_partner(deciding)
        if why:
            resting.setdefault(why, []).append(seen.id)
        if not deciding.asks and not deciding.actions:
            asked_of = parted["merged" if seen.unlinked == "covered" else "undone"]
            (asked_of if _left_to_a_person(seen) else over).append(seen.record.ref)
        if why == "out" and not _left_to_a_person(seen):
            unmeant.append(seen.record.ref)
    for why, ids in resting.items():
        last_seen.decided(db, ids, why)
    questions.close(db, ctx.here, over, questions.NO_LONGER_SO, ("open",))
    for what, refs in parted.items():
        if refs:
            ctx.tally.questions += questions.ask_again(db, ctx.here, refs, what)
            rejections.close_unmeant(db, ctx.here, refs, LEFT)
    rejections.close_unmeant(db, ctx.here, unmeant, UNMEANT)


def _people_alone(db: Connection, ctx: Context, record: Record, deciding: Deciding) -> None:
    """What waits for a person about a record without a partner."""
    for ask in deciding.asks:
        ctx.tally.questions += questions.ask(db, ctx.here, ask, record.kind, None)
    for rejection in deciding.rejections:
        name = str(record.fields.get("name", ""))
        what = Refusing(record.kind, rejection.side, record.ref, None, name, {rejection.field: rejection.value})
        ctx.tally.rejections += rejections.reject(db, ctx.here, what, rejection.refusal)


def _without_partner(deciding: Deciding) -> str:
    """Why a record gets no partner now; "" when one is made or found."""
    if any(action.do in (Do.CREATE, Do.ADOPT) for action in deciding.actions):
        return ""
    return "question" if deciding.asks else "refused" if deciding.rejections or deciding.refused else "out"


def _left_to_a_person(seen: Seen) -> bool:
    """It stands, and was parted from its partner: looking at it again answers nothing that was asked about that.

    What was asked ended when the record was removed, and is asked again when it is restored.
    """
    return seen.unlinked in last_seen.APART and seen.record.status is Status.ACTIVE


def over(db: Connection, ctx: Context, refs: Iterable[Ref], because: str) -> None:
    """These records have a partner now: questions and refusals about their having none are over."""
    refs = list(refs)
    questions.close(db, ctx.here, refs, because)
    rejections.close_of_sources(db, ctx.here, refs, because)


def refuse_names(ctx: Context, taken: Sequence[Taken]) -> None:
    """Names that cannot be had are rejections naming the other record."""
    for found in taken:
        ref = found.action.ref
        with ctx.writing() as db:
            link = links.of_records(db, ctx.connection.id, [ref]).get(ref)
            what = Refusing(found.action.kind, Side.XERO, ref, link, found.name, {"name": found.name})
            ctx.tally.rejections += rejections.reject(db, ctx.here, what, found.refusal)
            if link is None:
                _leave(db, ctx, ref)


def _leave(db: Connection, ctx: Context, ref: Ref) -> None:
    for seen in last_seen.find(db, ctx.connection.id, [ref]).values():
        last_seen.decided(db, [seen.id], "refused")
