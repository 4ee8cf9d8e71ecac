"""The settings page: the calls that are left, what full compares found, and a check on request."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.store.tables import CompareRow, RepairRow, RunRow
from tests.portal.world import NOW, ago


def test_the_calls_left_are_shown_with_whether_they_last(ada: FlaskClient) -> None:
    text = ada.get("/c/1/settings").text
    for part in ("4,312 of 5,000", "688 today", "they last"):
        assert part in text


def test_what_a_full_compare_found_is_listed_with_its_reason(ada: FlaskClient, session: Session) -> None:
    sides = {"xero": {"read": 1_200, "repaired": 1, "gone": 0}}
    session.add(CompareRow(id=1, connection_id=1, started_at=ago(hours=7), finished_at=ago(hours=7), sides=sides))
    session.flush()
    found = {"side": "xero", "ref": "xero:1", "name": "Blixt", "fields": ["phone"], "reason": "same_stamp"}
    session.add(RepairRow(connection_id=1, compare_id=1, found_at=NOW, **found))
    session.commit()
    text = ada.get("/c/1/settings").text
    assert "1,200 read, 1 found that had been missed" in text
    assert "Blixt, Xero: its time of change did not move" in text


def test_a_reviewer_asks_for_a_check_and_a_viewer_may_not(
    rui: FlaskClient, vera: FlaskClient, session: Session
) -> None:
    assert vera.post("/c/1/settings/verify").status_code == 403
    assert rui.post("/c/1/settings/verify").status_code == 303
    assert session.scalars(select(RunRow.do).where(RunRow.status == "queued")).all() == ["verify"]
