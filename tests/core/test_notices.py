"""When silence is worth a letter."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from reconciler.core.notices import LEAST_SILENCE, MISSED, is_silent
from tests.core.linked_pair import NOON

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("first_bad", "every", "silent"),
    [
        (None, MINUTE, False),
        (NOON - LEAST_SILENCE + MINUTE, MINUTE, False),
        (NOON - LEAST_SILENCE, MINUTE, True),
        (NOON - LEAST_SILENCE, LEAST_SILENCE, False),  # it would have run but once
        (NOON - MISSED * LEAST_SILENCE, LEAST_SILENCE, True),
    ],
)
def test_some_syncs_in_a_row_have_failed_and_an_hour_has_passed(
    first_bad: datetime | None, every: timedelta, silent: bool
) -> None:
    assert is_silent(first_bad, NOON, every) is silent
