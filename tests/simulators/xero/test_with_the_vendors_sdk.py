"""The vendor's own Python SDK against the twin, over real HTTP: its traps must bite here as they do out there."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import urllib3
from xero_python.accounting import AccountingApi, Contact, Contacts, Phone
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token, TokenApi
from xero_python.exceptions import (
    AccountingBadRequestException,
    HTTPStatusException,
    NotFoundException,
    OAuth2InvalidGrantError,
    RateLimitException,
)
from xero_python.identity import IdentityApi

from reconciler.simulators.kit import Server
from reconciler.simulators.xero import create_app


@pytest.fixture(scope="module")
def served():
    app, twin = create_app("empty")
    with Server(app, clock=twin.clock) as server:
        yield SimpleNamespace(app=app, twin=twin, url=server.url)


def connected(served, *, retries):
    configuration = Configuration()
    configuration.oauth2_token = OAuth2Token(client_id="-", client_secret="-")
    form = {"grant_type": "client_credentials", "client_id": "concord", "client_secret": "concord"}
    token = served.app.test_client().post("/connect/token", data=form).json
    known = {"access_token": token["access_token"], "scope": [], "expires_in": 1800, "token_type": "Bearer"}
    client = ApiClient(configuration, oauth2_token_getter=lambda: known, oauth2_token_saver=lambda token: None)
    if not retries:
        client.rest_client.pool_manager.connection_pool_kw["retries"] = False
    return SimpleNamespace(
        accounting=AccountingApi(client, base_url=f"{served.url}/api.xro/2.0"),
        identity=IdentityApi(client, base_url=served.url),
        tenant=served.twin.tenant_id,
        close=client.rest_client.pool_manager.clear,
    )


@pytest.fixture
def sdk(served):
    served.twin.reset("synced", 5, 1)
    served.app.extensions["rig"].faults.clear()
    served.app.extensions["rig"].calls.reset()
    made = connected(served, retries=False)
    yield made
    made.close()


def fault(served, match, do):
    served.app.extensions["rig"].faults.post([{"match": match, "do": do}])


def test_connections_are_found_under_the_sdks_own_spelling(sdk):
    (row,) = sdk.identity.get_connections()
    assert row.tenant_id == sdk.tenant


def test_a_dead_refresh_token_is_an_invalid_grant_to_the_sdk(served, monkeypatch):
    """It compares the text of the answer, blank by blank."""
    monkeypatch.setattr(TokenApi, "refresh_token_url", f"{served.url}/connect/token")
    configuration = Configuration()
    configuration.oauth2_token = OAuth2Token(client_id="concord", client_secret="concord")
    old = {"access_token": "x", "scope": ["openid"], "expires_in": 1800, "token_type": "Bearer"}
    dead = {**old, "expires_at": 1.0, "refresh_token": "rotated long ago"}
    client = ApiClient(configuration, oauth2_token_getter=lambda: dead, oauth2_token_saver=lambda token: None)
    with pytest.raises(OAuth2InvalidGrantError):
        IdentityApi(client, base_url=served.url).get_connections()
    client.rest_client.pool_manager.clear()


def test_models_read_every_date_and_number(served, sdk):
    served.twin.reset("demo", 120, 1)
    listed = sdk.accounting.get_contacts(sdk.tenant, page=1, page_size=1000, include_archived=True)
    assert len(listed.contacts) == len(served.twin.book.contacts)
    assert all(contact.updated_date_utc.tzinfo is not None for contact in listed.contacts)
    assert sdk.accounting.get_organisations(sdk.tenant).organisations[0].base_currency.value == "NZD"


def test_a_contact_made_of_models_is_created_and_changed(sdk):
    wanted = Contacts(contacts=[Contact(name="Rimu Joinery", phones=[Phone(phone_type="DEFAULT", phone_number="1")])])
    made = sdk.accounting.create_contacts(sdk.tenant, contacts=wanted, summarize_errors=False).contacts[0]
    again = Contacts(contacts=[Contact(contact_id=made.contact_id, email_address="a@rimu.example")])
    sdk.accounting.update_or_create_contacts(sdk.tenant, contacts=again, summarize_errors=False)
    shown = sdk.accounting.get_contact(sdk.tenant, made.contact_id).contacts[0]
    assert (shown.name, shown.email_address) == ("Rimu Joinery", "a@rimu.example")


def test_raw_answers_carry_body_and_headers(sdk):
    raw = sdk.accounting.get_contacts(sdk.tenant, page=1, order="ContactID", _preload_content=False)
    assert len(json.loads(raw.data)["Contacts"]) == 5
    assert int(raw.headers["X-MinLimit-Remaining"]) < 60


@pytest.mark.parametrize("since", ["2020-01-01T00:00:00", datetime(2020, 1, 1, microsecond=1, tzinfo=UTC)])
def test_both_forms_of_modified_since_narrow_the_list(served, sdk, since):
    assert len(sdk.accounting.get_contacts(sdk.tenant, if_modified_since=since, page=1).contacts) == 5
    later = served.twin.clock.now().replace(tzinfo=None, microsecond=0)
    assert sdk.accounting.get_contacts(sdk.tenant, if_modified_since=later, page=1).contacts == []


def test_a_filter_with_both_signs_arrives_whole(sdk):
    listed = sdk.accounting.get_contacts(sdk.tenant, where='ContactStatus=="ACTIVE"&&Name!=null', page=1)
    assert len(listed.contacts) == 5


def test_refusals_become_the_sdks_own_exceptions(sdk):
    taken = sdk.accounting.get_contacts(sdk.tenant, page=1).contacts[0].name
    with pytest.raises(AccountingBadRequestException) as refused:
        sdk.accounting.create_contacts(sdk.tenant, contacts=Contacts(contacts=[Contact(name=taken)]))
    assert "already assigned" in refused.value.reason
    with pytest.raises(NotFoundException):
        sdk.accounting.get_contact(sdk.tenant, "11111111-1111-4111-8111-111111111111")
    with pytest.raises(HTTPStatusException) as forbidden:
        sdk.accounting.get_contacts("11111111-1111-4111-8111-111111111111")
    assert forbidden.value.status == 403


@pytest.mark.too_many
def test_a_spent_minute_is_a_rate_limit_exception_at_once_when_retries_are_off(served, sdk):
    served.twin.settings({"minute_limit": 0})
    with pytest.raises(RateLimitException) as limited:
        sdk.accounting.get_contacts(sdk.tenant, page=1)
    assert limited.value.rate_limit == "minute"


def test_a_dropped_connection_after_the_write_surfaces_and_the_write_stands(served, sdk):
    fault(served, {"method": "PUT", "nth": 1}, "drop_after")
    with pytest.raises(urllib3.exceptions.HTTPError):
        sdk.accounting.create_contacts(sdk.tenant, contacts=Contacts(contacts=[Contact(name="Kept")]))
    assert served.twin.book.active_named("Kept")


def test_with_its_default_retries_the_sdk_silently_sends_a_dropped_put_again(served, sdk):
    hasty = connected(served, retries=True)
    fault(served, {"method": "PUT", "nth": 1}, "drop_after")
    with pytest.raises(AccountingBadRequestException) as refused:
        hasty.accounting.create_contacts(sdk.tenant, contacts=Contacts(contacts=[Contact(name="Kept")]))
    hasty.close()
    assert "already assigned" in refused.value.reason
    calls = served.app.extensions["rig"].calls.summary()["calls"]
    assert sum(row["count"] for row in calls if row["method"] == "PUT") == 2


def test_a_key_makes_that_second_sending_harmless(served, sdk):
    hasty = connected(served, retries=True)
    fault(served, {"method": "PUT", "nth": 1}, "drop_after")
    wanted = Contacts(contacts=[Contact(name="Kept")])
    made = hasty.accounting.create_contacts(sdk.tenant, contacts=wanted, idempotency_key="once")
    hasty.close()
    assert served.twin.book.active_named("Kept").id == made.contacts[0].contact_id


@pytest.mark.parametrize("do", ["truncate", "html", {"status": 503, "body": "The Xero API is currently offline"}])
def test_broken_answers_reach_the_sdk_as_an_error_and_never_as_contacts(served, sdk, do):
    fault(served, {"method": "GET", "nth": 1}, do)

    def read() -> None:
        json.loads(sdk.accounting.get_contacts(sdk.tenant, page=1, _preload_content=False).data)

    with pytest.raises((urllib3.exceptions.HTTPError, HTTPStatusException, ValueError)):
        read()
