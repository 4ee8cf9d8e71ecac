"""Concord against people, faults and crashes in any order, with a ledger of every value that anybody typed.

In the fast tests a sample of what `./dev prove` runs, and `./dev prove --long` runs 10,000 histories.
"""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import rule, run_state_machine_as_test

from reconciler.core.model import Side
from tests.model.model import POINTS
from tests.model.moves import pauses_between, sides
from tests.model.stories import Stories

HISTORIES = {"test": 20, "planted": 150, "alone": 600, "prove": 500, "long": 10_000}
PLANTED = {"planted", "alone"}
HALVES = 2  # drawn side by side, each as Hypothesis likes
MOVES = 15  # at most; in the fast tests fewer


class Histories(Stories):
    """People and faults as they come; after each move what must hold, and at the end everything comes to rest."""

    @rule()
    def an_administrator_takes_back(self) -> None:
        self.model.takes_back()

    @rule()
    def a_run(self) -> None:
        """The first of the rules as Hypothesis orders them: drawn far more often than any other."""
        self.model.run()

    @rule(later=pauses_between, full=st.booleans())
    def a_run_at_another_time(self, later: int, full: bool) -> None:
        self.model.run(later=later, full=full)

    @rule(point=st.sampled_from(POINTS), nth=st.integers(1, 2))
    def a_crash(self, point: str, nth: int) -> None:
        self.model.crashes(point, nth)

    @rule(side=sides, how=st.sampled_from(["lost", "down", "busy"]))
    def a_run_that_fails(self, side: Side, how: str) -> None:
        self.model.fails(side, how)

    @rule()
    def everything_comes_to_rest(self) -> None:
        self.model.rests()

    def teardown(self) -> None:
        try:
            self.model.rests()
        finally:
            self.model.bench.forget()


@pytest.mark.timeout(36_000)
@pytest.mark.parametrize("half", range(HALVES))
def test_whatever_happens_nothing_is_lost_and_both_sides_come_to_agree(half: int) -> None:
    histories = type("Half", (Histories,), {})
    if settings.get_current_profile_name() in PLANTED:  # always the same ones, but not the same in both halves
        histories = seed(half)(histories)
    run_state_machine_as_test(histories, settings=_settings())


def _settings() -> settings:
    """As many histories as the profile asks for; explaining a failure would take longer than finding it."""
    chosen = settings.get_current_profile_name()
    return settings(
        max_examples=HISTORIES.get(chosen, HISTORIES["test"]) // HALVES,
        stateful_step_count=12 if chosen == "test" else MOVES,
        phases=[Phase.explicit, Phase.reuse, Phase.generate] + ([] if chosen in PLANTED else [Phase.shrink]),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
