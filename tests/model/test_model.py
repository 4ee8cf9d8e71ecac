"""Concord against people, faults and crashes in any order, with a ledger of every value that anybody typed.

In the fast tests a sample of what `./dev prove` runs, and `./dev prove --long` runs 10,000 histories.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine

from reconciler.core.model import SIDES, Record, Side
from reconciler.core.schema import Flow
from reconciler.store.tables import QuestionRow
from tests.engine.bench import S, X, make_database
from tests.model.model import KEYS, POINTS, REFUSED, SENDING, Model

HISTORIES = {"test": 20, "planted": 150, "prove": 500, "long": 10_000}
sides = st.sampled_from(SIDES)
keys = st.sampled_from(KEYS)
picks = st.integers(0, 5)
pauses_between = st.sampled_from([0, 1, 2, 3, 60, 3600])


@lru_cache(maxsize=1)
def database() -> Engine:
    return make_database()


class Histories(RuleBasedStateMachine):
    """People and faults as they come; after each move what must hold, and at the end everything comes to rest."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model(database())

    @initialize(pairs=st.integers(1, 2))
    def some_customers(self, pairs: int) -> None:
        for _ in range(pairs):
            self.model.pair()
        self.model.run()

    # -- people

    def pick(self, side: Side, pick: int) -> Record:
        records = self.model.records(side)
        return records[pick % len(records)]

    @rule(side=sides, pick=picks, key=keys, seconds=pauses_between)
    def somebody_types(self, side: Side, pick: int, key: str, seconds: int) -> None:
        self.model.types(side, self.pick(side, pick), key, self.model.value(key), seconds=seconds)

    @rule(pick=picks, key=keys, first=sides, seconds=pauses_between)
    def both_type(self, pick: int, key: str, first: Side, seconds: int) -> None:
        """Different values in one field."""
        for side, record in self.both(pick, first):
            self.model.types(side, record, key, self.model.value(key), seconds=seconds)

    @rule(pick=picks, key=keys, first=sides)
    def both_type_the_same(self, pick: int, key: str, first: Side) -> None:
        value = self.model.value(key)
        for side, record in self.both(pick, first):
            self.model.types(side, record, key, value)

    @rule(pick=picks, first=sides)
    def both_type_parts_of_one_address(self, pick: int, first: Side) -> None:
        """One the street, the other the city: together an address nobody typed."""
        for member, (side, record) in enumerate(self.both(pick, first)):
            now = list(self.model.bench.shown(side, record.ref.id)["billing"])
            now[member] = str(self.model.value("billing")[member])
            self.model.types(side, record, "billing", tuple(now))

    @rule(side=sides, pick=picks, key=keys)
    def somebody_clears(self, side: Side, pick: int, key: str) -> None:
        if key != "name":
            blank: Any = ("",) * 5 if key == "billing" else ""
            self.model.types(side, self.pick(side, pick), key, blank)

    @rule(side=sides, pick=picks, key=keys)
    def somebody_goes_back(self, side: Side, pick: int, key: str) -> None:
        record = self.pick(side, pick)
        before = self.model.ledger.typed.get((side, record.ref.id, key), [])
        if len(before) > 1:
            self.model.types(side, record, key, before[-2])

    @rule(side=sides, pick=picks)
    def somebody_types_what_is_refused(self, side: Side, pick: int) -> None:
        self.model.types(side, self.pick(side, pick), "account_number", f"{REFUSED} {self.model.value('name')}")

    @rule()
    def three_newcomers(self) -> None:
        """More at once than may be made unasked."""
        if len(self.model.records(S)) < 5:
            for _ in range(3):
                self.model.newcomer(S)

    @rule(opted_in=st.booleans())
    def a_newcomer_in_salesforce(self, opted_in: bool) -> None:
        if len(self.model.records(S)) < 5:
            self.model.newcomer(S, opted_in=opted_in)

    @rule(pick=picks)
    def a_namesake(self, pick: int) -> None:
        """A contact is there already, and an account of its name is made."""
        if len(self.model.records(S)) < 5:
            contact = self.model.newcomer(X)
            self.model.newcomer(S, name=self.model.bench.shown(X, contact)["name"])

    @rule(pick=picks, opted_in=st.booleans())
    def somebody_opts(self, pick: int, opted_in: bool) -> None:
        self.model.opts(self.pick(S, pick), opted_in)

    @rule(side=sides, pick=picks)
    def somebody_removes(self, side: Side, pick: int) -> None:
        self.model.removes(self.pick(side, pick))

    @rule(side=sides, pick=picks)
    def somebody_restores(self, side: Side, pick: int) -> None:
        self.model.restores(self.pick(side, pick))

    @rule(side=sides, loser=picks, survivor=picks)
    def somebody_merges(self, side: Side, loser: int, survivor: int) -> None:
        self.model.merges(self.pick(side, loser), self.pick(side, survivor))

    @rule(pick=picks, how=st.sampled_from(["salesforce", "xero", "value"]))
    @precondition(lambda self: self.model.bench.conflicts())
    def a_reviewer_decides(self, pick: int, how: str) -> None:
        conflicts = self.model.bench.conflicts()
        self.model.decides(conflicts[pick % len(conflicts)], how)

    @rule(pick=picks, choice=picks)
    def a_reviewer_answers(self, pick: int, choice: int) -> None:
        questions = self.model.bench.rows(QuestionRow, status="open")
        if questions:
            self.model.answers(questions[pick % len(questions)], choice)

    @rule(key=keys, flow=st.sampled_from(list(Flow)))
    def an_administrator_turns_a_direction(self, key: str, flow: Flow) -> None:
        self.model.turns(key, flow)

    @rule(side=sides)
    def an_administrator_pauses(self, side: Side) -> None:
        self.model.pauses(side)

    @rule(side=sides)
    def an_administrator_resumes(self, side: Side) -> None:
        if side in self.model.paused:
            self.model.resumes(side)

    @rule(side=sides, seconds=st.sampled_from([-600, -30, 30, 600]))
    def a_clock_steps(self, side: Side, seconds: int) -> None:
        self.model.clock_steps(side, seconds)

    # -- runs

    @rule()
    def an_administrator_takes_back(self) -> None:
        self.model.takes_back()

    @rule(later=pauses_between)
    def a_run(self, later: int) -> None:
        self.model.run(later=later)

    @rule()
    def a_full_run(self) -> None:
        self.model.run(full=True)

    @rule()
    def a_rehearsal_and_a_run(self) -> None:
        self.model.rehearses()

    @rule(point=st.sampled_from(POINTS), nth=st.integers(1, 2))
    def a_crash(self, point: str, nth: int) -> None:
        self.model.crashes(point, nth)

    @rule(source=sides, pick=picks, key=keys, point=st.sampled_from(POINTS), again=st.booleans())
    def a_crash_between_two_edits(self, source: Side, pick: int, key: str, point: str, again: bool) -> None:
        """The source is edited, its edit is perhaps written, and it is edited again before anybody recovers."""
        record = self.pick(source, pick)
        self.model.types(source, record, key, self.model.value(key))
        self.model.crashes(point, 1)
        if again:
            self.model.types(source, record, key, self.model.value(key))
        self.model.run()

    @rule(side=sides, how=st.sampled_from(["lost", "down"]))
    def a_run_that_fails(self, side: Side, how: str) -> None:
        self.model.fails(side, how)

    @rule(
        source=sides,
        pick=picks,
        key=keys,
        point=st.sampled_from(["after_observe", "before_send"]),
        same=st.booleans(),
        quick=st.booleans(),
    )
    def an_edit_while_a_run_writes(
        self, source: Side, pick: int, key: str, point: str, same: bool, quick: bool
    ) -> None:
        """An edit on one side; while it is carried, somebody edits the target, the same field or another.

        When they are quick all of it happens within one second, after another edit of the target in that second.
        """
        both, second = self.both(pick, source), 0 if quick else 1
        if len(both) < 2:
            return
        (_, record), (target, other) = both
        self.model.types(source, record, key, self.model.value(key), seconds=second)
        if quick:
            self.model.types(target, other, "website", self.model.value("website"), seconds=0)
        theirs = key if same else "fax" if key == "phone" else "phone"
        if point == "before_send":
            point = f"before_send {target}"
            if target is X and same:  # Xero's window: the one loss that is known
                self.model.ledger.lost_in_the_window.add((X, other.ref.id, theirs))
        value = self.model.value(theirs)
        self.model.meanwhile(point, lambda: self.model.types(target, other, theirs, value, seconds=second))
        self.model.run(later=0 if quick else 60)

    @rule(source=sides, pick=picks, key=keys, point=st.sampled_from(SENDING), back=st.booleans())
    def the_source_is_edited_again_while_it_is_written(
        self, source: Side, pick: int, key: str, point: str, back: bool
    ) -> None:
        """To something new, or back to what it showed before."""
        both = self.both(pick, source)
        if not both:
            return
        record, was = both[0][1], self.model.bench.shown(source, both[0][1].ref.id)[key]
        self.model.types(source, record, key, self.model.value(key))
        value = was if back else self.model.value(key)
        self.model.meanwhile(point, lambda: self.model.types(source, record, key, value))
        self.model.run()

    @rule(pick=picks, key=keys)
    def somebody_types_and_it_is_seen_late(self, pick: int, key: str) -> None:
        """A transaction in Salesforce that takes its stamp long before it ends; meanwhile a run has passed."""
        self.model.run(later=1)
        self.model.types_late(self.pick(S, pick), key, self.model.value(key))

    @rule(pick=picks, first=sides, key=keys)
    def paused_while_a_run_writes(self, pick: int, first: Side, key: str) -> None:
        both = self.both(pick, first)
        if both and first.other not in self.model.paused:
            self.model.types(first, both[0][1], key, self.model.value(key))
            self.model.meanwhile("after_observe", lambda: self.model.pauses(first.other))
            self.model.run()

    @rule(pick=picks, side=sides, key=keys)
    def opted_out_while_a_run_writes(self, pick: int, side: Side, key: str) -> None:
        both = self.both(pick, S)
        if len(both) == 2:
            self.model.types(side, dict(both)[side], key, self.model.value(key))
            self.model.meanwhile("after_observe", lambda: self.model.opts(dict(both)[S], False))
            self.model.run()

    @rule()
    def everything_comes_to_rest(self) -> None:
        self.model.rests()

    def both(self, pick: int, first: Side) -> list[tuple[Side, Record]]:
        """The two records of one link, `first` first; nothing where there is no link."""
        links = self.model.bench.links()
        if not links:
            return []
        link = links[pick % len(links)]
        worlds = self.model.bench.worlds
        pair = {S: worlds[S].records[link.salesforce], X: worlds[X].records[link.xero]}
        return [(first, pair[first]), (first.other, pair[first.other])]

    def teardown(self) -> None:
        try:
            self.model.rests()
        finally:
            self.model.bench.forget()


@pytest.mark.timeout(36_000)
def test_whatever_happens_nothing_is_lost_and_both_sides_come_to_agree() -> None:
    run_state_machine_as_test(Histories, settings=_settings())


def _settings() -> settings:
    """As many histories as the profile asks for; explaining a failure would take longer than finding it."""
    chosen = settings.get_current_profile_name()
    return settings(
        max_examples=HISTORIES.get(chosen, HISTORIES["test"]),
        stateful_step_count=15,
        phases=[Phase.explicit, Phase.reuse, Phase.generate] + ([] if chosen == "planted" else [Phase.shrink]),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
