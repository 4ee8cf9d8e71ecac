"""JSON columns as text: one way to write a value, whichever library can."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.store.json_text import decode, encode

ONLY_THE_STANDARD_LIBRARY_WRITES = (2**70, "\ud800")


@pytest.mark.parametrize("beside", ["", *ONLY_THE_STANDARD_LIBRARY_WRITES])
@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_is_written_as_iso_8601_has_it(beside: Any, at: datetime) -> None:
    assert decode(encode({"at": at, "beside": beside})) == {"at": at.isoformat(), "beside": beside}


@pytest.mark.parametrize("value", ONLY_THE_STANDARD_LIBRARY_WRITES)
def test_what_one_library_refuses_comes_back_as_it_went_in(value: Any) -> None:
    assert decode(encode({"group": (value, "")})) == {"group": [value, ""]}
