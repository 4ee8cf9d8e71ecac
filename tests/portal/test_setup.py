"""Setting up: rules as text, connecting, people, and the log of all that."""

from __future__ import annotations

from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal import people
from reconciler.mapping.limits import FieldShape
from reconciler.store.tables import Base, EventRow, RulesRow, UserRow
from tests.portal import world

PASSWORD = "four plain words here"


def newest(session: Session) -> RulesRow:
    session.expire_all()
    found = session.scalars(select(RulesRow).order_by(RulesRow.version.desc())).first()
    assert found is not None
    return found


# ---------------------------------------------------------------------------------------------------- rules as text


def test_a_part_of_the_rules_is_enough_and_the_rest_stays(ada: FlaskClient, session: Session) -> None:
    text = "version: 1\nkinds:\n  customer:\n    limits: {creates: 7}\n"
    answer = ada.post("/c/1/rules", data={"text": text, "note": "Careful"}, follow_redirects=True)
    assert "Saved as version 3" in answer.text
    saved = newest(session)
    assert (saved.version, saved.saved_by, saved.note) == (3, "Ada", "Careful")
    assert "creates: 7" in saved.document
    assert "account_number" in saved.document


def test_a_file_is_taken_in_place_of_the_text(ada: FlaskClient, session: Session) -> None:
    file = (BytesIO(b"schedule: {every_minutes: 5}\n"), "rules.yaml")
    ada.post("/c/1/rules", data={"file": file}, content_type="multipart/form-data")
    assert "every_minutes: 5" in newest(session).document


def test_every_fault_is_shown_at_once_and_nothing_typed_is_lost(ada: FlaskClient, session: Session) -> None:
    text = "kinds:\n  customer:\n    fields:\n      phone: {flow: sideways}\n      website: {flow: both}\n    typo: 1\n"
    answer = ada.post("/c/1/rules", data={"text": text})
    assert answer.status_code == 422
    for part in ("flow", "read-only", "typo", "sideways"):
        assert part in answer.text
    assert "phone: {flow: sideways}" in answer.text
    assert newest(session).version == 2


CRITERIA = "kinds: {customer: {opt_in: {criteria: {all: [{field: %s, is: filled}]}}}}"


def test_criteria_on_a_field_that_cannot_be_read_are_refused_with_field_cause_and_remedy(
    app: Flask, ada: FlaskClient, session: Session
) -> None:
    app.extensions["concord.shapes"] = lambda _connection: {"Phone": FieldShape()}
    before = newest(session).version
    for named, column in (("fax", "Fax"), ("billing.city", "BillingCity")):
        answer = ada.post("/c/1/rules", data={"text": CRITERIA % named})
        assert answer.status_code == 422
        assert f"look at {named} ({column}), which is not there in Salesforce, or not shared" in answer.text
        assert "right to read it" in answer.text
        assert CRITERIA % named in answer.text
    assert newest(session).version == before
    ada.post("/c/1/rules", data={"text": CRITERIA % "phone"})
    assert newest(session).version == before + 1


def test_what_was_hidden_since_is_no_fault_of_another_change(app: Flask, ada: FlaskClient, session: Session) -> None:
    for shown in ({"Fax": FieldShape()}, {"Phone": FieldShape()}, None):
        app.extensions["concord.shapes"] = lambda _connection, shown=shown: shown
        before = newest(session).version
        ada.post("/c/1/rules", data={"text": CRITERIA % "fax" + f"\nschedule: {{every_minutes: {before + 20}}}"})
        assert newest(session).version == before + 1


def test_a_version_is_not_brought_back_with_criteria_that_cannot_be_read_any_more(
    app: Flask, ada: FlaskClient, session: Session
) -> None:
    app.extensions["concord.shapes"] = lambda _connection: {"Fax": FieldShape()}
    ada.post("/c/1/rules", data={"text": CRITERIA % "fax"})
    kept = newest(session).version
    ada.post("/c/1/rules", data={"text": "kinds: {customer: {opt_in: {criteria: null}}}"})
    app.extensions["concord.shapes"] = lambda _connection: {"Phone": FieldShape()}
    assert "look at fax (Fax)" in ada.post(f"/c/1/rules/versions/{kept}/restore").text
    assert newest(session).version == kept + 1


def test_the_rules_are_downloaded_as_they_stand(vera: FlaskClient, session: Session) -> None:
    answer = vera.get("/c/1/rules/export")
    assert answer.text == newest(session).document
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_an_earlier_version_shows_what_has_changed_since(ada: FlaskClient) -> None:
    text = ada.get("/c/1/rules/versions/1").text
    assert "<del>" in text
    assert "<ins>" in text
    assert "Bring this version back" in text


def test_a_version_that_never_was_cannot_be_brought_back(ada: FlaskClient) -> None:
    assert ada.post("/c/1/rules/versions/77/restore").status_code == 404


# ----------------------------------------------------------------------------------------------------------- people


def test_an_administrator_lets_somebody_in(ada: FlaskClient, session: Session) -> None:
    form = {"name": "Noor", "role": "reviewer", "password": PASSWORD}
    text = ada.post("/people", data=form, follow_redirects=True).text
    assert "Noor may sign in as reviewer." in text
    row = session.scalars(select(UserRow).where(UserRow.name == "Noor")).one()
    assert row.password.startswith("scrypt:")
    event = session.scalars(select(EventRow).where(EventRow.what == "person.added")).one()
    assert (event.by, event.subject, event.details) == ("Ada", "Noor", {"role": "reviewer"})


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"name": "ada", "role": "viewer", "password": PASSWORD}, "There is a person called ada already."),
        ({"name": "Noor", "role": "owner", "password": PASSWORD}, "is no role"),
        ({"name": "Noor", "role": "viewer", "password": "short"}, "12 to 1000 characters"),
        ({"name": "", "role": "viewer", "password": PASSWORD}, "1 to 80 characters"),
    ],
)
def test_nobody_is_let_in_half(ada: FlaskClient, session: Session, form: dict[str, str], sentence: str) -> None:
    text = ada.post("/people", data=form, follow_redirects=True).text
    assert sentence in text.replace("&#39;", "'")
    assert session.query(UserRow).count() == 3


def test_a_new_role_holds_at_once_and_ends_the_sessions(ada: FlaskClient, rui: FlaskClient, session: Session) -> None:
    assert rui.get("/about").status_code == 200
    ada.post("/people/2/role", data={"role": "viewer"})
    assert rui.get("/about").status_code == 303
    assert session.get_one(UserRow, 2).role == "viewer"


def test_somebody_is_kept_out_and_let_in_again(ada: FlaskClient, vera: FlaskClient, session: Session) -> None:
    ada.post("/people/3/disable")
    assert vera.get("/about").status_code == 303
    assert "kept out" in ada.get("/people").text
    ada.post("/people/3/enable")
    session.expire_all()
    assert session.get_one(UserRow, 3).disabled_at is None
    assert vera.get("/about").status_code == 303, "the old session stays ended"


def test_an_administrator_gives_a_new_password(ada: FlaskClient, session: Session) -> None:
    ada.post("/people/3/password", data={"password": PASSWORD})
    found = people.check(session, "Vera", PASSWORD)
    assert found is not None
    assert found.name == "Vera"


@pytest.mark.parametrize(("path", "form"), [("role", {"role": "viewer"}), ("disable", {})])
def test_the_last_administrator_stays_one(ada: FlaskClient, session: Session, path: str, form: dict[str, str]) -> None:
    text = ada.post(f"/people/1/{path}", data=form | {"next": "/people"}, follow_redirects=True).text
    assert "Ada is the only administrator." in text
    row = session.get_one(UserRow, 1)
    assert (row.role, row.disabled_at) == ("administrator", None)


def test_the_log_is_narrowed_by_subject_and_person(ada: FlaskClient) -> None:
    text = ada.get("/c/1/activity?what=rules").text
    assert "changed the rules" in text
    assert "decided a conflict" not in text
    assert "decided a conflict" in ada.get("/c/1/activity?by=Rui").text


# ---------------------------------------------------------------------------------------------- the server's shell


@pytest.mark.usefixtures("session")
def test_people_are_managed_from_the_shell(app: Flask) -> None:
    shell = app.test_cli_runner()
    added = shell.invoke(args=["user", "add", "Noor", "--role", "viewer", "--password-stdin"], input=f"{PASSWORD}\n")
    assert added.exit_code == 0, added.output
    assert added.output == "Noor may sign in as viewer.\n"
    listed = shell.invoke(args=["user", "list"]).output
    assert "Noor\tviewer\tmay sign in\tnever signed in" in listed
    again = shell.invoke(args=["user", "add", "Noor", "--role", "viewer", "--generate"])
    assert again.exit_code == 2
    assert "There is a person called Noor already." in again.output


def test_the_shell_makes_up_a_password_and_prints_it(app: Flask, session: Session) -> None:
    output = app.test_cli_runner().invoke(args=["user", "passwd", "Vera", "--generate"]).output
    password = output.rpartition("Password: ")[2].strip()
    assert len(password) >= 20
    assert people.check(session, "Vera", password) is not None
    assert session.get_one(UserRow, 3).stamp != "stamp-of-Vera"


def test_the_shell_refuses_what_the_portal_refuses(app: Flask, session: Session) -> None:
    shell = app.test_cli_runner()
    assert shell.invoke(args=["user", "passwd", "Nobody", "--generate"]).exit_code == 2
    short = shell.invoke(args=["user", "add", "Noor", "--role", "viewer", "--password-stdin"], input="short\n")
    assert short.exit_code == 2
    assert "12 to 1000 characters" in short.output
    assert session.query(UserRow).count() == 3


def test_the_first_person_may_be_added_before_there_is_any_table(app: Flask, engine: Engine) -> None:
    Base.metadata.drop_all(engine)
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    shell = app.test_cli_runner()
    added = shell.invoke(args=["user", "add", "Noor", "--role", "administrator", "--generate"])
    assert added.exit_code == 0, added.output
    assert "Noor\tadministrator" in shell.invoke(args=["user", "list"]).output


def test_deeds_from_the_shell_are_in_the_log(app: Flask, session: Session) -> None:
    app.test_cli_runner().invoke(args=["user", "passwd", "Vera", "--generate"])
    event = session.scalars(select(EventRow).where(EventRow.what == "person.password")).one()
    assert (event.by, event.subject) == ("the server’s shell", "Vera")
    assert event.at == world.NOW
