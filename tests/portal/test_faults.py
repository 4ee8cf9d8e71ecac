"""When something breaks, a person reads what happened and what to do, and the log keeps the rest."""

from __future__ import annotations

import logging

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from reconciler.store.tables import UserRow

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def broken(app: Flask, session: Session) -> Flask:
    """A portal whose rules cannot be read any more, as after a careless hand in the database."""
    session.connection().exec_driver_sql("UPDATE rules SET document = 'kinds: ['")
    session.commit()
    app.config["TESTING"] = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


def test_rules_that_cannot_be_read_are_a_sentence(broken: Flask, ada: FlaskClient) -> None:
    answer = ada.get("/c/1/directions")
    assert answer.status_code == 422
    assert "The rules cannot be read" in answer.text
    assert "Traceback" not in answer.text


def test_a_database_that_fails_is_a_page_of_our_own(
    app: Flask, ada: FlaskClient, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    session.connection().exec_driver_sql("DROP TABLE conflict")
    session.commit()
    app.config["TESTING"] = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with caplog.at_level(logging.CRITICAL, logger="portal.factory"):
        answer = ada.get("/c/1/review")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.text
    assert "no such table" not in answer.text


def test_a_database_without_the_newest_tables_says_what_to_run(broken: Flask, session: Session) -> None:
    session.connection().exec_driver_sql("DROP TABLE user")
    session.connection().exec_driver_sql("DROP TABLE alembic_version")
    session.commit()
    answer = broken.test_client().post("/sign-in", data={"name": "ada", "password": "anything"})
    assert answer.status_code == 503
    assert "The database is not at the newest schema" in answer.text
    assert "db upgrade" in answer.text


def test_a_refused_fragment_becomes_a_notice_on_the_page(vera: FlaskClient) -> None:
    answer = vera.post("/c/1/sync", headers=FRAGMENT)
    assert answer.status_code == 403
    assert answer.headers["HX-Retarget"] == "#notices"
    assert "You may not do that" in answer.text


def test_a_refused_form_leads_back_to_where_it_came_from(ada: FlaskClient) -> None:
    for sent, target in (
        ({"referrer": "http://localhost/c/1/settings"}, "/c/1/settings"),
        ({"referrer": "https://evil.example/c/1/settings"}, "/"),
        ({"data": {"next": "/c/1/syncs"}}, "/c/1/syncs"),
        ({"data": {"next": "//evil.example"}}, "/"),
    ):
        headers = {"Referer": str(sent["referrer"])} if "referrer" in sent else {}
        answer = ada.post("/c/1/interval", data=sent.get("data"), headers=headers)
        assert answer.headers["Location"] == target


def test_a_form_may_not_be_endless(ada: FlaskClient) -> None:
    answer = ada.post("/c/1/rules", data={"text": "x" * 1_100_000})
    assert answer.status_code == 413
    assert "too large" in answer.text


def test_no_hash_and_no_stamp_is_ever_on_a_page(ada: FlaskClient, session: Session) -> None:
    text = ada.get("/people").text
    for row in session.query(UserRow):
        assert row.stamp not in text
        assert row.password not in text.replace("unusable", "") or row.password == "unusable"
