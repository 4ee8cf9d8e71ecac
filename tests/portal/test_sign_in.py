"""Signing in, staying signed in, and being signed out by what happens to one's account."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash
from werkzeug.test import TestResponse

from portal import people
from portal.throttle import FREE, Throttle
from reconciler.store.tables import EventRow, UserRow
from tests.portal import world

PASSWORD = "four plain words here"


@pytest.fixture
def max_(session: Session) -> UserRow:
    """Somebody with a password; hashed with little work, so that the test is quick."""
    return world.add_person(session, "Max", "viewer", generate_password_hash(PASSWORD, method="scrypt:1024:8:1"))


def enter(client: FlaskClient, name: str = "Max", password: str = PASSWORD, target: str = "") -> TestResponse:
    return client.post("/sign-in", data={"name": name, "password": password, "next": target})


@pytest.mark.usefixtures("max_")
def test_a_person_signs_in_and_lands_where_they_wanted_to_go(app: Flask, session: Session) -> None:
    client = app.test_client()
    asked = client.get("/c/1/review?field=phone")
    assert asked.headers["Location"] == "/sign-in?next=/c/1/review?field%3Dphone"
    assert enter(client, target="/c/1/review?field=phone").headers["Location"] == "/c/1/review?field=phone"
    assert client.get("/c/1/review").status_code == 200
    noted = session.scalars(select(EventRow).where(EventRow.by == "Max")).one()
    assert noted.what == "person.signed_in"


@pytest.mark.usefixtures("max_")
def test_signing_in_never_leads_to_another_site(app: Flask) -> None:
    assert enter(app.test_client(), target="//evil.example").headers["Location"] == "/"


@pytest.mark.usefixtures("max_")
@pytest.mark.parametrize(("name", "password"), [("Max", "wrong"), ("Nobody", PASSWORD), ("", "")])
def test_a_refusal_does_not_say_what_was_wrong(app: Flask, name: str, password: str) -> None:
    answer = enter(app.test_client(), name, password)
    assert answer.status_code == 422
    assert "do not fit together" in answer.text
    assert f'name="name" value="{name}"' in answer.text


@pytest.mark.usefixtures("max_")
def test_a_session_planted_before_the_sign_in_is_replaced(app: Flask) -> None:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["planted"] = True
    enter(client)
    with client.session_transaction() as cookie:
        assert "planted" not in cookie


def test_the_cookie_is_for_this_site_and_not_for_scripts(app: Flask, max_: UserRow) -> None:
    cookie = enter(app.test_client()).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_person_kept_out_is_out_at_once(app: Flask, max_: UserRow, session: Session) -> None:
    client = app.test_client()
    enter(client)
    people.disable(session, "Max", world.NOW)
    assert client.get("/about").status_code == 303
    assert enter(client).status_code == 422


@pytest.mark.usefixtures("max_")
def test_a_new_password_ends_every_other_session(app: Flask) -> None:
    here, there = app.test_client(), app.test_client()
    enter(here)
    enter(there)
    change = {"current": PASSWORD, "password": "four other words here", "again": "four other words here"}
    assert here.post("/me/password", data=change).status_code == 303
    assert here.get("/about").status_code == 200
    assert there.get("/about").status_code == 303


@pytest.mark.usefixtures("max_")
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"current": "wrong", "password": "x" * 12, "again": "x" * 12}, "current password is not right"),
        ({"current": PASSWORD, "password": "x" * 12, "again": "y" * 12}, "two new passwords differ"),
        ({"current": PASSWORD, "password": "short", "again": "short"}, "12 to 1000 characters"),
    ],
)
def test_a_password_is_changed_only_as_it_should_be(app: Flask, change: dict[str, str], sentence: str) -> None:
    client = app.test_client()
    enter(client)
    answer = client.post("/me/password", data=change | {"next": "/me"}, follow_redirects=True)
    assert sentence in answer.text


def test_signing_out_ends_the_session(rui: FlaskClient) -> None:
    assert rui.post("/sign-out").headers["Location"] == "/sign-in"
    assert rui.get("/about").status_code == 303


def test_a_session_of_nobody_is_no_session(app: Flask) -> None:
    for remembered in ("99:stamp", "1:another-stamp", "nonsense", ""):
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = remembered
        assert client.get("/about").status_code == 303, remembered


@pytest.mark.usefixtures("max_")
def test_guessing_is_slowed_down_and_the_right_password_has_to_wait_too(app: Flask) -> None:
    client = app.test_client()
    answers = [enter(client, password="wrong").status_code for _ in range(FREE + 2)]
    assert answers == [422] * (FREE + 1) + [429]
    waiting = enter(client)
    assert waiting.status_code == 429
    assert "Try again in 2 seconds" in waiting.text


def later(seconds: float) -> datetime:
    return world.NOW + timedelta(seconds=seconds)


def test_each_failure_doubles_the_wait_up_to_a_limit() -> None:
    throttle, name, address = Throttle(), ("name", "max"), ("address", "192.0.2.1")
    waits = []
    for _ in range(16):
        throttle.failed([name, address], world.NOW)
        waits.append((throttle.wait([name], world.NOW), throttle.wait([address], world.NOW)))
    assert waits[:7] == [(0, 0)] * FREE + [(2, 2), (4, 4), (8, 8)]
    assert waits[-1] == (30, 900)
    assert throttle.wait([name], later(29)) == 1
    assert throttle.wait([name], later(30)) == 0


def test_a_stranger_at_another_address_is_not_slowed_down() -> None:
    throttle = Throttle()
    for _ in range(9):
        throttle.failed([("address", "192.0.2.1")], world.NOW)
    assert throttle.wait([("address", "192.0.2.2")], world.NOW) == 0


def test_old_failures_are_forgotten() -> None:
    throttle, key = Throttle(), ("address", "192.0.2.1")
    for _ in range(9):
        throttle.failed([key], world.NOW)
    throttle.failed([("name", "other")], later(3_700))
    throttle.failed([key], later(3_700))
    assert throttle.wait([key], later(3_700)) == 0


def test_an_empty_installation_says_how_the_first_person_gets_in(app: Flask, session: Session) -> None:
    session.query(UserRow).delete()
    session.commit()
    assert "user add" in app.test_client().get("/sign-in").text
