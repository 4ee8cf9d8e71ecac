"""Who wins a clash, and when nobody can say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.model import SIDES, ClockReading, Edit, Grade, Side
from reconciler.core.policy import newest, resolve
from reconciler.core.schema import Policy
from tests.core.linked_pair import NOON
from tests.core.strategies import clocks, edits

S, X = Side.SALESFORCE, Side.XERO
EXACT = {side: ClockReading(0.0, 0.0) for side in SIDES}


def at(seconds: float, grade: Grade = Grade.RECORD, *, since: float = -3600) -> Edit:
    """An edit stamped so many seconds after noon, last seen unedited at `since`."""
    return Edit(NOON + timedelta(seconds=since), NOON + timedelta(seconds=seconds), grade)


def between(after: float, until: float) -> Edit:
    return at(until, Grade.INTERVAL, since=after)


WINNERS = {
    "two points, Salesforce later": (at(60), at(0), S),
    "two points, Xero later": (at(0), at(60), X),
    "two points in one second": (at(0), at(0.5), None),
    "two points two seconds apart": (at(0), at(2), None),
    "two points three seconds apart, one of which is the stamp's width": (at(0), at(3), None),
    "two points further apart than all that may be wrong": (at(0), at(3.1), X),
    "a field's own history against a record's stamp": (at(60, Grade.FIELD), at(0), S),
    "intervals that touch": (between(0, 60), between(60, 120), None),
    "intervals that overlap": (between(0, 60), between(30, 90), None),
    "one interval inside the other": (between(0, 60), between(20, 30), None),
    "intervals that do not touch": (between(0, 60), between(70, 90), X),
    "a point inside an interval": (at(30), between(0, 60), None),
    "a point before an interval": (at(0), between(60, 90), X),
    "a point after an interval": (at(90), between(0, 60), S),
    "no evidence for one side": (at(60), None, None),
    "no evidence at all": (None, None, None),
}


@pytest.mark.parametrize("case", WINNERS)
def test_the_newest_edit_wins_only_where_the_evidence_decides(case):
    salesforce, xero, winner = WINNERS[case]
    assert newest({S: salesforce, X: xero}, EXACT).winner is winner


@pytest.mark.parametrize("case", WINNERS)
def test_the_evidence_of_one_side_weighs_what_it_weighs_on_the_other(case):
    salesforce, xero, winner = WINNERS[case]
    assert newest({S: xero, X: salesforce}, EXACT).winner is (winner and winner.other)


def test_each_clock_is_corrected_by_its_own_offset():
    ahead = EXACT | {S: ClockReading(60.0, 0.0)}
    assert newest({S: at(60), X: at(10)}, ahead).winner is X


def test_what_a_clock_may_be_off_counts_for_both_sides():
    edits_ten_apart = {S: at(0), X: at(10)}
    assert newest(edits_ten_apart, {S: ClockReading(0, 3), X: ClockReading(0, 3)}).winner is X
    assert newest(edits_ten_apart, {S: ClockReading(0, 4), X: ClockReading(0, 4)}).winner is None


def test_stamps_older_than_a_jump_of_their_clock_decide_nothing():
    jumped = EXACT | {X: ClockReading(0.0, 0.0, NOON + timedelta(seconds=30))}
    assert newest({S: at(600), X: at(0)}, jumped).winner is None
    assert newest({S: at(600), X: at(40)}, jumped).winner is S


def test_an_interval_that_begins_before_a_jump_decides_nothing():
    jumped = EXACT | {X: ClockReading(0.0, 0.0, NOON + timedelta(seconds=30))}
    assert newest({S: at(0), X: between(10, 60)}, jumped).winner is None
    assert newest({S: at(0), X: between(30, 60)}, jumped).winner is X


def test_a_jump_of_one_clock_leaves_the_other_sides_stamps_alone():
    jumped = EXACT | {S: ClockReading(0.0, 0.0, NOON)}
    assert newest({S: at(60), X: at(-600)}, jumped).winner is S


@given(st.sampled_from(Policy), edits, clocks)
def test_a_policy_has_an_answer_to_everything_and_says_why(policy, evidence, read):
    resolution = resolve(policy, evidence, read)
    assert resolution.winner in {None, *SIDES}
    assert resolution.why.endswith(".")


@given(edits, clocks)
def test_the_newest_is_the_same_one_when_the_sides_are_exchanged(evidence, read):
    here = newest(evidence, read).winner
    there = newest({s: evidence[s.other] for s in SIDES}, {s: read[s.other] for s in SIDES}).winner
    assert there is (here and here.other)


@given(edits, clocks)
def test_a_side_wins_by_policy_whatever_the_evidence(evidence, read):
    assert resolve(Policy.SALESFORCE, evidence, read).winner is S
    assert resolve(Policy.XERO, evidence, read).winner is X
    assert resolve(Policy.ASK, evidence, read).winner is None


@given(edits, clocks, st.integers(-7200, 7200))
def test_a_clock_set_to_another_time_changes_nothing_while_its_offset_is_known(evidence, read, seconds):
    shift = timedelta(seconds=seconds)
    moved, jumped = evidence[X], read[X].jumped_at
    if moved:
        moved = moved._replace(after=moved.after + shift, until=moved.until + shift)
    shifted = replace(read[X], offset=read[X].offset + seconds, jumped_at=jumped and jumped + shift)
    here, there = newest(evidence, read), newest(evidence | {X: moved}, read | {X: shifted})
    assert there.winner is here.winner
    assert there.why.partition(" (")[0] == here.why.partition(" (")[0]  # behind it the offset is named


@given(edits, clocks, st.integers(0, 60))
def test_knowing_less_never_decides_what_was_undecidable_nor_for_the_other_side(evidence, read, seconds):
    known = newest(evidence, read).winner
    vaguer = {side: replace(clock, uncertainty=clock.uncertainty + seconds) for side, clock in read.items()}
    assert newest(evidence, vaguer).winner in {known, None}


@given(edits, clocks)
def test_the_newest_was_made_after_the_other_whatever_the_truth_within_the_evidence(evidence, read):
    winner = newest(evidence, read).winner
    if winner is None:
        return
    won, lost = evidence[winner], evidence[winner.other]
    assert won is not None
    assert lost is not None
    earliest = (won.after if won.grade is Grade.INTERVAL else won.until) - timedelta(
        seconds=read[winner].offset + read[winner].uncertainty
    )
    latest = lost.until - timedelta(seconds=read[winner.other].offset - read[winner.other].uncertainty)
    assert earliest > latest
