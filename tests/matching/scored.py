"""Matching carried out on a corpus, through the store and the product's own steps, and how well it did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import Engine, insert

from reconciler.core.model import SIDES, ClockReading, Ref, Side
from reconciler.core.plan import Do
from reconciler.mapping.shipped import CUSTOMER
from reconciler.ports import Page
from reconciler.steps.context import Context
from reconciler.steps.matching import unlinked
from reconciler.store import connections, folding
from reconciler.store.tables import ConnectionRow
from tests.adapters.clocks import SteppedClock
from tests.engine.bench import holds_anything
from tests.matching.corpus import NOON, Corpus


@dataclass(slots=True)
class Score:
    """What came of one corpus."""

    records: int
    pairs: int
    adopted: set[tuple[Ref, Ref]] = field(default_factory=set)
    asked: dict[Ref, set[Ref]] = field(default_factory=dict)
    wrong: list[tuple[Ref, Ref]] = field(default_factory=list)
    missed: list[tuple[Ref, Ref]] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """The share of true pairs that were adopted or asked about."""
        return 1 - len(self.missed) / self.pairs

    @property
    def share_asked(self) -> float:
        """Questions as a share of all records."""
        return len(self.asked) / self.records

    def __str__(self) -> str:
        return (
            f"{self.records} records, {self.pairs} pairs: {len(self.adopted)} adopted, {len(self.wrong)} wrongly; "
            f"recall of adopted and asked {self.recall:.4f}; asked {self.share_asked:.2%} of records"
        )


def store(engine: Engine, corpus: Corpus) -> int:
    """Put the corpus into last seen of a new connection, which is returned."""
    with engine.begin() as db:
        row = {"name": f"corpus {uuid4()}", "created_at": NOON, "activated_at": NOON}
        made: int = db.execute(insert(ConnectionRow).values(row).returning(ConnectionRow.id)).scalar_one()
    for side in SIDES:
        records = [record for record in corpus.records if record.ref.side is side]
        for start in range(0, len(records), 2_000):
            with engine.begin() as db:
                folding.fold(db, made, CUSTOMER, Page(records[start : start + 2_000], NOON), None)
    return made


def match(engine: Engine, connection_id: int, corpus: Corpus) -> Score:
    """Decide about every record without a partner, and compare with the truth."""
    score = Score(len(corpus.sorts), len(corpus.truth))
    for batch in unlinked(_context(engine, connection_id), "customer", CUSTOMER):
        for _, deciding, _ in batch:
            for action in deciding.actions:
                if action.do is Do.ADOPT and action.source:
                    score.adopted.add((action.source, action.ref))
            for ask in deciding.asks:
                score.asked[ask.about] = set(ask.refs)
    score.wrong = sorted(score.adopted - corpus.truth, key=str)
    score.missed = [pair for pair in sorted(corpus.truth - score.adopted, key=str) if not _asked(score, pair)]
    return score


def _asked(score: Score, pair: tuple[Ref, Ref]) -> bool:
    return any(set(pair) <= refs for refs in _about(score, pair))


def _about(score: Score, pair: tuple[Ref, Ref]) -> list[set[Ref]]:
    own = [score.asked[ref] for ref in pair if ref in score.asked]
    return own or [refs for refs in score.asked.values() if pair[0] in refs]


def by_sort(corpus: Corpus, pairs: list[tuple[Ref, Ref]]) -> Counter[str]:
    """What the pairs were there to show."""
    return Counter(f"{corpus.sorts[one]} / {corpus.sorts[other]}" for one, other in pairs)


def _context(engine: Engine, connection_id: int) -> Context:
    with engine.connect() as db:
        state = connections.load(db, connection_id, NOON)
    return Context(
        engine=engine,
        connection=state,
        rules=None,  # type: ignore[arg-type]  # matching asks for one kind's rule
        gateways={},
        clock=SteppedClock(),
        lease=None,  # type: ignore[arg-type]  # nothing is written
        run_id=0,
        cannot_hold=holds_anything,
        request_timeout=1,
        progress=lambda _db, _what, _done, _of: None,
        clocks={side: ClockReading() for side in Side},
    )
