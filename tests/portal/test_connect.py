"""Connecting: a draft with two sides, each let in by whoever may, joined when both are there; and parting again."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from reconciler.core.model import Side
from reconciler.errors import Denied
from reconciler.store.tables import AccessRow, ConnectionRow, ConsentRow, DraftRow, DraftSideRow, SideRow
from tests.portal import world

URLS = {"salesforce": "https://southwind.my.salesforce.com", "xero": "https://api.xero.com"}


def app_of(side: str, how: str = "consent") -> dict[str, str]:
    return {"url": URLS[side], "client_id": "id", "client_secret": "hush-hush", "how": how}


def begun(ada: FlaskClient) -> str:
    answer = ada.post("/connections/new", data={"name": "Southwind"})
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def consented(client: FlaskClient, page: str, side: str) -> dict[str, str]:
    """Give the app, leave for the consent page; what comes back from there."""
    assert client.post(page, data=app_of(side)).status_code == 303
    answer = client.get(f"{page}/consent")
    assert answer.status_code == 303
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def let_in(client: FlaskClient, page: str, side: str) -> str:
    state = consented(client, page, side)["state"]
    answer = client.get(f"/oauth/{side}/callback", query_string={"state": state, "code": "abc"})
    assert answer.status_code in {200, 303}, answer.text
    return state


def rows(session: Session, kind: type) -> int:
    session.expire_all()
    return session.query(kind).count()


def test_a_connection_is_made_side_by_side_and_joined_read_only(ada: FlaskClient, session: Session) -> None:
    draft = begun(ada)
    let_in(ada, f"{draft}/sides/salesforce", "salesforce")
    assert "as soon as both sides are connected" in ada.get(draft).text
    let_in(ada, f"{draft}/sides/xero", "xero")
    answer = ada.post(f"{draft}/join")
    assert answer.headers["Location"] == "/c/2/first"
    row = session.get_one(ConnectionRow, 2)
    assert (row.name, row.activated_at) == ("Southwind", None)
    assert session.get_one(SideRow, (2, "xero")).organisation_name == "Xero Ltd"
    assert "Nothing is written to either side before" in ada.get("/c/2/first").text
    assert "Read-only" in ada.get("/c/2/").text
    assert rows(session, DraftRow) == rows(session, ConsentRow) == 0


def test_a_side_may_sign_in_as_the_app_itself(ada: FlaskClient, session: Session) -> None:
    draft = begun(ada)
    answer = ada.post(f"{draft}/sides/xero", data=app_of("xero", "app"))
    assert answer.headers["Location"] == draft
    assert not session.query(AccessRow).one().consented
    assert "Xero Ltd" in ada.get(draft).text


def test_what_a_side_says_against_it_is_shown_and_no_secret_comes_back(
    ada: FlaskClient, app: Flask, session: Session
) -> None:
    draft = begun(ada)
    fault = Denied("Salesforce does not accept the client secret.", remedy="Copy it again from the app.")
    app.extensions["concord.desk"].fault = fault
    answer = ada.post(f"{draft}/sides/salesforce", data=app_of("salesforce", "app"))
    assert answer.status_code == 422
    assert "does not accept the client secret" in answer.text
    assert "Copy it again" in answer.text
    assert "hush-hush" not in answer.text
    assert rows(session, AccessRow) == 0


def test_what_is_missing_is_named_and_looked_for_again(ada: FlaskClient, app: Flask) -> None:
    draft = begun(ada)
    app.extensions["concord.desk"].missing = ["Account has no field Sync_with_Xero__c."]
    let_in(ada, f"{draft}/sides/salesforce", "salesforce")
    assert "Sync_with_Xero__c" in ada.get(draft).text
    assert ada.post(f"{draft}/join").status_code == 422
    app.extensions["concord.desk"].missing = []
    ada.post(f"{draft}/sides/salesforce/check")
    assert "Sync_with_Xero__c" not in ada.get(draft).text


def test_a_test_system_beside_a_live_one_needs_a_name_typed(ada: FlaskClient, app: Flask) -> None:
    draft = begun(ada)
    app.extensions["concord.desk"].environments[Side.XERO] = "live"
    let_in(ada, f"{draft}/sides/salesforce", "salesforce")
    let_in(ada, f"{draft}/sides/xero", "xero")
    assert "type the name of one of the two organisations" in ada.get(draft).text
    for wrong in ("", "Somebody else"):
        answer = ada.post(f"{draft}/join", data={"confirm": wrong})
        assert answer.status_code == 422
        assert "Salesforce is sandbox and Xero is live." in answer.text
    assert ada.post(f"{draft}/join", data={"confirm": "Xero Ltd"}).headers["Location"] == "/c/2/first"


def test_a_colleague_without_a_sign_in_connects_one_side_by_a_link(
    ada: FlaskClient, app: Flask, session: Session
) -> None:
    draft = begun(ada)
    page = ada.post(f"{draft}/sides/xero/invite").text
    link = page.partition('readonly value="http://localhost')[2].partition('"')[0]
    colleague = app.test_client()
    assert "Ada asks you" in colleague.get(link).text
    let_in(colleague, link, "xero")
    side = session.get_one(DraftSideRow, (1, "xero"))
    assert side.connected_by == "an invited colleague"
    assert colleague.get(link).status_code == 404, "the link ends with the side connected"
    assert colleague.get(draft).headers["Location"].startswith("/sign-in")


def test_a_link_opens_one_side_and_ends_after_a_week(ada: FlaskClient, app: Flask, session: Session) -> None:
    draft = begun(ada)
    page = ada.post(f"{draft}/sides/xero/invite").text
    link = page.partition('readonly value="http://localhost')[2].partition('"')[0]
    unknown = app.test_client().get("/connect/" + "A" * 43)
    assert unknown.status_code == 404
    assert "Ask whoever sent it for another one" in unknown.text
    assert 'href="/"' not in unknown.text
    session.get_one(DraftSideRow, (1, "xero")).invited_until = world.NOW - timedelta(seconds=1)
    session.commit()
    assert app.test_client().get(link).status_code == 404
    assert link.rpartition("/")[2] not in ada.get(draft).text


def test_a_state_works_once(ada: FlaskClient) -> None:
    draft = begun(ada)
    state = let_in(ada, f"{draft}/sides/salesforce", "salesforce")
    answer = ada.get("/oauth/salesforce/callback", query_string={"state": state, "code": "abc"})
    assert answer.status_code == 422
    assert "over already" in answer.text


def test_a_state_works_only_in_the_browser_it_was_made_for(ada: FlaskClient, app: Flask, session: Session) -> None:
    draft = begun(ada)
    state = consented(ada, f"{draft}/sides/salesforce", "salesforce")["state"]
    for stranger in (app.test_client(), ada):
        answer = stranger.get("/oauth/salesforce/callback", query_string={"state": state, "code": "abc"})
        assert answer.status_code == 422, "used up by the first, whoever it was"
    session.expire_all()
    assert session.get_one(DraftSideRow, (1, "salesforce")).connected_at is None


def test_a_state_works_only_at_its_own_vendors_address(ada: FlaskClient) -> None:
    draft = begun(ada)
    state = consented(ada, f"{draft}/sides/salesforce", "salesforce")["state"]
    assert ada.get("/oauth/xero/callback", query_string={"state": state, "code": "abc"}).status_code == 422


def test_a_state_is_too_old_after_ten_minutes(ada: FlaskClient, session: Session) -> None:
    draft = begun(ada)
    state = consented(ada, f"{draft}/sides/salesforce", "salesforce")["state"]
    session.query(ConsentRow).one().started_at = world.NOW - timedelta(minutes=10, seconds=1)
    session.commit()
    answer = ada.get("/oauth/salesforce/callback", query_string={"state": state, "code": "abc"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"code": "abc"},
        {"state": "", "code": "abc"},
        {"state": "' OR 1=1 --", "code": "abc"},
        {"state": "A" * 43, "code": "abc"},
        {"state": "A" * 100_00, "code": "abc"},
        {"state": "é" * 43, "code": "abc"},
        {"error": "<script>alert(1)</script>", "state": "x"},
    ],
)
def test_nothing_comes_of_a_way_back_that_nobody_went(app: Flask, query: dict[str, str]) -> None:
    answer = app.test_client().get("/oauth/xero/callback", query_string=query)
    assert answer.status_code == 422
    assert "<script>alert" not in answer.text


def test_a_no_at_the_consent_page_is_said_and_nothing_is_connected(ada: FlaskClient, session: Session) -> None:
    draft = begun(ada)
    state = consented(ada, f"{draft}/sides/xero", "xero")["state"]
    answer = ada.get("/oauth/xero/callback", query_string={"state": state, "error": "access_denied"})
    assert "said no" in answer.text
    assert session.get_one(DraftSideRow, (1, "xero")).connected_at is None


def test_the_address_to_come_back_to_is_the_one_the_browser_used(ada: FlaskClient) -> None:
    draft = begun(ada)
    assert consented(ada, f"{draft}/sides/xero", "xero")["redirect_uri"] == "http://localhost/oauth/xero/callback"


def test_xero_is_not_tried_from_an_address_it_refuses(ada: FlaskClient, app: Flask) -> None:
    draft = begun(ada)
    page = ada.post(f"{draft}/sides/xero/invite").text
    link = page.partition('readonly value="http://localhost')[2].partition('"')[0]
    elsewhere = app.test_client().get(link, base_url="http://127.0.0.1:8000").text
    assert f'href="http://localhost:8000{link}"' in elsewhere
    assert "Xero does not come back to 127.0.0.1" not in ada.get(f"{draft}/sides/xero").text


def test_a_name_that_is_taken_is_refused_at_once(ada: FlaskClient) -> None:
    assert "already" in ada.post("/connections/new", data={"name": "Northwind"}).text
    assert "needs a name" in ada.post("/connections/new", data={"name": " "}).text


def test_a_side_is_signed_in_again_without_losing_anything(ada: FlaskClient, app: Flask, session: Session) -> None:
    side = session.get_one(SideRow, (1, "xero"))
    pinned = "xero-organisation"
    side.organisation_id = pinned
    session.commit()
    page = ada.post("/c/1/connection/xero/again").headers["Location"]
    state = consented(ada, page, "xero")["state"]
    answer = ada.get("/oauth/xero/callback", query_string={"state": state, "code": "abc"})
    assert answer.headers["Location"] == "/c/1/connection"
    session.expire_all()
    assert session.get_one(SideRow, (1, "xero")).access_id == session.query(AccessRow).one().id
    assert rows(session, DraftRow) == 0


def test_another_organisation_cannot_take_a_connected_ones_place(ada: FlaskClient, session: Session) -> None:
    page = ada.post("/c/1/connection/xero/again").headers["Location"]
    state = consented(ada, page, "xero")["state"]
    answer = ada.get("/oauth/xero/callback", query_string={"state": state, "code": "abc"})
    assert answer.status_code == 422
    assert "That is another organisation: Xero Ltd" in answer.text
    assert session.get_one(SideRow, (1, "xero")).access_id is None


def test_a_side_that_is_signed_out_says_so_everywhere(ada: FlaskClient, session: Session) -> None:
    access = AccessRow(side="xero", consented=True, signed_out_at=world.ago(hours=2), signed_out_because="Xero no.")
    session.add(access)
    session.flush()
    session.get_one(SideRow, (1, "xero")).access_id = access.id
    session.commit()
    for page in ("/c/1/", "/connections", "/c/1/connection"):
        assert "Signed out" in ada.get(page).text, page


def test_parting_needs_the_name_typed_and_leaves_a_file_before(ada: FlaskClient, session: Session) -> None:
    name = session.get_one(ConnectionRow, 1).name
    file = ada.get("/c/1/connection/export")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.get_json()["connection"] == name
    assert ada.post("/c/1/connection/disconnect", data={"name": "yes"}).status_code == 422
    assert ada.post("/c/1/connection/disconnect", data={"name": name}).headers["Location"] == "/connections"
    assert rows(session, ConnectionRow) == rows(session, AccessRow) == 0


def test_a_draft_given_up_forgets_its_secrets(ada: FlaskClient, session: Session) -> None:
    draft = begun(ada)
    let_in(ada, f"{draft}/sides/salesforce", "salesforce")
    ada.post(f"{draft}/abandon")
    assert rows(session, DraftRow) == rows(session, DraftSideRow) == rows(session, AccessRow) == 0


def test_an_empty_installation_leads_to_connecting(ada: FlaskClient, session: Session) -> None:
    session.query(ConnectionRow).delete()
    session.commit()
    text = ada.get("/", follow_redirects=True).text
    assert "Nothing is connected yet" in text
    assert 'href="/connections/new"' in text
