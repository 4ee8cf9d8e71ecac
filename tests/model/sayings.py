"""What is said just when it matters: decided, withdrawn, answered, parted or joined again, while something waits."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
from hypothesis.stateful import rule

from reconciler.core.model import Record, Side
from reconciler.core.schema import Flow
from tests.engine.bench import S
from tests.model.model import POINTS
from tests.model.moves import MANY, Moves, keys, picks, sides
from tests.model.office import ELSEWHERE

SAYINGS = ("decides", "withdraws", "overturns", "answers", "parts", "joins again")
edits_of_rules = st.one_of(
    st.tuples(st.just("turns"), st.sampled_from(list(Flow))),
    st.tuples(st.just("maps"), sides),
    st.tuples(st.just("asks another"), st.booleans()),
)
asked = st.sampled_from(["name", "phone", "account_number", "billing"])  # where two edits at once are a clash


class Sayings(Moves):
    """People as they come, and those who decide about them."""

    def says(self, what: str, side: Side, pick: int) -> None:
        """Something that a person says about what waits or what was done; nothing where there is nothing to say."""
        model, record = self.model, self.pick(side, pick)
        if what in {"parts", "joins again"}:
            (model.parts if what == "parts" else model.joins_again)(record)
        elif what == "answers":
            self.a_reviewer_answers(pick, pick)
        else:
            found = model.bench.conflicts("decided" if what == "overturns" else "open")
            if found:
                conflict = found[-1 - pick % len(found)]
                self._about(conflict, what, side)

    def _about(self, conflict: Any, what: str, side: Side) -> None:
        if what == "overturns":
            self.model.overturns(conflict, side)
        elif what == "withdraws":
            self.model.withdraws(conflict)
        else:
            self.model.decides(conflict, side)

    @rule(what=st.sampled_from(SAYINGS), side=sides, pick=picks)
    def somebody_says_something(self, what: str, side: Side, pick: int) -> None:
        self.says(what, side, pick)

    def both_at_once(self, pick: int, key: str, first: Side) -> dict[Side, Record]:
        """Too close for anybody to say who was last; the two records."""
        self.model.run()
        both = self.both(pick, first)
        for side, record in both:
            self.model.types(side, record, key, self.model.value(key), seconds=0)
        self.model.run()
        return dict(both)

    @rule(
        pick=picks,
        side=sides,
        key=keys,
        point=st.sampled_from(POINTS),
        what=st.sampled_from(SAYINGS),
    )
    def something_is_said_while_a_run_writes(self, pick: int, side: Side, key: str, point: str, what: str) -> None:
        """A decision, an answer or a parting, of the record that is being written or of another."""
        both = dict(self.both(pick, side))
        if both:
            self.model.types(side, both[side], key, self.model.value(key))
            self.model.meanwhile(point, lambda: self.says(what, side, pick))
            self.model.run()

    @rule(pick=picks, side=sides, key=keys, point=st.sampled_from(POINTS), rules=edits_of_rules)
    def rules_are_saved_while_a_run_writes(
        self, pick: int, side: Side, key: str, point: str, rules: tuple[str, Any]
    ) -> None:
        """Another direction, another place or another checkbox, for what is being written or for another field."""
        both = dict(self.both(pick, side))
        if both:
            self.model.types(side, both[side], key, self.model.value(key))
            self.model.meanwhile(point, lambda: self.saves(key, *rules))
            self.model.run()

    def saves(self, key: str, what: str, how: Any) -> None:
        """Rules that say something else of this field, where they can."""
        if what == "turns":
            self.model.turns(key, how)
        elif what == "asks another":
            self.model.asks_another_checkbox(copied=how)
        elif (how, key) in ELSEWHERE:
            self.model.maps(how, key)

    @rule(pick=picks, key=asked, side=sides, what=st.sampled_from(SAYINGS), then=sides)
    def something_is_said_while_a_plan_is_held(self, pick: int, key: str, side: Side, what: str, then: Side) -> None:
        """A conflict is decided, and more is planned than may be written unasked; before it is released, a word."""
        self.both_at_once(pick, key, side)
        self.says("decides", side, 0)
        if len(self.model.records(S)) < MANY:
            for _ in range(3):
                self.model.newcomer(S)
        report = self.model.run()
        if report["status"] == "halted":
            self.says(what, then, 0 if what == "withdraws" else pick)
            self.model.releases(report["digest"], moved=False)

    @rule(pick=picks, side=sides, key=keys, first=sides, typing=st.integers(0, 2))
    def parted_and_joined_again(self, pick: int, side: Side, key: str, first: Side, typing: int) -> None:
        """While the two are apart one is edited, or both are, clearly one after the other, or none."""
        both = self.both(pick, first)
        if both:
            self.model.run()
            self.model.parts(both[0][1])
            for one, record in both[:typing]:
                self.model.types(one, record, key, self.model.value(key), seconds=60)
            self.model.run()
            self.model.joins_again(dict(both)[side])
            self.model.run()
