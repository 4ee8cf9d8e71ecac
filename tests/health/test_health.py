"""What monitoring is told: ready or why not, and numbers without a name in them, to whoever may see them."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from reconciler.store.tables import HeartbeatRow, LinkRow, MailingRow
from tests.portal.conftest import app, database, engine, filled, portal, session
from tests.portal.world import NAMES, ago

__all__ = ["app", "database", "engine", "filled", "portal", "session"]


def test_a_portal_with_its_database_and_a_scheduler_is_ready(app: Flask) -> None:
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "ready")


def test_an_old_schema_is_not_ready(app: Flask, session: Session) -> None:
    session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    session.commit()
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["faults"]) == (503, ["the database is not at the newest schema"])


def test_a_scheduler_that_is_silent_for_a_minute_is_not_ready(app: Flask, session: Session) -> None:
    session.get_one(HeartbeatRow, "scheduler").at = ago(seconds=61)
    session.commit()
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["faults"]) == (503, ["no scheduler has reported for a minute"])


def test_metrics_count_runs_calls_and_what_waits_and_name_nobody(app: Flask) -> None:
    answer = app.test_client().get("/metrics")
    assert answer.content_type.startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    for line in (
        'concord_runs{connection="1",status="halted"} 1',
        'concord_calls_left{connection="1",side="xero"} 4312',
        'concord_open{connection="1",what="rejections"} 1',
        "concord_heartbeat_age_seconds 3",
        'concord_actions_day{connection="1",side="xero",do="update"} 2',
        'concord_calls_limit{connection="1",side="xero"} 5000',
        'concord_lag_seconds{connection="1",side="salesforce"} 7200',
        "concord_mail_failing 0",
        "# TYPE concord_runs gauge",
    ):
        assert line in lines
    assert len([line for line in lines if line.startswith("# TYPE")]) == len(
        {line for line in lines if line.startswith("# TYPE")}
    )
    for name in (*NAMES, "Northwind", "Ada", "example.org"):
        assert name not in answer.text


def test_metrics_are_for_this_machine_only(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 403


def test_metrics_with_a_token_are_for_whoever_shows_it(app: Flask) -> None:
    app.config["METRICS_TOKEN"] = "only-a-test"
    try:
        client = app.test_client()
        assert client.get("/metrics").status_code == 403
        assert client.get("/metrics", headers={"Authorization": "Bearer only-a-test"}).status_code == 200
    finally:
        app.config["METRICS_TOKEN"] = ""


def test_the_lag_is_the_age_of_the_oldest_change_that_waits_and_none_when_all_agree(
    app: Flask, session: Session
) -> None:
    for link in session.scalars(select(LinkRow).where(LinkRow.pending)):
        link.pending = False
    session.commit()
    text = app.test_client().get("/metrics").text
    assert 'concord_lag_seconds{connection="1",side="salesforce"} 0' in text
    assert 'concord_good_run_age_seconds{connection="1"}' in text


def test_a_letter_that_could_not_be_sent_is_counted(app: Flask, session: Session) -> None:
    session.add(MailingRow(name="digest", failed_at=ago(minutes=1), fault="busy"))
    session.commit()
    assert "concord_mail_failing 1" in app.test_client().get("/metrics").text.splitlines()
