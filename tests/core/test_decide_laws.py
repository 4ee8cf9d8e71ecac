"""The laws that hold over any history of one field: edits, decisions, changed rules and opt-outs, run after run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given

from reconciler.core.model import SIDES, Side, Value
from reconciler.core.schema import Flow
from tests.core.decision_table import Act, Decide, Row, Setting, Turn, mirrored
from tests.core.decision_table import Edit as Typing
from tests.core.linked_pair import KEY, LinkedPair, Story
from tests.core.strategies import stories


def told(row: Row, after_each: Callable[[Story, tuple[Act, ...]], None] = lambda _story, _acts: None) -> LinkedPair:
    """Tell a story, looking at it after every run; a decision where nothing is open is left out."""
    story = Story.of(row)
    for number, acts in enumerate(((), *row.rounds)):
        story.round = number
        is_open = any(entry.status == "open" for entry in story.pair.queue)
        done = tuple(act for act in acts if is_open or not isinstance(act, Decide))
        for act in done:
            story.act(act)
        story.pair.run()
        after_each(story, done)
    return story.pair


def end(pair: LinkedPair) -> tuple[object, ...]:
    """All that can be seen of a pair."""
    entries = [(e.reason, e.status, e.side, e.noted, dict(e.values)) for e in pair.queue]
    return pair.shows, pair.baseline, entries, pair.suspended


def shown(pair: LinkedPair) -> dict[Side, Value]:
    return {side: pair.shows[side][KEY] for side in SIDES}


@given(stories())
def test_fixpoint_a_second_run_writes_nothing_and_tells_nobody_anything_new(row):
    def again(story: Story, acts: tuple[Act, ...]) -> None:
        before = repr(end(story.pair))
        story.pair.run()
        assert story.pair.written == []
        assert repr(end(story.pair)) == before

    told(row, again)


@given(stories())
def test_symmetry_the_same_history_with_the_sides_exchanged_ends_the_same_with_the_sides_exchanged(row):
    here, there = told(row), told(mirrored(row))
    assert shown(here) == {side: shown(there)[side.other] for side in SIDES}
    assert [(e.reason, e.status, e.noted) for e in here.queue] == [(e.reason, e.status, e.noted) for e in there.queue]
    assert [e.side for e in here.queue] == [e.side and e.side.other for e in there.queue]


@given(stories())
def test_no_loss_what_a_person_typed_stands_on_its_side_or_is_in_the_queue(row):
    stood, agreed = shown(Story.of(row).pair), {side: dict[str, Value]() for side in SIDES}

    def kept(story: Story, acts: tuple[Act, ...]) -> None:
        """A value that a side showed before, or had agreed on, is no news when it is typed again."""
        typed = {act.side: act.value for act in acts if isinstance(act, Typing)}
        for side, value in typed.items():
            listed = any(entry.values.get(side) == value for entry in story.pair.queue)
            known = {stood[side], agreed[side].get(KEY, ""), ""}
            assert listed or value in {story.pair.shows[side][KEY], *known}
        stood.update(shown(story.pair))
        agreed.update({side: dict(story.pair.baseline[side]) for side in SIDES})

    told(row, kept)


@given(stories())
def test_nothing_is_written_that_stands_already(row):
    story = Story.of(row)
    before = shown(story.pair)

    def differs(story: Story, acts: tuple[Act, ...]) -> None:
        for act in acts:
            if isinstance(act, Typing):
                before[act.side] = act.value
        for side, _, value in story.pair.written:
            assert before[side] != value
        before.update(shown(story.pair))

    told(row, differs)


@given(stories())
def test_a_side_is_written_only_where_the_arrow_points_or_a_person_decided(row):
    def allowed(story: Story, acts: tuple[Act, ...]) -> None:
        flow = story.pair.rule.field(KEY).flow
        for side, _, value in story.pair.written:
            chosen = [e for e in story.pair.queue if e.decision and e.decision.value == value]
            assert flow is not Flow.OFF
            assert flow.reaches(side) or chosen

    told(row, allowed)


@given(stories())
def test_an_open_conflict_moves_neither_side(row):
    def held(story: Story, acts: tuple[Act, ...]) -> None:
        if any(entry.status == "open" for entry in story.pair.queue):
            assert story.pair.written == []

    told(row, held)


@given(stories())
def test_a_field_has_at_most_one_open_conflict_and_it_shows_what_stands(row):
    def one(story: Story, acts: tuple[Act, ...]) -> None:
        waiting = [entry for entry in story.pair.queue if entry.status == "open"]
        assert len(waiting) <= 1
        assert all(entry.values == shown(story.pair) for entry in waiting)

    told(row, one)


@given(stories())
def test_nothing_moves_while_opted_out(row):
    def still(story: Story, acts: tuple[Act, ...]) -> None:
        if not story.pair.flag:
            assert story.pair.suspended
            assert story.pair.written == []
            assert not [entry for entry in story.pair.queue if entry.status == "open"]

    told(row, still)


@given(stories())
def test_a_closed_conflict_says_why(row):
    assert all(entry.says for entry in told(row).queue if entry.status == "closed")


@given(stories())
def test_turning_an_arrow_writes_nothing_by_itself(row):
    pair = told(row)
    flowing = pair.rule.field(KEY).flow is not Flow.OFF and not pair.suspended
    if not flowing or any(entry.status == "open" for entry in pair.queue):
        return
    for flow in (Flow.S2X, Flow.X2S, Flow.BOTH):
        story = Story(replace(row, rounds=()), pair)
        story.act(Turn(Setting(flow)))
        pair.run()
        assert pair.written == []
