"""What simple_salesforce would do by itself and must not do here: one trap, one test."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from reconciler import settings
from reconciler.adapters import salesforce
from reconciler.core.model import Side
from reconciler.errors import Denied, Unavailable
from reconciler.ports import Write
from tests.adapters.clocks import SteppedClock
from tests.adapters.wired import KEYS, RULES, Wired

SF = Side.SALESFORCE
BUSY = {"status": 503, "body": [{"message": "Try later", "errorCode": "SERVER_UNAVAILABLE"}]}
HALF = {"status": 200, "body": '{"records": ['}
EXPIRED = {"status": 401, "body": [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}]}


def everything(gateway: Any) -> list[Any]:
    return [record for page in gateway.changes("customer", None) for record in page.records]


def update(gateway: Any, record_id: str) -> Any:
    return gateway.prepare("customer", "update", [Write(record_id, {"phone": "+64 9 555 0100"}, key="k")])


@pytest.fixture
def mute() -> Iterator[str]:
    """A server that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_the_scheme_and_port_of_the_origin_are_kept_on_every_path(world: Wired) -> None:
    world.reset("synced", 3)
    gateway = world.salesforce()
    gateway.identify()
    gateway.missing_fields("customer")
    record = everything(gateway)[0]
    gateway.send(update(gateway, record.ref.id))
    paths = {heard.path.rstrip("/").rpartition("/")[2] for heard in world.wires[SF].heard}
    assert paths == {"query", "queryAll", "describe", "composite"}


def test_a_silent_side_is_given_up_after_the_time_out(mute: str) -> None:
    short = settings.load({"CONCORD_READ_TIMEOUT": "0.05", "CONCORD_CONNECT_TIMEOUT": "0.05"})
    gateway = salesforce.gateway(mute, KEYS, RULES, short, SteppedClock())
    with pytest.raises(Unavailable):
        everything(gateway)


def test_a_write_without_an_answer_is_given_up_and_left_in_doubt(world: Wired) -> None:
    world.reset("synced", 1)
    short = settings.load({"CONCORD_READ_TIMEOUT": "0.5"})
    gateway = salesforce.gateway(world.pair.salesforce.url, KEYS, RULES, short, world.clock)
    record = everything(world.salesforce())[0]
    world.fault(SF, "composite", {"delay_after": 1500})
    with pytest.raises(Unavailable) as caught:
        gateway.send(update(gateway, record.ref.id))
    assert caught.value.sent
    assert len([heard for heard in world.wires[SF].heard if heard.path.endswith("composite")]) == 1


def test_a_request_repeated_after_a_401_keeps_its_headers_and_its_bytes(world: Wired) -> None:
    world.reset("synced", 1)
    gateway = world.salesforce()
    batch = update(gateway, everything(gateway)[0].ref.id)
    world.fault(SF, "composite", EXPIRED)
    gateway.send(batch)
    first, second = (heard for heard in world.wires[SF].heard if heard.path.endswith("composite"))
    assert first.body == second.body == batch.body
    assert first.headers.pop("Authorization") != second.headers.pop("Authorization")
    assert first.headers == second.headers
    assert second.headers["Sforce-Call-Options"] == "client=concord"


def test_an_endless_401_ends_after_one_renewal(world: Wired) -> None:
    gateway = world.salesforce()
    world.fault(SF, "query", EXPIRED, times=60)
    with pytest.raises(Denied):
        everything(gateway)
    assert len(world.wires[SF].heard) == 2
    assert world.running(SF).rig.calls.summary()["auth"] == 2


@pytest.mark.parametrize(
    "message",
    ["This session is not valid for use with the REST API", "Connected app is not attached to Agent: refused"],
)
def test_a_401_that_is_not_about_age_is_not_renewed(world: Wired, message: str) -> None:
    gateway = world.salesforce()
    body = [{"message": message, "errorCode": "INVALID_SESSION_ID"}]
    world.fault(SF, "query", {"status": 401, "body": body}, times=60)
    with pytest.raises(Denied):
        everything(gateway)
    assert len(world.wires[SF].heard) == 1


def test_a_401_that_is_not_json_is_renewed_like_any_other(world: Wired) -> None:
    gateway = world.salesforce()
    xml = {"status": 401, "body": "<?xml version='1.0'?><Error>LOGIN_OAUTH_INVALID_TOKEN</Error>"}
    world.fault(SF, "query", xml)
    assert everything(gateway) == []


def test_a_session_that_ran_out_is_renewed_without_anybody_noticing(world: Wired) -> None:
    world.reset("synced", 2)
    gateway = world.salesforce()
    everything(gateway)
    world.clock.advance(3 * 3600)
    assert len(everything(gateway)) == 2


def test_a_redirect_is_not_followed_with_the_token_in_hand(world: Wired) -> None:
    gateway = world.salesforce()
    elsewhere = {"status": 302, "headers": {"Location": f"{world.pair.xero.url}/stolen"}, "body": ""}
    world.fault(SF, "query", elsewhere)
    with pytest.raises(Unavailable):
        everything(gateway)
    assert world.wires[Side.XERO].heard == []


def test_a_password_in_netrc_does_not_take_the_tokens_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password canary\n", encoding="ascii")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    url = "https://acme.my.salesforce.com"
    request = requests.Request("GET", url, headers={"Authorization": "Bearer ours"})
    assert requests.Session().prepare_request(request).headers["Authorization"].startswith("Basic ")
    client = salesforce.gateway(url, KEYS, RULES, settings.load({}), SteppedClock())._client
    assert client.session.prepare_request(request).headers["Authorization"] == "Bearer ours"


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    world: Wired, mute: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", mute)
    monkeypatch.setenv("http_proxy", mute)
    assert everything(world.salesforce()) == []


@pytest.mark.parametrize(
    "do",
    [
        *("html", "truncate", HALF, {"status": 200, "body": {}}, {"status": 200, "body": []}),
        *({"status": 500, "body": "oops"}, {"status": 420}, {"status": 406}, BUSY),
    ],
)
def test_an_answer_that_is_no_data_is_unavailable_and_leaves_a_write_in_doubt(world: Wired, do: Any) -> None:
    world.reset("synced", 1)
    gateway = world.salesforce()
    record = everything(gateway)[0]
    world.fault(SF, "queryAll", do)
    with pytest.raises(Unavailable) as reading:
        everything(gateway)
    assert not reading.value.sent
    world.fault(SF, "composite", do)
    with pytest.raises(Unavailable) as writing:
        gateway.send(update(gateway, record.ref.id))
    assert writing.value.sent
    assert not isinstance(writing.value, Denied)


def test_a_spent_quota_is_waited_for_and_nothing_was_written(world: Wired) -> None:
    world.reset("synced", 1)
    gateway = world.salesforce()
    batch = update(gateway, everything(gateway)[0].ref.id)
    world.running(SF).twin.settings({"day_limit": 1})
    with pytest.raises(Unavailable) as caught:
        gateway.send(batch)
    assert not isinstance(caught.value, Denied)
    assert not caught.value.sent
    assert caught.value.wait_seconds == 3600


def test_what_is_left_of_the_day_is_known_after_every_answer(world: Wired) -> None:
    world.running(SF).twin.settings({"day_limit": 500})
    gateway = world.salesforce()
    everything(gateway)
    assert gateway.meter.remaining_day == 499


def test_an_edition_without_an_api_is_told_in_plain_words(world: Wired) -> None:
    world.running(SF).twin.settings({"api_enabled": False})
    with pytest.raises(Denied) as caught:
        world.salesforce().identify()
    assert "edition" in caught.value.remedy


def test_a_field_hidden_from_us_is_named(world: Wired) -> None:
    world.running(SF).twin.settings({"hidden_fields": ["Tax_Number__c"]})
    gateway = world.salesforce()
    with pytest.raises(Denied, match="Tax_Number__c"):
        everything(gateway)
    (sentence,) = gateway.missing_fields("customer")
    assert "Tax_Number__c" in sentence


def test_a_row_lost_to_view_between_write_and_reading_back_leaves_the_write_in_doubt(world: Wired) -> None:
    """The write has landed; the columns it is read back by were hidden meanwhile."""
    world.reset("synced", 1)
    gateway = world.salesforce()
    batch = update(gateway, everything(gateway)[0].ref.id)
    world.running(SF).twin.settings({"hidden_fields": ["Fax"]})
    with pytest.raises(Unavailable) as caught:
        gateway.send(batch)
    assert caught.value.sent
    world.running(SF).twin.settings({"hidden_fields": []})
    assert everything(gateway)[0].fields["phone"] == "+64 9 555 0100"


def test_money_is_never_a_float(world: Wired) -> None:
    gateway = world.salesforce()
    world.fault(SF, "query", {"status": 200, "body": {"done": True, "records": [{"Amount": 0.1}]}})
    (row,) = gateway._client.query("SELECT Amount FROM Opportunity")["records"]
    assert row["Amount"] == Decimal("0.1")
