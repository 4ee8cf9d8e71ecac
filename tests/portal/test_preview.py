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


def test_a_preview_of_what_cannot_hold_shows_every_fault(ada: FlaskClient) -> None:
    answer = ada.post("/c/1/rules/preview", data={"text": "kinds: {customer: {typo: 1}}"})
    assert answer.status_code == 422
    assert "typo" in answer.text


def test_a_preview_of_the_rules_in_force_finds_nothing(ada: FlaskClient) -> None:
    text = ada.get("/c/1/rules/export").text
    assert "these are the rules that hold now" in ada.post("/c/1/rules/preview", data={"text": text}).text
