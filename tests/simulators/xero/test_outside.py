"""What an app meets where there is nothing for it: unknown addresses, unknown verbs, and the order of refusals."""

from __future__ import annotations

import pytest

FOREIGN = {"xero_tenant_id": "11111111-1111-4111-8111-111111111111"}


@pytest.mark.parametrize("path", ["/Invoices", "/Contacts/1/Attachments", "/Nonsense", "//Contacts", "/Contacts//"])
def test_an_endpoint_that_is_not_simulated_is_a_page_that_is_not_found(api, path):
    answer = api.get(path)
    assert (answer.status_code, answer.content_type) == (404, "text/html; charset=utf-8")
    assert answer.text == "The resource you're looking for cannot be found"
    assert "X-MinLimit-Remaining" in answer.headers


def test_even_there_a_token_and_an_organisation_are_asked_for_first(api):
    assert api.client.get("/api.xro/2.0/Invoices").status_code == 401
    assert api.get("/Invoices", **FOREIGN).status_code == 403


@pytest.mark.too_many
def test_calls_that_find_nothing_are_counted(api):
    api.twin.settings({"minute_limit": 1})
    assert [api.get("/Invoices").status_code for _ in range(2)] == [404, 429]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/Contacts"), ("PATCH", "/Contacts"), ("OPTIONS", "/Contacts"), ("PATCH", "/ContactGroups"),
        ("POST", "/Organisation"), ("DELETE", "/ContactGroups/1")
    ],
)  # fmt: skip
def test_a_verb_that_an_endpoint_does_not_know_is_not_implemented(api, method, path):
    answer = api.client.open(f"/api.xro/2.0{path}", method=method, headers=api.headers())
    assert (answer.status_code, answer.content_type) == (405, "text/html; charset=utf-8")
    assert answer.text.startswith("<ApiException><ErrorNumber>20</ErrorNumber>")
    assert "<Message>The Api Method called is not implemented</Message>" in answer.text
    assert api.client.open(f"/api.xro/2.0{path}", method=method).status_code == 401


def test_the_identity_service_knows_its_own_verbs(api):
    assert api.client.get("/connect/revocation").status_code == 405
    assert api.client.put("/connections").status_code == 405
