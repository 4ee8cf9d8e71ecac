"""Whom Concord will talk to, decided before a socket is opened."""

from __future__ import annotations

import pytest

from reconciler.adapters.origin import salesforce_origin, same_origin, xero_places
from reconciler.errors import Usage


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://acme.my.salesforce.com", "https://acme.my.salesforce.com"),
        ("https://ACME.My.Salesforce.com/", "https://acme.my.salesforce.com"),
        (" acme.my.salesforce.com ", "https://acme.my.salesforce.com"),
        ("https://acme.my.salesforce.com:443", "https://acme.my.salesforce.com"),
        ("https://acme--uat.sandbox.my.salesforce.com", "https://acme--uat.sandbox.my.salesforce.com"),
        ("https://acme-dev-ed.develop.my.salesforce.com", "https://acme-dev-ed.develop.my.salesforce.com"),
        ("http://127.0.0.1:8101", "http://127.0.0.1:8101"),
        ("http://localhost:8101/", "http://localhost:8101"),
        ("http://[::1]:8101", "http://[::1]:8101"),
    ],
)
def test_an_organisations_own_address_and_this_machine_are_talked_to(typed: str, origin: str) -> None:
    assert salesforce_origin(typed) == origin


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "http://acme.my.salesforce.com",
        "https://acme.my.salesforce.com:8443",
        "https://acme.lightning.force.com",
        "https://login.salesforce.com",
        "https://acme.my.salesforce.com.evil.example",
        "https://evil.example/acme.my.salesforce.com",
        "https://acme.my.salesforce.com@evil.example",
        "https://evil.example#.my.salesforce.com",
        "https://evil.example?.my.salesforce.com",
        "https://acme.my.salesforce.com/services/oauth2/token",
        "https://аcme.my.salesforce.com",  # noqa: RUF001 - a Cyrillic letter, which is the point
        "https://169.254.169.254",
        "http://10.0.0.5:8101",
        "http://127.0.0.1.evil.example",
        "http://0.0.0.0:80",
        "http://127.0.0.1:99999",
        "file:///etc/passwd",
        "ftp://127.0.0.1",
        "https://.my.salesforce.com",
        "https://a.b.my.salesforce.com",
        "https://acme.my.salesforce.com\n.evil.example",
    ],
)
def test_every_other_address_is_refused_for_salesforce(typed: str) -> None:
    with pytest.raises(Usage) as caught:
        salesforce_origin(typed)
    assert caught.value.remedy


def test_xeros_own_hosts_are_fixed() -> None:
    places = xero_places("https://api.xero.com/")
    assert (places.api, places.identity) == ("https://api.xero.com", "https://identity.xero.com")
    assert xero_places("http://127.0.0.1:8102").identity == "http://127.0.0.1:8102"


@pytest.mark.parametrize(
    "typed",
    ["https://api.xero.com.evil.example", "http://api.xero.com", "https://identity.xero.com", "http://10.1.1.1"],
)
def test_every_other_address_is_refused_for_xero(typed: str) -> None:
    with pytest.raises(Usage):
        xero_places(typed)


def test_names_of_this_machine_are_one_place_and_other_ports_are_others() -> None:
    assert same_origin("http://localhost:81", "http://127.0.0.1:81/")
    assert same_origin("https://acme.my.salesforce.com:443/services", "https://ACME.my.salesforce.com")
    assert not same_origin("http://127.0.0.1:81", "http://127.0.0.1:82")
    assert not same_origin("http://acme.my.salesforce.com", "https://acme.my.salesforce.com")
