"""What people do, one move at a time."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from sqlalchemy import Engine

from reconciler.core.model import SIDES, Record, Side, Status, Value
from reconciler.core.schema import Flow
from reconciler.store.tables import QuestionRow
from tests.engine.bench import S, X, make_database
from tests.model.model import Model
from tests.model.office import ELSEWHERE
from tests.model.people import KEYS, REFUSED

MANY = 5  # records a side
sides = st.sampled_from(SIDES)
keys = st.sampled_from(KEYS)
picks = st.integers(0, 5)
pauses_between = st.sampled_from([0, 1, 2, 3, 60, 3600])


@lru_cache(maxsize=1)
def database() -> Engine:
    return make_database()


class Moves(RuleBasedStateMachine):
    """People as they come."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model(database())

    @initialize(
        pairs=st.integers(1, 2),
        side=sides,
        ahead=st.sampled_from([0, 0, 0, -90, 90, 3600]),
        wrong=st.sampled_from([0.0, 0.9, -0.9]),
    )
    def some_customers(self, pairs: int, side: Side, ahead: int, wrong: float) -> None:
        """Both sides' clocks may be wrong, and by a little more than we have measured."""
        self.model.mismeasured = {S: wrong, X: -wrong}
        for one in SIDES:
            self.model.clock_steps(one, ahead if one is side else 0)
        for _ in range(pairs):
            self.model.pair()
        self.model.run()

    def pick(self, side: Side, pick: int) -> Record:
        records = self.model.records(side)
        return records[pick % len(records)]

    def both(self, pick: int, first: Side) -> list[tuple[Side, Record]]:
        """The two records of one link, `first` first; nothing where there is no link."""
        links = self.model.bench.links()
        if not links:
            return []
        link = links[pick % len(links)]
        worlds = self.model.bench.worlds
        pair = {S: worlds[S].records[link.salesforce], X: worlds[X].records[link.xero]}
        return [(first, pair[first]), (first.other, pair[first.other])]

    @rule(side=sides, pick=picks, key=keys, seconds=pauses_between)
    def somebody_types(self, side: Side, pick: int, key: str, seconds: int) -> None:
        self.model.types(side, self.pick(side, pick), key, self.model.value(key), seconds=seconds)

    @rule(pick=picks, first=sides)
    def both_type_parts_of_one_address(self, pick: int, first: Side) -> None:
        """One the street, the other the city: together an address nobody typed."""
        for member, (side, record) in enumerate(self.both(pick, first)):
            now = list(self.model.shown(side, record.ref.id)["billing"])
            now[member] = str(self.model.value("billing")[member])
            self.model.types(side, record, "billing", tuple(now))

    def clears(self, side: Side, record: Record, key: str) -> None:
        blank: Any = ("",) * 5 if key == "billing" else ""
        self.model.types(side, record, key, blank)

    @rule(side=sides, pick=picks, key=keys)
    def somebody_goes_back(self, side: Side, pick: int, key: str) -> None:
        record = self.pick(side, pick)
        before = self.model.ledger.typed.get((side, record.ref.id, key), [])
        if len(before) > 1:
            self.model.types(side, record, key, before[-2])

    @rule(side=sides, pick=picks)
    def somebody_types_what_is_refused(self, side: Side, pick: int) -> None:
        self.model.types(side, self.pick(side, pick), "account_number", f"{REFUSED} {self.model.value('name')}")

    @rule(opted_in=st.booleans())
    def a_newcomer_in_salesforce(self, opted_in: bool) -> None:
        if len(self.model.records(S)) < MANY:
            self.model.newcomer(S, opted_in=opted_in)

    @rule(pick=picks)
    def a_namesake(self, pick: int) -> None:
        """A contact is there already, and an account of its name is made."""
        if len(self.model.records(S)) < MANY:
            contact = self.model.newcomer(X)
            self.model.newcomer(S, name=self.model.shown(X, contact)["name"])

    @rule(pick=picks, opted_in=st.booleans())
    def somebody_opts(self, pick: int, opted_in: bool) -> None:
        self.model.opts(self.pick(S, pick), opted_in)

    @rule(side=sides, pick=picks)
    def somebody_removes_or_restores(self, side: Side, pick: int) -> None:
        record = self.pick(side, pick)
        (self.model.removes if record.status is Status.ACTIVE else self.model.restores)(record)

    @rule(side=sides, loser=picks, survivor=picks)
    def somebody_merges(self, side: Side, loser: int, survivor: int) -> None:
        self.model.merges(self.pick(side, loser), self.pick(side, survivor))

    @rule(pick=picks, choice=picks)
    def a_reviewer_answers(self, pick: int, choice: int) -> None:
        questions = self.model.bench.rows(QuestionRow, status="open")
        if questions:
            self.model.answers(questions[pick % len(questions)], choice)

    @rule(key=keys, flow=st.sampled_from(list(Flow)))
    def an_administrator_turns_a_direction(self, key: str, flow: Flow) -> None:
        self.model.turns(key, flow)

    @rule(where=st.sampled_from(sorted(ELSEWHERE)))
    def an_administrator_maps_a_field_elsewhere(self, where: tuple[Side, str]) -> None:
        self.model.maps(*where)

    @rule(copied=st.booleans())
    def an_administrator_asks_another_checkbox(self, copied: bool) -> None:
        self.model.asks_another_checkbox(copied=copied)

    @rule(side=sides)
    def an_administrator_pauses_or_resumes(self, side: Side) -> None:
        (self.model.resumes if side in self.model.paused else self.model.pauses)(side)

    def made_in_xero(self, name: Value, archived: bool) -> None:
        made = self.model.newcomer(X, name=name)
        if archived:
            self.model.removes(self.model.bench.worlds[X].records[made])

    @rule(side=sides, seconds=st.sampled_from([-600, -30, 30, 600]))
    def a_clock_steps(self, side: Side, seconds: int) -> None:
        self.model.clock_steps(side, seconds)
