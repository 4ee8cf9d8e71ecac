"""What xero_python would do by itself and must not do here: one trap, one test."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs

import pytest

from reconciler import settings
from reconciler.adapters import xero
from reconciler.adapters.xero import client as xero_client
from reconciler.adapters.xero.bodies import idempotency_key
from reconciler.adapters.xero.gateway import _header_time
from reconciler.core.model import Side, Status
from reconciler.errors import Denied, Unavailable, Usage
from reconciler.ports import Refused, Write
from tests.adapters.clocks import NOON, SteppedClock
from tests.adapters.wired import KEYS, RULES, Heard, Wired

XERO = Side.XERO
EXPIRED = {"Type": None, "Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired at 01/01/2001"}


def everything(gateway: Any, since: datetime | None = None) -> list[Any]:
    return [record for page in gateway.changes("customer", since) for record in page.records]


def new(name: str = "Kauri Timber", **fields: Any) -> Write:
    return Write("", {"name": name, **fields}, partner="001000000000001AAA", key="k")


def heard(world: Wired, method: str = "", path: str = "Contacts") -> list[Heard]:
    return [one for one in world.wires[XERO].heard if path in one.path and method in {"", one.method}]


@pytest.fixture
def mute() -> Iterator[str]:
    """A server that takes every connection and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


# hidden retries and time-outs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", ["minute", "day", "concurrent", "appminute", "app-minute", "something new", ""])
def test_retry_after_is_neither_slept_on_nor_repeated(world: Wired, problem: str) -> None:
    gateway = world.xero()
    everything(gateway)
    headers = {"Retry-After": "66975", "X-Rate-Limit-Problem": problem}
    world.fault(XERO, "Contacts", {"status": 429, "headers": headers}, times=4)
    for ask in (lambda: everything(gateway), lambda: gateway.send(gateway.prepare("customer", "create", [new()]))):
        before = len(heard(world))
        with pytest.raises(Unavailable) as caught:
            ask()
        assert len(heard(world)) == before + 1
        assert caught.value.wait_seconds == 66975
        assert not caught.value.sent
    assert world.clock.slept == []


def test_a_limit_without_a_time_to_wait_is_still_waited_for(world: Wired) -> None:
    gateway = world.xero()
    world.fault(XERO, "Contacts", {"status": 429, "headers": {"X-Rate-Limit-Problem": "concurrent"}})
    with pytest.raises(Unavailable) as caught:
        everything(gateway)
    assert caught.value.wait_seconds == 5


def test_a_create_whose_answer_was_lost_is_not_sent_again_behind_our_back(world: Wired) -> None:
    gateway = world.xero()
    everything(gateway)
    world.fault(XERO, "Contacts", "drop_after", method="PUT", times=3)
    with pytest.raises(Unavailable) as caught:
        gateway.send(gateway.prepare("customer", "create", [new()]))
    assert caught.value.sent
    assert len(heard(world, "PUT")) == 1


def test_a_silent_side_is_given_up_after_the_time_out(mute: str) -> None:
    short = settings.load({"CONCORD_READ_TIMEOUT": "0.05", "CONCORD_CONNECT_TIMEOUT": "0.05"})
    with pytest.raises(Unavailable):
        everything(xero.gateway(mute, KEYS, RULES, short, SteppedClock(), organisation_id="x"))


def test_a_create_that_takes_too_long_is_given_up_in_doubt_and_sent_once(world: Wired) -> None:
    short = settings.load({"CONCORD_READ_TIMEOUT": "0.5"})
    gateway = xero.gateway(world.pair.xero.url, KEYS, RULES, short, world.clock)
    world.fault(XERO, "Contacts", {"delay_after": 1500}, method="PUT")
    with pytest.raises(Unavailable) as caught:
        gateway.send(gateway.prepare("customer", "create", [new()]))
    assert caught.value.sent
    assert len(heard(world, "PUT")) == 1


def test_a_redirect_is_not_followed_with_the_token_in_hand(world: Wired) -> None:
    gateway = world.xero()
    elsewhere = {"status": 302, "headers": {"Location": f"{world.pair.salesforce.url}/stolen"}, "body": ""}
    world.fault(XERO, "Contacts", elsewhere)
    with pytest.raises(Unavailable):
        everything(gateway)
    assert world.wires[Side.SALESFORCE].heard == []


def test_a_proxy_of_the_environment_is_used_for_xero_and_not_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/bundle.pem")
    assert xero_client._surroundings("https://api.xero.com") == ("http://proxy.example:3128", "/etc/bundle.pem")
    assert xero_client._surroundings("http://127.0.0.1:8102") == (None, None)


# tokens and configuration ---------------------------------------------------------------------------------------------


def test_two_clients_in_one_process_keep_their_own_tokens(world: Wired) -> None:
    one, other = world.xero(), world.xero()
    for gateway in (one, other, one):
        everything(gateway)
    first, second, third = (call.headers["Authorization"] for call in heard(world))
    assert first == third != second


def test_an_expired_token_is_renewed_once_and_the_request_repeated_as_it_was(world: Wired) -> None:
    gateway = world.xero()
    everything(gateway)
    batch = gateway.prepare("customer", "create", [new()])
    world.fault(XERO, "Contacts", {"status": 401, "body": EXPIRED}, method="PUT")
    gateway.send(batch)
    first, second = heard(world, "PUT")
    assert first.body == second.body == batch.body
    assert first.headers.pop("Authorization") != second.headers.pop("Authorization")
    assert first.headers == second.headers


def test_half_an_hour_later_nobody_notices_the_new_token(world: Wired) -> None:
    gateway = world.xero()
    everything(gateway)
    world.clock.advance(1801)
    assert everything(gateway) == []


@pytest.mark.parametrize("spelling", ["insufficent_scope", "insufficient_scope"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_missing_scope_is_told_and_no_token_is_renewed_for_it(world: Wired, spelling: str, status: int) -> None:
    gateway = world.xero()
    world.fault(XERO, "Contacts", {"status": status, "headers": {"WWW-Authenticate": spelling}}, times=9)
    with pytest.raises(Denied, match="scope"):
        everything(gateway)
    assert len(heard(world)) == 1


def test_a_disconnected_organisation_needs_a_person(world: Wired) -> None:
    gateway = world.xero()
    everything(gateway)
    world.running(XERO).twin.settings({"connected": False})
    with pytest.raises(Denied, match="disconnected"):
        everything(gateway)


# what is asked --------------------------------------------------------------------------------------------------------


def test_a_list_is_asked_for_in_the_one_form_that_leaves_nothing_out(world: Wired) -> None:
    auckland = timezone(timedelta(hours=13))
    everything(world.xero(), datetime(2026, 3, 3, 1, 0, 0, 987654, tzinfo=auckland))
    (call,) = heard(world)
    assert parse_qs(call.query) == {
        "page": ["1"],
        "pageSize": ["1000"],
        "order": ["ContactID"],
        "includeArchived": ["True"],
    }
    assert call.headers["If-Modified-Since"] == "2026-03-02T12:00:00"


def test_every_page_is_read(world: Wired) -> None:
    world.reset("synced", 1_200)
    gateway = world.xero()
    pages = list(gateway.changes("customer", None))
    ids = [record.ref.id for page in pages for record in page.records]
    assert [len(page.records) for page in pages] == [1_000, 200]
    assert ids == sorted(set(ids))
    assert gateway.meter.calls == 2


def test_ids_are_asked_for_in_addresses_that_are_short_enough(world: Wired) -> None:
    world.reset("synced", 90)
    gateway = world.xero()
    ids = [record.ref.id for record in everything(gateway)]
    before = world.calls(XERO)
    assert {record.ref.id for record in gateway.read("customer", ids).records} == set(ids)
    assert world.calls(XERO) - before == 3


def test_a_word_the_sdk_does_not_know_costs_no_page(world: Wired) -> None:
    odd = {
        "ContactID": "6d0f9a54-3c1f-4a52-9c53-000000000001",
        "ContactStatus": "GDPRREQUEST",
        "Name": "N" * 300,
        "TaxNumberType": "TAXNUMBERTYPE/SSN",
        "Discount": "",
        "Addresses": [{"AddressType": "MOON"}],
        "PaymentTerms": {"Sales": {"Type": "WHENEVER"}},
        "DefaultCurrency": None,
        "UpdatedDateUTC": "/Date(1772452800000+0000)/",
    }
    body = {"pagination": {"page": 1, "pageSize": 1000, "pageCount": 1, "itemCount": 1}, "Contacts": [odd]}
    gateway = world.xero()
    world.fault(XERO, "Contacts", {"status": 200, "body": body})
    (record,) = everything(gateway)
    assert record.fields["name"] == "N" * 300
    assert record.status is Status.ARCHIVED
    assert record.changed_at == NOON


def test_errors_are_never_summarised_and_every_write_has_a_key_of_its_organisation(world: Wired) -> None:
    gateway = world.xero()
    batch = gateway.prepare("customer", "create", [new()])
    gateway.send(batch)
    (call,) = heard(world, "PUT")
    assert parse_qs(call.query) == {"summarizeErrors": ["False"]}
    key = call.headers["Idempotency-Key"]
    assert 0 < len(key) <= 128
    assert key == idempotency_key(gateway.tenant, batch.key) != idempotency_key("another organisation", batch.key)
    other = gateway.prepare("customer", "create", [Write("", {"name": "K"}, partner="001000000000002AAA", key="k2")])
    assert other.key != batch.key


def test_writes_without_names_of_their_own_have_no_key_that_could_repeat(world: Wired) -> None:
    """A key made of the values would have Xero answer the second of two like edits from its memory of the first."""
    gateway = world.xero()
    made = world.edit(XERO, "create", fields={"Name": "Kauri Timber"})
    gateway.send(gateway.prepare("customer", "update", [Write(made, {"phone": "1"})]))
    (call,) = heard(world, "POST")
    assert "Idempotency-Key" not in call.headers


def test_a_namesake_is_never_overwritten_by_a_create(world: Wired) -> None:
    made = world.edit(XERO, "create", fields={"Name": "Kauri Timber", "EmailAddress": "theirs@kauri.example"})
    gateway = world.xero()
    (outcome,) = gateway.send(
        gateway.prepare("customer", "create", [new("kauri timber", email="ours@x.example")])
    ).outcomes
    assert isinstance(outcome, Refused)
    assert (outcome.refusal.code, outcome.refusal.field) == ("duplicate_name", "name")
    assert gateway.read("customer", [made]).records[0].fields["email"] == "theirs@kauri.example"


def test_a_quotation_mark_cannot_break_out_of_the_filter(world: Wired) -> None:
    world.reset("synced", 3)
    assert list(world.xero().find_partner("customer", '" OR Name != "')) == []


# answers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "do",
    [
        "html",
        "truncate",
        {"status": 200, "body": '{"Contacts": ['},
        {"status": 200, "body": {}},
        {"status": 200, "body": []},
        {"status": 200, "body": {"Contacts": None}},
        {"status": 500, "body": "oops"},
        {"status": 503, "body": "The Xero API is currently offline for maintenance"},
        {"status": 503, "body": "The Organisation is offline"},
    ],
)
def test_an_answer_that_is_no_data_is_unavailable_and_leaves_a_write_in_doubt(world: Wired, do: Any) -> None:
    gateway = world.xero()
    everything(gateway)
    world.fault(XERO, "Contacts", do, method="GET")
    with pytest.raises(Unavailable) as reading:
        everything(gateway)
    assert not reading.value.sent
    world.fault(XERO, "Contacts", do, method="PUT")
    with pytest.raises(Unavailable) as writing:
        gateway.send(gateway.prepare("customer", "create", [new()]))
    assert writing.value.sent
    assert not isinstance(writing.value, Denied)


def test_a_slow_filter_is_told_as_a_fault_of_ours_and_not_of_a_record(world: Wired) -> None:
    body = {"Type": "HighVolumeException", "ErrorNumber": 51, "Message": "too many documents"}
    world.fault(XERO, "Contacts", {"status": 400, "body": body})
    with pytest.raises(Denied, match="HighVolumeException"):
        everything(world.xero())


def test_several_organisations_behind_one_token_are_named(world: Wired) -> None:
    two = [{"tenantId": f"id-{n}", "tenantType": "ORGANISATION", "tenantName": f"Firm {n}"} for n in (1, 2)]
    world.fault(XERO, "(?i)connections", {"status": 200, "body": two}, times=2)
    with pytest.raises(Usage) as caught:
        everything(world.xero())
    assert caught.value.problems == ("Firm 1: id-1", "Firm 2: id-2")
    with pytest.raises(Denied, match="Another organisation"):
        world.xero(organisation_id="id-3").identify()


def test_the_connections_of_a_configured_organisation_are_looked_at_once_a_token(world: Wired) -> None:
    tenant = world.xero().identify().organisation_id
    world.wires[XERO].heard.clear()
    gateway = world.xero(organisation_id=tenant)
    everything(gateway)
    everything(gateway)
    assert [heard.path for heard in world.wires[XERO].heard] == ["/connections", *["/api.xro/2.0/Contacts"] * 2]


def test_what_is_left_of_minute_and_day_is_known_after_every_answer(world: Wired) -> None:
    gateway = world.xero()
    everything(gateway)
    assert (gateway.meter.remaining_minute, gateway.meter.remaining_day) == (59, 4999)


def test_a_busy_minute_is_paced_and_never_refused(world: Wired) -> None:
    gateway = world.xero()
    for _ in range(130):
        everything(gateway)
    statuses = {call["status"] for call in world.running(XERO).rig.calls.summary()["calls"]}
    assert statuses == {200}
    assert sum(world.clock.slept) >= 60


def test_a_demo_company_is_known_as_one(world: Wired) -> None:
    world.running(XERO).twin.settings({"environment": "demo"})
    identity = world.xero().identify()
    assert identity.environment == "demo"
    assert identity.facts["short_code"]


def test_the_time_is_told_without_a_zone_that_xero_would_misread() -> None:
    assert _header_time(datetime(2026, 3, 2, 12, 0, 0, 999999, tzinfo=UTC)).isoformat() == "2026-03-02T12:00:00"
