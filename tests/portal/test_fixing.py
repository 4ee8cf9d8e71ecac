"""A card under Needs fixing says what was to be written, and offers nothing that nobody could type."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from reconciler.store.tables import RejectionRow
from tests.portal.world import NAMES, NOW, salesforce_id, xero_id


def card(client: FlaskClient, session: Session, **about: Any) -> str:
    """The page of one refusal."""
    row = RejectionRow(
        connection_id=1,
        kind="customer",
        side="xero",
        ref=f"salesforce:{salesforce_id(6)}",
        name=NAMES[5],
        opened_at=NOW,
        retry="fix_data",
        **about,
    )
    session.add(row)
    session.commit()
    return client.get(f"/c/1/fixing/{row.id}").text


def test_a_refused_value_is_shown_with_its_field_and_another_may_be_typed(rui: FlaskClient, session: Session) -> None:
    page = card(rui, session, code="invalid_email", field="email", message="No.", attempted={"email": "accounts@"})
    assert f"{NAMES[5]}</a> · E-mail" in page
    assert "E-mail to be written" in page
    assert "Type another value" in page


def test_a_partners_id_is_neither_shown_as_a_value_nor_to_be_typed(rui: FlaskClient, session: Session) -> None:
    """Concord itself would not make the partner: no side has refused anything."""
    page = card(
        rui, session, code="id_taken", field="partner", message="Another carries it.", attempted={"partner": xero_id(1)}
    )
    assert f"{NAMES[5]}</a></h2>" in page
    assert "not written in Xero" in page
    assert "to be written" not in page
    assert "Type another value" not in page
