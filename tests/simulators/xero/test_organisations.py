"""Several organisations of one person: each with limits, contacts and a connection of its own."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from reconciler.simulators.xero import create_app

REDIRECT = "http://localhost:8000/connections/xero/callback"
CLIENT = {"client_id": "concord", "client_secret": "concord"}
SCOPE = "openid offline_access accounting.contacts accounting.settings"


@pytest.fixture
def two(api):
    """A person's token, which reaches both organisations."""
    api.twin.settings({"organisations": 2})
    api.token = exchanged(api, consent(api)).json["access_token"]
    return api


def consent(api, **more):
    asked = {"response_type": "code", "client_id": "concord", "redirect_uri": REDIRECT, "scope": SCOPE}
    answer = api.client.post("/identity/connect/authorize", data={**asked, "decision": "allow", **more})
    return parse_qs(urlsplit(answer.location).query)["code"][0]


def exchanged(api, code):
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, **CLIENT}
    return api.client.post("/connect/token", data=form)


def connections(api):
    return api.client.get("/connections", headers={"Authorization": f"Bearer {api.token}"}).json


def test_one_token_serves_every_organisation_that_was_connected(two):
    first, second = connections(two)
    assert first["tenantName"] != second["tenantName"]
    made = two.put("/Contacts", {"Name": "Only here"}, xero_tenant_id=second["tenantId"]).json["Contacts"][0]
    assert two.get(f"/Contacts/{made['ContactID']}").status_code == 404
    assert two.get(f"/Contacts/{made['ContactID']}", xero_tenant_id=second["tenantId"]).status_code == 200
    names = {row["tenantId"]: row["tenantName"] for row in (first, second)}
    for tenant, name in names.items():
        told = two.get("/Organisation", xero_tenant_id=tenant).json["Organisations"][0]
        assert (told["OrganisationID"], told["Name"]) == (tenant, name)


def test_names_and_numbers_are_unique_within_an_organisation_only(two):
    second = connections(two)[1]["tenantId"]
    contact = {"Name": "Rimu Joinery", "ContactNumber": "001", "AccountNumber": "R1"}
    assert two.put("/Contacts", contact).status_code == 200
    assert two.put("/Contacts", contact, xero_tenant_id=second).status_code == 200
    assert two.put("/Contacts", contact).status_code == 400


@pytest.mark.too_many
def test_each_organisation_has_a_minute_and_a_day_of_its_own(two):
    second = connections(two)[1]["tenantId"]
    two.twin.settings({"minute_limit": 2, "day_limit": 3})
    assert [two.get("/Contacts?page=1").status_code for _ in range(3)] == [200, 200, 429]
    other = two.get("/Contacts?page=1", xero_tenant_id=second)
    assert (other.status_code, other.headers["X-MinLimit-Remaining"]) == (200, "1")
    two.twin.settings({"minute_limit": 60})
    assert two.get("/Contacts?page=1").status_code == 200
    spent = two.get("/Contacts?page=1")
    assert (spent.status_code, spent.headers["X-Rate-Limit-Problem"]) == (429, "day")
    assert two.get("/Contacts?page=1", xero_tenant_id=second).status_code == 200


@pytest.mark.too_many
def test_the_minute_of_the_app_is_shared_by_all_organisations(two):
    second = connections(two)[1]["tenantId"]
    two.tick(60)
    two.twin.settings({"app_minute_limit": 2})
    assert two.get("/Contacts?page=1").headers["X-AppMinLimit-Remaining"] == "1"
    assert two.get("/Contacts?page=1", xero_tenant_id=second).headers["X-AppMinLimit-Remaining"] == "0"
    spent = two.get("/Contacts?page=1")
    assert (spent.status_code, spent.headers["X-Rate-Limit-Problem"]) == (429, "appminute")


def test_one_organisation_is_disconnected_and_the_others_stay(two):
    first, second = connections(two)
    gone = two.client.delete(f"/connections/{first['id']}", headers={"Authorization": f"Bearer {two.token}"})
    assert (gone.status_code, gone.data) == (204, b"")
    assert [row["tenantId"] for row in connections(two)] == [second["tenantId"]]
    assert two.get("/Contacts").status_code == 403
    assert two.get("/Contacts", xero_tenant_id=second["tenantId"]).status_code == 200
    again = two.client.delete(f"/connections/{first['id']}", headers={"Authorization": f"Bearer {two.token}"})
    assert again.status_code == 404
    two.tick(60)
    consent(two, organisation=first["tenantId"])
    back = next(row for row in connections(two) if row["tenantId"] == first["tenantId"])
    assert back["id"] == first["id"]
    assert back["createdDateUtc"] != back["updatedDateUtc"]


def test_a_refresh_goes_on_succeeding_while_every_call_of_a_disconnected_organisation_is_forbidden(two):
    pair = exchanged(two, consent(two)).json
    two.twin.settings({"connected": False})
    for _ in range(2):
        pair = two.client.post(
            "/connect/token", data={"grant_type": "refresh_token", "refresh_token": pair["refresh_token"], **CLIENT}
        ).json
        two.token = pair["access_token"]
        refused = two.get("/Contacts")
        assert (refused.status_code, refused.json["Detail"]) == (403, "AuthenticationUnsuccessful")
        assert connections(two) == []


def test_a_custom_connection_has_one_organisation(api):
    api.twin.settings({"organisations": 2})
    second = list(api.twin.companies)[1]
    assert api.get("/Contacts", xero_tenant_id=second).status_code == 403
    api.sign_in(client_id="concord-2")
    assert api.get("/Contacts", xero_tenant_id=second).status_code == 200
    assert api.get("/Organisation", xero_tenant_id="").json["Organisations"][0]["OrganisationID"] == second
    assert api.get("/Contacts").status_code == 403
    form = {"grant_type": "client_credentials", "client_id": "concord-3", "client_secret": "concord"}
    nobody = api.client.post("/connect/token", data=form)
    assert (nobody.status_code, nobody.json) == (400, {"error": "unauthorized_client"})


def claims(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def narrowed(api, event):
    headers = {"Authorization": f"Bearer {api.token}"}
    return [row["tenantId"] for row in api.client.get(f"/connections?authEventId={event}", headers=headers).json]


def test_connections_can_be_narrowed_to_one_consent(two):
    first, second = (row["tenantId"] for row in connections(two))
    event = connections(two)[0]["authEventId"]
    assert narrowed(two, event) == [first, second]
    assert narrowed(two, "00000000-0000-0000-0000-000000000001") == []
    two.token = exchanged(two, consent(two, organisation=second)).json["access_token"]
    assert narrowed(two, event) == [first]
    assert narrowed(two, claims(two.token)["authentication_event_id"]) == [second]
    assert len(connections(two)) == 2


def test_a_refreshed_token_still_names_its_consent(two):
    pair = exchanged(two, consent(two)).json
    form = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"], **CLIENT}
    again = two.client.post("/connect/token", data=form).json
    event = claims(pair["access_token"])["authentication_event_id"]
    assert claims(again["access_token"])["authentication_event_id"] == event


def test_consenting_once_more_moves_no_stamp_of_the_connection(two):
    before = connections(two)
    two.tick(60)
    consent(two)
    kept = [(row["createdDateUtc"], row["updatedDateUtc"]) for row in before]
    assert [(row["createdDateUtc"], row["updatedDateUtc"]) for row in connections(two)] == kept


def test_a_custom_connection_lists_and_ends_its_own_organisation_only(api):
    api.twin.settings({"organisations": 2})
    first, second = api.twin.companies.values()
    api.sign_in(client_id="concord-2")
    assert [row["tenantId"] for row in connections(api)] == [second.id]
    headers = {"Authorization": f"Bearer {api.token}"}
    assert api.client.delete(f"/connections/{first.connection.id}", headers=headers).status_code == 404
    assert api.client.delete(f"/connections/{second.connection.id}", headers=headers).status_code == 204


def test_scopes_add_up_over_consents_until_they_are_revoked(api):
    first = exchanged(api, consent(api)).json
    more = exchanged(api, consent(api, scope="offline_access accounting.invoices.read")).json
    assert set(SCOPE.split()) < set(more["scope"].split())
    api.client.post("/connect/revocation", data={"token": first["refresh_token"], **CLIENT})
    fewer = exchanged(api, consent(api, scope="offline_access accounting.contacts.read")).json
    assert fewer["scope"] == "offline_access accounting.contacts.read"


def test_a_person_edits_in_the_organisation_that_holds_the_contact(two):
    second = list(two.twin.companies)[1]
    done = two.client.post(
        "/_sim/edit", json={"do": "create", "organisation": second, "fields": {"Name": "Only there"}}
    ).json
    two.edit(do="update", id=done["id"], fields={"Name": "Still there"})
    held = two.client.get(f"/_sim/state?type=Contact&organisation={second}").json["Contact"]
    assert [one["Name"] for one in held] == ["Still there"]
    assert two.client.get("/_sim/state?type=Contact").json["Contact"] == []
    assert len(two.client.get("/_sim/state?type=Organisation").json["Organisation"]) == 2
    assert two.client.get("/_sim/state?type=Contact&organisation=none").status_code == 400


def test_several_organisations_are_stored_and_reloaded(two):
    second = list(two.twin.companies)[1]
    two.put("/Contacts", {"Name": "Kept"}, xero_tenant_id=second)
    first = connections(two)[0]
    two.client.delete(f"/connections/{first['id']}", headers={"Authorization": f"Bearer {two.token}"})
    _, other = create_app("empty")
    other.restore(two.twin.snapshot())
    assert [one["Name"] for one in other.state("Contact", second)] == ["Kept"]
    assert [company.connected for company in other.companies.values()] == [False, True]


def test_a_person_chooses_the_organisation_to_connect(two):
    page = two.client.get(
        "/identity/connect/authorize",
        query_string={
            "response_type": "code", "client_id": "concord", "redirect_uri": REDIRECT, "scope": SCOPE,
        },
    ).text  # fmt: skip
    assert all(f'value="{tenant}"' in page for tenant in two.twin.companies)


def test_the_window_shows_the_organisation_that_a_person_chose(two):
    first, second = two.twin.companies.values()
    two.edit(do="create", organisation=first.id, fields={"Name": "Here"})
    assert "<option" in two.client.get("/").text
    made = two.client.post(
        "/window/new", data={"as": "Hana", "new": "1", "organisation": second.id, "Name": "There"}
    ).location
    home = {company.id: two.client.get(f"/?organisation={company.id}").text for company in (first, second)}
    assert ("Here" in home[first.id], "There" in home[first.id]) == (True, False)
    assert ("Here" in home[second.id], "There" in home[second.id]) == (False, True)
    page = two.client.get(made).text
    assert f"In {second.shown()['Name'].replace('&', '&amp;')}." in page
    assert f"organisation={second.id}" in page
    saved = two.client.post(made.partition("?")[0], data={"as": "Hana", "Name": "Still there"}).location
    assert "Still there" in two.client.get(saved).text
    assert [contact.name for contact in second.book.contacts.values()] == ["Still there"]
    assert two.client.get("/?organisation=none").status_code == 400


def test_a_single_organisation_is_not_asked_about(api):
    assert "<select" not in api.client.get("/").text
    assert "organisation=" not in api.client.get("/").text


def test_the_window_disconnects_one_organisation_and_leaves_the_others(two):
    first, second = two.twin.companies.values()
    assert two.client.get("/window/faults").text.count("It is connected to") == 2
    two.client.post("/window/faults", data={"fault": f"disconnect {second.id}"})
    assert [company.connected for company in (first, second)] == [True, False]
    two.client.post("/window/faults", data={"fault": f"connect {second.id}"})
    assert second.connected
