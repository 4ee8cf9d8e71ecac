"""Named faults of both vendors: each does what its sentence says, as one call sees it; and whole imports at once."""

from __future__ import annotations

from typing import Any

import pytest

from reconciler.simulators import salesforce, xero
from reconciler.simulators.kit import Clock
from reconciler.simulators.salesforce.switches import SWITCHES as SALESFORCE
from reconciler.simulators.xero.switches import SWITCHES as XERO
from tests.simulators.salesforce.api import NOON

CLIENT = {"grant_type": "client_credentials", "client_id": "concord", "client_secret": "concord"}
ANSWERED = [
    (vendor, name)
    for vendor, switches in (("salesforce", SALESFORCE), ("xero", XERO))
    for name, switch in switches.items()
    if "status" in switch.do or "body" in switch.do
]


@pytest.fixture(scope="module")
def callers() -> dict[str, Any]:
    found = {}
    for vendor, module, token, path in (
        ("salesforce", salesforce, "/services/oauth2/token", "/services/data/v66.0/query?q=SELECT+Id+FROM+User"),
        ("xero", xero, "/connect/token", "/api.xro/2.0/Contacts?page=1"),
    ):
        app, twin = module.create_app("synced", 3, 1, clock=Clock(source=lambda: NOON))
        client = app.test_client()
        headers = {"Authorization": f"Bearer {client.post(token, data=CLIENT).get_json()['access_token']}"}
        found[vendor] = (client, twin, headers, path)
    return found


@pytest.mark.parametrize(("vendor", "name"), ANSWERED)
def test_a_switch_answers_once_and_is_gone(callers: dict[str, Any], vendor: str, name: str) -> None:
    client, _, headers, path = callers[vendor]
    switch = {"salesforce": SALESFORCE, "xero": XERO}[vendor][name]
    client.post("/_sim/faults", json=[{"match": {"path": "^/(services/data|api.xro)/"}, "times": 1, "do": name}])
    answer = client.get(path, headers=headers)
    assert answer.status_code == switch.do.get("status", 200)
    assert (answer.data == b"") is ("body" not in switch.do)
    assert set(switch.do.get("headers", {})) <= set(answer.headers.keys())
    assert client.get(path, headers=headers).status_code == 200
    client.delete("/_sim/faults")


def test_nothing_remains_of_a_minute_that_is_spent(callers: dict[str, Any]) -> None:
    client, _, headers, path = callers["xero"]
    client.post("/_sim/faults", json=[{"times": 1, "do": "minute_spent"}])
    assert client.get(path, headers=headers).headers["X-MinLimit-Remaining"] == "0"


def test_the_calls_a_person_sees_name_the_switch(callers: dict[str, Any]) -> None:
    client, _, headers, path = callers["xero"]
    client.post("/_sim/faults", json=[{"match": {"path": "api.xro"}, "times": 1, "do": "minute_spent"}])
    client.get(path, headers=headers)
    assert "minute_spent" in client.get("/window/calls").text


def test_an_import_stamps_every_record_with_one_moment(callers: dict[str, Any]) -> None:
    for vendor, kind, stamp, fields in (
        ("salesforce", "Account", "SystemModstamp", {"Fax": "1"}),
        ("xero", "Contact", "UpdatedDateUTC", {"AccountNumber": ""}),
    ):
        client, twin, _, _ = callers[vendor]
        done = client.post("/_sim/edit", json={"as": "Hana", "do": "update_all", "type": kind, "fields": fields})
        assert done.status_code == 200, done.text
        assert {record[stamp] for record in twin.state(kind)} == {done.get_json()["version"]}


def test_an_import_of_nothing_is_refused() -> None:
    for module, kind in ((salesforce, "Account"), (xero, "Contact")):
        app, _ = module.create_app()
        answer = app.test_client().post("/_sim/edit", json={"do": "update_all", "type": kind})
        assert answer.status_code == 400
