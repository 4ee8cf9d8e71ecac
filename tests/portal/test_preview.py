"""What other rules would do, on the page where they are written."""

from __future__ import annotations

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from reconciler.store.tables import RulesRow

OFF = "kinds:\n  customer:\n    fields:\n      fax: {flow: 'off'}\n"


def test_a_preview_says_what_changes_and_saves_nothing(ada: FlaskClient, session: Session) -> None:
    before = session.query(RulesRow).count()
    text = ada.post("/c/1/rules/preview", data={"text": OFF}).text
    assert "What saving would do" in text
    assert "kinds.customer.fields.fax.flow" in text
    assert "linked records would be written to" in text
    assert "fax: {flow: &#39;off&#39;}" in text
    session.expire_all()
    assert session.query(RulesRow).count() == before


def test_a_preview_says_each_thing_once(ada: FlaskClient) -> None:
    one_way = "kinds:\n  customer:\n    fields:\n      phone: {flow: S2X}\n"
    text = ada.post("/c/1/rules/preview", data={"text": one_way}).text.partition('id="impact"')[2].partition("<form")[0]
    assert text.count("in Xero: ") == 1
    assert "Phone in Xero: " in text


def test_a_preview_of_what_cannot_hold_shows_every_fault_once(ada: FlaskClient) -> None:
    answer = ada.post("/c/1/rules/preview", data={"text": "kinds: {customer: {typo: 1, limits: {creates: many}}}"})
    assert answer.status_code == 422
    said = answer.text.partition('role="alert"')[2].partition("<form")[0]
    assert "2 things stand in the way." in said
    assert said.count("typo") == said.count("many") == 1


def test_a_preview_of_the_rules_in_force_finds_nothing(ada: FlaskClient) -> None:
    text = ada.get("/c/1/rules/export").text
    assert "these are the rules that hold now" in ada.post("/c/1/rules/preview", data={"text": text}).text
