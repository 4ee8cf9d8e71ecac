"""From a record's page into the screens of its own system."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.elsewhere import address
from reconciler.queries.connections import SideView
from tests.portal.world import salesforce_id


@pytest.mark.parametrize(
    ("side", "url", "found"),
    [
        ("salesforce", "https://acme.my.salesforce.com", "https://acme.my.salesforce.com/001A"),
        ("xero", "https://api.xero.com", "https://go.xero.com/Contacts/View/001A"),
        ("salesforce", "http://127.0.0.1:8001/", "http://127.0.0.1:8001/window/account/001A"),
        ("xero", "http://localhost:8002", "http://localhost:8002/window/contact/001A"),
    ],
)
def test_each_system_shows_its_record_at_its_own_address(side: str, url: str, found: str) -> None:
    assert address(shown(side, url), "001A") == found


def test_a_link_into_xero_opens_the_organisation_that_is_connected() -> None:
    """Else a bookkeeper of several opens whichever was open last, which has no such contact."""
    found = address(shown("xero", "https://api.xero.com", "!Qj35V"), "001A")
    assert (
        found == "https://go.xero.com/organisationlogin/default.aspx?shortcode=!Qj35V&redirecturl=/Contacts/View/001A"
    )
    assert address(shown("xero", "http://localhost:8002", "!Qj35V"), "1") == "http://localhost:8002/window/contact/1"


def test_a_record_opens_in_both_systems(vera: FlaskClient) -> None:
    text = vera.get(f"/c/1/records/salesforce/{salesforce_id(1)}").text
    assert "Open in Salesforce" in text
    assert "Open in Xero" in text


def shown(side: str, url: str, short_code: str = "") -> SideView:
    """A side of which nothing else is asked here."""
    nothing: dict[str, Any] = dict.fromkeys(SideView.__slots__)
    return SideView(**nothing | {"side": side, "url": url, "short_code": short_code})
