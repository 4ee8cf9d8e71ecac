"""What each record without a partner asks for: its candidates on the other side, and the core's decision about them."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sqlalchemy import Connection

from reconciler.core.match import COVERED, LEAVE, LINK, Answer, Candidate, decide_new
from reconciler.core.match.deciding import named_elsewhere
from reconciler.core.match.evidence import Evidence, compare
from reconciler.core.match.judging import chosen, worth_asking
from reconciler.core.model import Record, Ref, Side, Status
from reconciler.core.names import key
from reconciler.core.plan import Deciding, Do
from reconciler.core.schema import KindRule
from reconciler.steps import answers
from reconciler.steps.context import Context
from reconciler.store import alike, choices, last_seen, rejections, waiting
from reconciler.store.alike import Finder, Known
from reconciler.store.last_seen import Seen
from reconciler.store.waiting import Said

MOST = 10  # candidates shown in one question
_STANDING = frozenset({Status.ACTIVE, Status.ARCHIVED})


@dataclass(slots=True)
class _Pass:
    """What one pass over the records without a partner has decided so far, which the rest must know."""

    finder: Finder
    names: dict[str, Record] = field(default_factory=dict)  # to be created, by side and name
    taken: set[Ref] = field(default_factory=set)  # about to be linked
    asked: set[Ref] = field(default_factory=set)  # questions are about these


@dataclass(slots=True)
class _Batch:
    """What is known about one batch of records."""

    found: Mapping[Ref, list[Candidate]]
    namesakes: Mapping[Ref, list[Candidate]]
    waits: frozenset[Ref]  # another record's question stands for this one's
    answers: Mapping[Ref, Answer]  # about these, and about those that are surely the same as one of them
    refused: Mapping[Ref, object]
    chosen: choices.Chosen
    named_by: Mapping[Ref, Record]  # by a record that is not the same, as a person has said
    said: Mapping[Ref, Said]


class Alone(NamedTuple):
    """A record without a partner, what it asks for, and what people had said about it when it was looked at."""

    seen: Seen
    deciding: Deciding
    said: Said


def unlinked(ctx: Context, kind: str, rule: KindRule) -> Iterator[list[Alone]]:
    """What each waiting record without a partner asks for, in batches.

    Of two new records with one name only the first is created: the second finds the name taken, and is asked about.
    A record that another's question already speaks of is left waiting, and is looked at again by the next run.
    """
    with _collecting_rarely():
        yield from _batches(ctx, kind, rule)


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """Look less often for cycles, of which matching makes none: looking took a third of its time."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], 20_000), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _batches(ctx: Context, kind: str, rule: KindRule) -> Iterator[list[Alone]]:
    after = 0
    now = _Pass(Finder(ctx.connection.id))
    while True:
        with ctx.engine.connect() as db:
            seen = last_seen.waiting(db, ctx.connection.id, after, kind)
            batch = _look_up(db, ctx, rule, seen, now) if seen else None
        if batch is None:
            return
        after = seen[-1].id
        decided = [(each, _decide_one(ctx, rule, each, batch, now)) for each in seen]
        said = batch.said
        yield [Alone(each, deciding, said[each.record.ref]) for each, deciding in decided if deciding is not None]


def _look_up(db: Connection, ctx: Context, rule: KindRule, seen: Sequence[Seen], now: _Pass) -> _Batch:
    refs = [each.record.ref for each in seen]
    said = waiting.said(db, ctx.connection.id, refs)
    given = answers.given(db, ctx, refs)
    refused = rejections.of_sources(db, ctx.connection.id, refs, ctx.clock.now())
    search = _Search(db, ctx.connection.id, now.finder)
    found = search.candidates([each for each in seen if _open(rule, each, given.get(each.record.ref), now)])
    sure = {c.record.ref for near in found.values() for c in near if c.certain}
    for ref, answer in given.items():
        if answer.choice == LINK and answer.ref and all(c.record.ref != answer.ref for c in found.get(ref, ())):
            meant = _as_candidates(last_seen.find(db, ctx.connection.id, [answer.ref]).values())
            found[ref] = found.get(ref, []) + meant
    given |= answers.given(db, ctx, sure - given.keys())
    chosen = choices.near(db, ctx.connection.id, refs)
    named_by = _named_by(db, ctx, refs)
    return _Batch(found, search.namesakes, frozenset(search.waits), given, refused, chosen, named_by, said)


def _named_by(db: Connection, ctx: Context, refs: Sequence[Ref]) -> dict[Ref, Record]:
    """Records whose id stands on one that was said not to be the same: making a partner would be writing onto that."""
    apart = alike.apart(db, ctx.connection.id, refs)
    others = last_seen.find(db, ctx.connection.id, {other for _, other in apart}) if apart else {}
    standing = {ref: seen.record for ref, seen in others.items() if seen.record.status in _STANDING}
    return {ref: standing[other] for ref, other in apart if other in standing and standing[other].partner == ref.id}


def _open(rule: KindRule, seen: Seen, answer: Answer | None, now: _Pass) -> bool:
    """Whether a partner is to be looked for: shared, standing, and neither linked meanwhile nor left to a person."""
    if seen.record.ref in now.taken or not rule.admits(seen.record) or seen.record.status is not Status.ACTIVE:
        return False
    if answer is not None:
        return answer.choice not in {LEAVE, COVERED}
    return seen.unlinked not in last_seen.APART - {"merged"}


def _as_candidates(seen: Iterable[Seen]) -> list[Candidate]:
    """What a person chose is a candidate, whatever speaks for it by now."""
    return [Candidate(each.record, frozenset(), linked=each.link is not None) for each in seen]


def _decide_one(ctx: Context, rule: KindRule, seen: Seen, batch: _Batch, now: _Pass) -> Deciding | None:
    """None when the record is left waiting."""
    record, answer = seen.record, batch.answers.get(seen.record.ref)
    if record.ref in now.taken:
        return None  # linked before its turn comes
    if not _open(rule, seen, answer, now):
        return Deciding()
    found = [_as_it_stands(c, record.ref, batch, now) for c in batch.found[record.ref]]
    twin = now.names.get(_side_key(record))
    if twin is not None and answer is None:
        found = [*found, Candidate(twin, frozenset({"name"}), linked=True)]
    namesakes = batch.namesakes.get(record.ref, ())
    chosen = batch.chosen.get(record.ref)
    deciding = decide_new(record, found, rule, ctx.clocks, ctx.cannot_hold, answer, namesakes, chosen)
    if record.ref in batch.named_by and any(action.do is Do.CREATE for action in deciding.actions):
        deciding = Deciding(rejections=(named_elsewhere(record, batch.named_by[record.ref]),))
    if deciding.asks and seen.unlinked != "question" and _spoken_of(record.ref, found, batch, now):
        return None
    return _note(record, deciding, batch, now)


def _as_it_stands(candidate: Candidate, of: Ref, batch: _Batch, now: _Pass) -> Candidate:
    """A candidate that another gets, or about which somebody has answered otherwise, is not linked unasked."""
    ref = candidate.record.ref
    if ref in now.taken:
        return replace(candidate, linked=True, certain=False)
    return candidate if answers.allows(batch.answers.get(ref), of) else replace(candidate, certain=False)


def _spoken_of(ref: Ref, found: Sequence[Candidate], batch: _Batch, now: _Pass) -> bool:
    """Whether a question about another record asks about this one already."""
    others = {other for c in found if not c.linked for other in (c.record.ref, *c.rivals)}
    return ref in batch.waits or bool(others & now.asked)


def _note(record: Record, deciding: Deciding, batch: _Batch, now: _Pass) -> Deciding:
    for action in deciding.actions:
        if action.do is Do.ADOPT and action.source:
            now.taken |= {action.ref, action.source}
        if action.do is Do.CREATE:
            if batch.refused.get(record.ref) == {name: change.new for name, change in action.fields.items()}:
                return Deciding(refused=frozenset((action.side, name) for name in action.fields))
            now.names[_side_key(record)] = record
    if deciding.asks:
        now.asked.add(record.ref)
    return deciding


def _side_key(record: Record) -> str:
    return f"{record.ref.side} {key(record.fields.get('name', ''))}"


def candidates(db: Connection, ctx: Context, batch: Sequence[Seen]) -> dict[Ref, list[Candidate]]:
    """For each record the other side's records that may be the same thing, likeliest first."""
    return _Search(db, ctx.connection.id, Finder(ctx.connection.id)).candidates(batch)


class _Search:
    """Candidates of one batch; one use."""

    def __init__(self, db: Connection, connection_id: int, finder: Finder) -> None:
        self.db, self.connection_id, self.finder = db, connection_id, finder
        self.namesakes: dict[Ref, list[Candidate]] = {}
        self.waits: set[Ref] = set()
        self.compared: dict[tuple[int, int], Evidence] = {}

    def candidates(self, batch: Sequence[Seen]) -> dict[Ref, list[Candidate]]:
        if not batch:
            return {}
        subjects = self.finder.take(batch)
        near = self._likely(subjects)
        refs = {other.ref for found in near.values() for other, _ in found}
        apart = alike.apart(self.db, self.connection_id, {*refs, *(subject.ref for subject in subjects)})
        likely = {s.id: [each for each in near[s.id] if (s.ref, each[0].ref) not in apart] for s in subjects}
        free = {other.id: other for found in likely.values() for other, _ in found if other.free}
        rivals = self._likely(list(free.values()))
        for subject in subjects:
            ruled_out = [each for each in near[subject.id] if (subject.ref, each[0].ref) in apart]
            self._namesakes(subject, ruled_out)
        return {s.ref: self._of(s, likely[s.id], rivals, apart) for s in subjects}

    def _likely(self, subjects: Sequence[Known]) -> dict[int, list[tuple[Known, Evidence]]]:
        """Whom each may be the same as, likeliest first."""
        near = self.finder.near(self.db, subjects)
        found: dict[int, list[tuple[Known, Evidence]]] = {}
        for subject in subjects:
            compared = [(other, self._compare(subject, other)) for other in near[subject.id]]
            worth = [(other, evidence) for other, evidence in compared if worth_asking(evidence)]
            found[subject.id] = sorted(worth, key=lambda each: (-each[1].score, each[0].id))[:MOST]
        return found

    def _compare(self, one: Known, other: Known) -> Evidence:
        """Either way round it is the same, and rivals are looked for right after: each pair is compared once."""
        pair = (one.id, other.id) if one.id < other.id else (other.id, one.id)
        found = self.compared.get(pair)
        if found is None:
            mine, theirs = one.seen.record, other.seen.record
            named = mine.partner == theirs.ref.id or theirs.partner == mine.ref.id
            found = compare(one.profile, other.profile, self.finder.shared(one, other), named=named)
            self.compared[pair] = found
        return found

    def _of(
        self,
        subject: Known,
        likely: Sequence[tuple[Known, Evidence]],
        rivals: Mapping[int, Sequence[tuple[Known, Evidence]]],
        apart: set[tuple[Ref, Ref]],
    ) -> list[Candidate]:
        """The candidates of one record; one that was merged into another does not count beside one that stands."""
        standing = [each for each in likely if each[0].seen.record.status is not Status.MERGED] or likely
        made: list[Candidate] = []
        for other, evidence in standing:
            against = [
                (rival, found)
                for rival, found in rivals.get(other.id, ())
                if rival.free and rival.id != subject.id and (rival.ref, other.ref) not in apart
            ]
            besides = [found for one, found in standing if one.id != other.id] + [found for _, found in against]
            alone = other.seen.link is None and other.seen.record.status is Status.ACTIVE
            sure = alone and chosen(evidence, besides)
            made.append(_candidate(other, evidence, [rival for rival, _ in against], sure=sure))
            self._see_who_waits(subject, other, [rival for rival, _ in against])
        return made

    def _see_who_waits(self, subject: Known, other: Known, rivals: Sequence[Known]) -> None:
        if other.seen.link is None and any(each.seen.unlinked == "question" for each in (other, *rivals)):
            self.waits.add(subject.ref)

    def _namesakes(self, subject: Known, ruled_out: Sequence[tuple[Known, Evidence]]) -> None:
        """Who has the very name that this record would take; only Xero wants names to be unique."""
        if subject.ref.side is Side.XERO:
            return
        self.namesakes[subject.ref] = [
            _candidate(other, evidence, (), sure=False)
            for other, evidence in ruled_out
            if other.seen.record.status is Status.ACTIVE and _name(other) == _name(subject)
        ]


def _candidate(other: Known, evidence: Evidence, rivals: Sequence[Known], *, sure: bool) -> Candidate:
    return Candidate(
        other.seen.record,
        evidence.reasons,
        linked=other.seen.link is not None,
        certain=sure,
        against=evidence.against,
        score=evidence.score,
        rivals=tuple(rival.ref for rival in rivals),
    )


def _name(known: Known) -> str:
    return key(known.seen.record.fields.get("name", ""))
