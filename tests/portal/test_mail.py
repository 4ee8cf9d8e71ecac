"""Mail on the settings page, and the words of the overview for a side that allows no more calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from reconciler.mail import post
from reconciler.settings import load
from reconciler.store.tables import LinkRow, MailingRow, RunRow, SideRow
from tests.mail.server import Mailbox, mail_server
from tests.portal.world import ago, report


@pytest.fixture
def box(app: Flask) -> Iterator[Mailbox]:
    """A mail server that the portal is set to."""
    before = app.extensions["concord.mail"]
    with mail_server() as box:
        values = {
            "CONCORD_SMTP_URL": f"smtp://me:hidden-word@127.0.0.1:{box.port}",
            "CONCORD_MAIL_FROM": "concord@example.org",
            "CONCORD_MAIL_TO": "ada@example.org",
        }
        app.extensions["concord.mail"] = lambda: post(load(values))
        yield box
    app.extensions["concord.mail"] = before


def test_without_a_mail_server_the_page_says_that_nobody_is_told(ada: FlaskClient) -> None:
    assert "nobody is told when syncs stop" in ada.get("/c/1/settings").text
    assert "No mail server is set" in ada.post("/c/1/settings/mail", follow_redirects=True).text


def test_the_page_shows_how_mail_is_set_without_its_password(ada: FlaskClient, box: Mailbox) -> None:
    text = ada.get("/c/1/settings").text
    assert f"127.0.0.1:{box.port}" in text
    assert "ada@example.org" in text
    assert "hidden-word" not in text


def test_a_test_is_sent_by_an_administrator_only(ada: FlaskClient, rui: FlaskClient, box: Mailbox) -> None:
    assert rui.post("/c/1/settings/mail").status_code == 403
    assert "A test is on its way" in ada.post("/c/1/settings/mail", follow_redirects=True).text
    assert [str(letter["Subject"]) for letter in box.letters] == ["Concord: a test"]


def test_a_test_that_fails_says_why(ada: FlaskClient, box: Mailbox) -> None:
    box.busy = True
    assert "did not take a letter" in ada.post("/c/1/settings/mail", follow_redirects=True).text


def test_a_letter_that_could_not_be_sent_is_shown(ada: FlaskClient, box: Mailbox, session: Session) -> None:
    session.add(MailingRow(name="digest", failed_at=ago(minutes=1), fault="The mail server is busy."))
    session.commit()
    assert "The mail server is busy." in ada.get("/c/1/settings").text


def test_calls_that_are_spent_have_words_of_their_own(ada: FlaskClient, session: Session) -> None:
    session.get_one(SideRow, (1, "xero")).last_error = "The calls that Xero allows us for today are spent."
    session.add(RunRow(id=99, connection_id=1, asked_at=ago(), status="unavailable", report=report(problem="spent")))
    session.commit()
    text = ada.get("/c/1/").text
    assert "No calls left for now" in text
    assert "Not reachable" not in text


def test_only_links_in_use_are_counted(ada: FlaskClient, session: Session) -> None:
    assert "12 linked records" in ada.get("/c/1/").text
    for number, status in ((1, "closed"), (2, "suspended")):
        session.get_one(LinkRow, number).status = status
    session.commit()
    assert "10 linked records" in ada.get("/c/1/").text
