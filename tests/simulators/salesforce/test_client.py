"""The twin through a client written by others, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)

from reconciler.simulators.kit import Clock, Server
from reconciler.simulators.salesforce import SalesforceTwin, create_app

NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
CONDITION = {"If-Modified-Since": "Mon, 04 May 2026 12:00:00 GMT"}


class Redirected(requests.Session):
    """The client builds https addresses only; this sends them where the twin is."""

    def __init__(self, origin: str) -> None:
        super().__init__()
        self.origin = urlsplit(origin)

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:
        wanted = urlsplit(url)
        there = urlunsplit((self.origin.scheme, self.origin.netloc, wanted.path, wanted.query, ""))
        return super().request(method, there, *args, **{"timeout": 5, **options})


@pytest.fixture
def twin() -> Iterator[tuple[SalesforceTwin, Any]]:
    app, twin = create_app("synced", 320, clock=Clock(source=lambda: NOON))
    with Server(app, clock=twin.clock) as server, Redirected(server.url) as session:
        form = {"grant_type": "client_credentials", "client_id": "concord", "client_secret": "concord"}
        told = requests.post(f"{server.url}/services/oauth2/token", data=form, timeout=30).json()
        client = Salesforce(
            instance_url="https://acme.my.salesforce.com",
            session_id=told["access_token"],
            session=session,
            version="66.0",
        )
        yield twin, client


def test_records_live_through_a_whole_life(twin: tuple[SalesforceTwin, Any]) -> None:
    _, client = twin
    key = client.Account.create({"Name": "Acme"})["id"]
    assert client.Account.update(key, {"Phone": "1"}) == 204
    assert client.Account.get(key)["Phone"] == "1"
    assert client.Account.upsert("Xero_Contact_Id__c/abc", {"Name": "Beta"}) == 201
    assert client.Account.upsert("Xero_Contact_Id__c/abc", {"Name": "Gamma"}) == 200
    assert client.Account.get_by_custom_id("Xero_Contact_Id__c", "abc")["Name"] == "Gamma"
    assert client.Account.delete(key) == 204
    with pytest.raises(SalesforceResourceNotFound):
        client.Account.get(key)


def test_queries_page_to_their_end(twin: tuple[SalesforceTwin, Any]) -> None:
    _, client = twin
    rows = list(client.query_all_iter("SELECT Id FROM Account", headers={"Sforce-Query-Options": "batchSize=200"}))
    assert len({row["Id"] for row in rows}) == 320
    assert client.api_usage["api-usage"].total == 100_000


def test_describe_limits_and_replication_answer(twin: tuple[SalesforceTwin, Any]) -> None:
    twin_, client = twin
    key = client.query("SELECT Id FROM Account LIMIT 1")["records"][0]["Id"]
    client.Account.delete(key)
    twin_.clock.set(offset_seconds=180)
    assert client.describe()["maxBatchSize"] == 200
    assert client.Account.describe()["keyPrefix"] == "001"
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000
    gone = client.Account.deleted(NOON, twin_.clock.now())["deletedRecords"]
    assert [row["id"] for row in gone] == [key]


def test_collections_are_reached_by_path(twin: tuple[SalesforceTwin, Any]) -> None:
    _, client = twin
    rows = [{"attributes": {"type": "Account"}, "Name": f"Row {n}"} for n in range(3)]
    results: Any = client.restful("composite/sobjects", method="POST", json={"records": rows})
    assert [result["success"] for result in results] == [True, True, True]


def test_refusals_become_the_clients_exceptions(twin: tuple[SalesforceTwin, Any]) -> None:
    twin_, client = twin
    with pytest.raises(SalesforceMalformedRequest) as refused:
        client.query("SELECT Foo FROM Account")
    told: Any = refused.value.content
    assert told[0]["errorCode"] == "INVALID_FIELD"
    twin_.settings({"session_life": 1})
    twin_.clock.set(offset_seconds=2)
    with pytest.raises(SalesforceExpiredSession):
        client.query("SELECT Id FROM Account")


def test_a_call_that_is_slowed_down_answers_like_any_other(twin: tuple[SalesforceTwin, Any]) -> None:
    twin_, client = twin
    key = client.query("SELECT Id FROM Account LIMIT 1")["records"][0]["Id"]
    twin_.settings({"latency_ms": 1})
    written = client.Account.update(key, {"Phone": "1"}, raw_response=True)
    assert (written.status_code, written.content, "Content-Type" in written.headers) == (204, b"", False)
    spared = client.session.get(f"{client.base_url}sobjects/Account/{key}", headers=CONDITION | client.headers)
    assert (spared.status_code, spared.headers["Last-Modified"]) == (304, "Mon, 04 May 2026 12:00:00 GMT")
