"""Times as people read them: by the clock in sentences, to the second where they are compared."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from portal.filters import at, dated, exact, relative
from reconciler.store.tables import ConflictRow, SideRow
from tests.portal.world import NOW, ago


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (NOW, "09:30 UTC"),
        (ago(days=1), "16 March 2026, 09:30 UTC"),
        ("2026-03-17T22:05:00+13:00", "09:05 UTC"),
        (None, ""),
    ],
)
def test_a_time_by_the_clock_names_the_day_unless_it_is_today(app: Flask, moment: object, text: str) -> None:
    with app.app_context():
        assert at(moment).striptags() == text  # type: ignore[arg-type]


@pytest.mark.parametrize(("seconds", "text"), [(4.9, "now"), (7.6, "7 s ago"), (75, "1 min ago"), (-7.6, "in 7 s")])
def test_how_long_ago_is_told_in_whole_units(seconds: float, text: str) -> None:
    assert relative(ago(seconds=seconds), NOW) == text


def test_a_time_is_told_to_the_second() -> None:
    assert exact(NOW) == "2026-03-17 09:30:12 UTC"
    assert exact("no time") == ""


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("2026-03-17T09:30:12Z Jane Doe: Edited.", "2026-03-17 09:30:12 UTC Jane Doe: Edited."),
        ("Jane Doe: Edited.", "Jane Doe: Edited."),
        ("", ""),
    ],
)
def test_only_the_stamp_of_a_quoted_line_is_written_otherwise(line: str, text: str) -> None:
    assert dated(line) == text


def test_what_xero_tells_of_an_edit_is_quoted_with_a_time_that_can_be_read(rui: FlaskClient, session: Session) -> None:
    row = session.get_one(ConflictRow, 1)
    row.edited = row.edited | {"xero": {**row.edited["xero"], "told": ["2026-03-17T09:30:12Z Jane Doe: Edited."]}}
    session.commit()
    assert "<q>2026-03-17 09:30:12 UTC Jane Doe: Edited.</q>" in rui.get("/c/1/conflicts/1").text


def test_a_side_without_a_person_behind_it_says_who_is_signed_in(vera: FlaskClient, session: Session) -> None:
    side = session.get_one(SideRow, (1, "xero"))
    side.user, side.access_id = "", None
    session.commit()
    for page in ("/c/1/", "/c/1/connection"):
        assert "the app itself" in vera.get(page).text
