"""The guided first sync in the portal: found again as far as it had come, and approved by an administrator only."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.core.model import Side
from reconciler.doctor import Examination
from reconciler.ports import Finding
from reconciler.store.tables import ConnectionRow, EventRow, PlanRow, RunRow

BAD = Examination("A", {Side.XERO: (Finding("rights", "bad", "A scope is missing.", "Add it."),)}, (), {Side.XERO: 1})


@pytest.fixture
def reading(session: Session) -> Session:
    """The world's connection, before anybody let Concord write; its newest plan is a proposal."""
    session.query(RunRow).filter(RunRow.status.in_(("queued", "running"))).delete()
    connection = session.get_one(ConnectionRow, 1)
    connection.activated_at = None
    for plan in session.scalars(select(PlanRow)):
        plan.status, plan.rules_version = "proposed", connection.rules_version
    session.commit()
    return session


def test_the_page_says_where_to_go_on(ada: FlaskClient, reading: Session) -> None:
    text = ada.get("/c/1/first").text
    assert 'id="step-1" aria-labelledby="title-1" aria-current="step"' in text
    ada.post("/c/1/first/check")
    ada.post("/c/1/first/fields")
    text = ada.get("/c/1/first").text
    assert "nothing stood in the way" in text
    assert "Ada confirmed them" in text
    assert 'id="step-1" aria-labelledby="title-1" aria-current="step"' not in text


def test_what_the_check_finds_is_shown_and_holds_the_first_step(ada: FlaskClient, app: Flask, reading: Session) -> None:
    app.extensions["concord.doctor"] = lambda _connection: BAD
    text = ada.post("/c/1/first/check").text
    assert "A scope is missing." in text
    assert 'id="step-1" aria-labelledby="title-1" aria-current="step"' in text


def test_approving_lets_concord_write_and_asks_for_the_run(ada: FlaskClient, reading: Session) -> None:
    plan = reading.scalars(select(PlanRow).order_by(PlanRow.id.desc())).first()
    assert plan is not None
    assert plan.digest in ada.get("/c/1/first").text
    refused = ada.post("/c/1/first/approve", data={"plan": "another", "reason": "Go"}, follow_redirects=True)
    assert "Another plan has been made since." in refused.text
    reading.expire_all()
    assert reading.get_one(ConnectionRow, 1).activated_at is None
    ada.post("/c/1/first/approve", data={"plan": plan.digest, "reason": "We looked at it"})
    reading.expire_all()
    assert reading.get_one(ConnectionRow, 1).activated_by == "Ada"
    assert (plan.status, plan.reason) == ("approved", "We looked at it")
    assert reading.scalars(select(RunRow).where(RunRow.status == "queued")).one().asked_by == "Ada"
    assert reading.scalars(select(EventRow).where(EventRow.what == "connection.activated")).first() is not None


@pytest.mark.parametrize("step", ["check", "fields", "match", "differences", "approve"])
def test_only_an_administrator_takes_a_step(rui: FlaskClient, reading: Session, step: str) -> None:
    assert rui.post(f"/c/1/first/{step}", data={"winner": "xero"}).status_code == 403
    assert "An administrator does this." in rui.get("/c/1/first").text


def test_choosing_whose_value_stands_is_a_new_version_of_the_rules(ada: FlaskClient, reading: Session) -> None:
    before = reading.get_one(ConnectionRow, 1).rules_version
    ada.post("/c/1/first/differences", data={"winner": "salesforce"})
    reading.expire_all()
    assert reading.get_one(ConnectionRow, 1).rules_version == before + 1
    assert "There is no plan for the rules as they are now" in ada.get("/c/1/first").text


def test_only_the_line_under_way_asks_for_news_and_what_comes_last_is_everything(
    ada: FlaskClient, reading: Session
) -> None:
    ada.post("/c/1/first/match")
    page = ada.get("/c/1/first").text
    assert page.count("hx-get=") == 1
    assert 'id="first-run" hx-get="/c/1/first/live"' in page
    news = ada.get("/c/1/first/live")
    assert 'id="first-run"' in news.text
    assert 'id="step-5"' not in news.text
    reading.query(RunRow).filter(RunRow.status == "queued").delete()
    reading.commit()
    last = ada.get("/c/1/first/live")
    assert last.headers["HX-Retarget"] == "#first"
    assert 'id="step-5"' in last.text
    assert "hx-get=" not in last.text


def test_the_first_sync_is_paused_and_resumed_from_its_own_page(rui: FlaskClient, reading: Session) -> None:
    plan = reading.scalars(select(PlanRow).order_by(PlanRow.id.desc())).first()
    assert plan is not None
    plan.status, plan.decided_by = "started", "Ada"
    reading.get_one(ConnectionRow, 1).activated_at = plan.made_at
    reading.commit()
    assert "Stopped half-way" in rui.get("/c/1/first").text
    assert rui.post("/c/1/first/pause").headers["Location"] == "/c/1/first"
    assert "Paused by Rui" in rui.get("/c/1/first").text
    assert rui.post("/c/1/first/resume").headers["Location"] == "/c/1/first"
    reading.expire_all()
    assert reading.get_one(ConnectionRow, 1).paused_at is None
    assert reading.scalars(select(RunRow).where(RunRow.status == "queued")).one().asked_by == "Rui"
