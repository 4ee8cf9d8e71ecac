"""The first page: is it healthy, what runs, and the switches that hold at once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.store.tables import ConnectionRow, HeartbeatRow, PlanRow, RulesRow, RunRow, SideRow
from tests.portal.world import NOW, ago

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def released(session: Session) -> Session:
    """The world without its held plan."""
    session.get_one(PlanRow, 2).status = "dropped"
    session.commit()
    return session


def test_the_front_door_leads_to_the_connection(ada: FlaskClient) -> None:
    assert ada.get("/").headers["Location"] == "/c/1/"


def test_health_comes_first(ada: FlaskClient) -> None:
    text = ada.get("/c/1/").text
    for part in ("Stopped: a sync waits for your approval", "Northwind Trading Ltd", "concord@northwind.example",
                 "4,312", "3.4 s behind ours", "12 linked records", "1 linked record, for",
                 "in 6 min"):  # fmt: skip
        assert part in text


def test_a_healthy_connection_says_so(ada: FlaskClient, released: Session) -> None:
    assert "In agreement, apart from what waits below" in ada.get("/c/1/").text


def test_a_scheduler_that_has_not_reported_is_missed(ada: FlaskClient, released: Session) -> None:
    released.get_one(HeartbeatRow, "scheduler").at = ago(minutes=2)
    released.commit()
    text = ada.get("/c/1/").text
    assert "Nothing runs by itself" in text
    assert "python -m reconciler schedule" in text


def test_a_side_that_cannot_be_reached_says_why(ada: FlaskClient, released: Session) -> None:
    released.get_one(SideRow, (1, "xero")).last_error = "Xero does not accept the client secret."
    released.commit()
    text = ada.get("/c/1/").text
    assert "A side cannot be reached" in text
    assert "Xero does not accept the client secret." in text


def test_sync_now_asks_once_and_shows_it(rui: FlaskClient, session: Session) -> None:
    text = rui.post("/c/1/sync", headers=FRAGMENT).text
    assert "A sync is about to start" in text
    assert 'hx-trigger="every 1s"' in text
    rui.post("/c/1/sync")
    queued = session.scalars(select(RunRow).where(RunRow.status == "queued")).one()
    assert (queued.asked_by, queued.full) == ("Rui", False)


def test_a_full_compare_is_asked_for_by_its_own_button(rui: FlaskClient, session: Session) -> None:
    rui.post("/c/1/sync", data={"full": "1"})
    assert session.scalars(select(RunRow).where(RunRow.status == "queued")).one().full


def test_a_running_sync_shows_how_far_it_is(rui: FlaskClient, session: Session) -> None:
    progress = {"step": "writing xero", "done": 1_200, "of": 3_000}
    session.add(RunRow(connection_id=1, asked_at=NOW, started_at=NOW, status="running", progress=progress))
    session.commit()
    text = rui.get("/c/1/live").text
    assert "Writing to Xero, 1,200 of 3,000" in text
    assert 'value="1200" max="3000"' in text


def test_an_idle_page_asks_rarely(rui: FlaskClient) -> None:
    assert 'hx-trigger="every 10s"' in rui.get("/c/1/live").text


def test_everything_can_be_paused_for_a_while_and_resumed(rui: FlaskClient, session: Session) -> None:
    text = rui.post("/c/1/pause", data={"for": "4h"}, follow_redirects=True).text
    assert "Everything waits until 13:30 UTC" in text
    row = session.get_one(ConnectionRow, 1)
    assert (row.paused_by, row.paused_until) == ("Rui", NOW + timedelta(hours=4))
    rui.post("/c/1/resume")
    session.expire_all()
    assert session.get_one(ConnectionRow, 1).paused_at is None


def test_a_pause_that_outlasts_the_day_names_the_day(rui: FlaskClient) -> None:
    text = rui.post("/c/1/pause", data={"for": "1d"}, follow_redirects=True).text
    assert "Everything waits until 18 March 2026, 09:30 UTC" in text
    shown = " ".join(re.sub(r"<[^>]*>", "", text).split())
    assert "Paused since 09:30 UTC by Rui, until 18 March 2026, 09:30 UTC." in shown
    assert "when resumed, at the latest at 18 March 2026, 09:30 UTC" in shown


def test_a_sync_that_is_asked_for_while_everything_is_paused_says_that_it_waits(rui: FlaskClient) -> None:
    rui.post("/c/1/pause")
    assert "it starts when somebody resumes" in rui.post("/c/1/sync", follow_redirects=True).text
    assert "starts when somebody resumes" in rui.get("/c/1/live").text


def test_writes_to_one_side_can_wait_alone(rui: FlaskClient, session: Session) -> None:
    text = rui.post("/c/1/pause", data={"side": "xero"}, follow_redirects=True).text
    assert "Writes to Xero wait until somebody resumes" in text
    assert session.get_one(SideRow, (1, "xero")).paused_by == "Rui"
    assert session.get_one(SideRow, (1, "salesforce")).paused_at is None
    assert "Resume writes to Xero" in text


def test_a_side_that_does_not_exist_cannot_be_paused(rui: FlaskClient) -> None:
    assert rui.post("/c/1/pause", data={"side": "sugar"}).status_code == 404


def test_the_interval_is_changed_in_place(ada: FlaskClient, session: Session) -> None:
    ada.post("/c/1/interval", data={"every_minutes": "30"})
    newest = session.scalars(select(RulesRow).order_by(RulesRow.version.desc())).first()
    assert newest is not None
    assert "every_minutes: 30" in newest.document
    assert session.get_one(ConnectionRow, 1).next_run_at == NOW + timedelta(minutes=30)


@pytest.mark.parametrize("minutes", ["often", "", "0", "-5"])
def test_an_interval_that_cannot_be_is_refused_in_words(ada: FlaskClient, session: Session, minutes: str) -> None:
    answer = ada.post("/c/1/interval", data={"every_minutes": minutes}, follow_redirects=True)
    assert "notice-danger" in answer.text
    assert session.get_one(ConnectionRow, 1).rules_version == 2


def test_a_new_connection_writes_only_after_an_administrator_said_so(ada: FlaskClient, session: Session) -> None:
    session.get_one(ConnectionRow, 1).activated_at = None
    session.get_one(PlanRow, 2).status = "proposed"
    session.commit()
    text = ada.get("/c/1/").text
    assert "Read-only: Concord compares, and writes nothing yet" in text
    assert "/c/1/plans/2" in text
    assert '<a class="btn btn-primary" href="/c/1/first">' in text  # the way with a look at everything comes first
    ada.post("/c/1/activate")
    session.expire_all()
    assert session.get_one(ConnectionRow, 1).activated_by == "Ada"
