"""The decision table, row by row, through the core alone."""

from __future__ import annotations

import pytest

from reconciler.core.model import SIDES
from tests.core.decision_table import ROWS, Row
from tests.core.linked_pair import KEY, Story


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_row_of_the_decision_table_ends_as_it_says(row: Row):
    pair = Story.of(row).tell()

    assert tuple(pair.shows[side][KEY] for side in SIDES) == row.shows
    assert len(pair.queue) == len(row.queue), pair.queue
    for entry, expected in zip(pair.queue, row.queue, strict=True):
        assert entry.is_as(expected), entry
    assert tuple(pair.baseline[side].get(KEY) for side in SIDES) == row.agreed


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_another_run_changes_nothing_about_a_row_that_has_ended(row: Row):
    pair = Story.of(row).tell()
    before = ({side: dict(pair.shows[side]) for side in SIDES}, [(e.status, e.reason, e.side) for e in pair.queue])

    pair.run()

    assert pair.written == []
    assert before == (pair.shows, [(e.status, e.reason, e.side) for e in pair.queue])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_an_open_conflict_shows_the_values_that_stand(row: Row):
    pair = Story.of(row).tell()
    shown = {side: pair.shows[side][KEY] for side in SIDES}
    assert all(entry.values == shown for entry in pair.queue if entry.status == "open")


def test_no_two_rows_of_the_decision_table_have_one_name():
    assert len({row.name for row in ROWS}) == len(ROWS)
