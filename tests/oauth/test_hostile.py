"""What people, vendors' answers and browsers may say, and where Concord nevertheless never goes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from reconciler.adapters import consent
from reconciler.adapters.origin import same_origin
from reconciler.core.model import Side
from reconciler.errors import Usage
from tests.oauth.conftest import World

S, X = Side.SALESFORCE, Side.XERO
_listening: list[list[str]] = []


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo"}:
        for list_ in _listening:
            list_.append(f"{event} {arguments}")


sys.addaudithook(_heard)


@contextmanager
def sockets() -> Iterator[list[str]]:
    """Every connection and look-up that is tried meanwhile."""
    heard: list[str] = []
    _listening.append(heard)
    try:
        yield heard
    finally:
        _listening.remove(heard)


ADDRESSES = [
    "",
    "https://",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "gopher://localhost:70/",
    "//evil.example",
    "https://evil.example",
    "http://169.254.169.254/latest/meta-data",
    "http://169.254.169.254",
    "http://10.0.0.1",
    "http://0.0.0.0:8080",
    "http://2130706433",
    "http://[::ffff:169.254.169.254]",
    "http://[::1",
    "http://localhost.evil.example",
    "http://localhost@evil.example",
    "http://localhost#@evil.example",
    "http://localhost\\@evil.example",
    "http://localhost:99999",
    "http://localhost/services",
    "ftp://localhost",
    "http://acme.my.salesforce.com",
    "https://acme.my.salesforce.com:8443",
    "https://acme.my.salesforce.com.evil.example",
    "https://acme.my.salesforce.com@evil.example",
    "https://evil.example/acme.my.salesforce.com",
    "https://evil.example?acme.my.salesforce.com",
    "https://a.b.c.my.salesforce.com",
    "https://my.salesforce.com",
    "https://acme.my.salesforce.com\r\nHost: evil.example",
    "http://api.xero.com",
    "https://api.xero.com.evil.example",
    "https://api.xero.com:8443",
    "https://apı.xero.com",  # noqa: RUF001 - a dotless i
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("side", [S, X])
def test_an_address_that_is_not_the_vendors_is_refused_without_a_socket(side: Side, address: str) -> None:
    with sockets() as heard, pytest.raises(Usage):
        consent.address(side, address, "id", redirect="http://localhost/x", state="s", verifier="v" * 43)
    assert heard == []


INSTANCES = [
    "https://evil.example",
    "https://acme.my.salesforce.com",
    "http://127.0.0.1:1",
    "http://localhost:80",
    "https://127.0.0.1:{port}",
    "http://127.0.0.1:{port}@evil.example",
    "http://127.0.0.1:{port}\\@evil.example",
    "http://evil.example:{port}",
    "http://[::1",
    "//127.0.0.1:{port}",
    "file://127.0.0.1:{port}",
    "javascript:alert(1)",
    " ",
    ["http://127.0.0.1:{port}"],
    {"url": "http://127.0.0.1:{port}"},
    7,
]


def test_a_token_answer_that_leads_elsewhere_is_refused_and_nobody_is_called_there(world: World) -> None:
    port = world.url(S).rpartition(":")[2]
    browser = world.browser()
    page = f"{world.set_up(browser)}/sides/salesforce"
    browser.post(page, data={"url": world.url(S), "client_id": "concord", "client_secret": "concord"})
    for instance in INSTANCES:
        told = instance.replace("{port}", port) if isinstance(instance, str) else instance
        back = world.decided(browser.get(f"{page}/consent").headers["Location"])
        body = {"access_token": "t", "refresh_token": "r", "token_type": "Bearer", "instance_url": told}
        match = {"path": "oauth2/token", "nth": 1}
        world.pair.salesforce.rig.faults.post([{"match": match, "do": {"status": 200, "body": body}}])
        with sockets() as heard:
            answer = browser.get(back)
        assert answer.status_code == 422, told
        assert "leads to another address" in answer.text, told
        assert [one for one in heard if port not in one] == [], told


def test_names_of_this_machine_are_one_place_and_nothing_else_is() -> None:
    assert same_origin("http://127.0.0.1:81", "http://localhost:81/")
    assert not same_origin("http://127.0.0.1:81", "http://localhost:82")


CODES = ["", "a b", "a\r\nX: y", "a\x00b", "é", "a" * 3_000, "<script>", "{}", "a'b", 'a"b', "a;b"]


def test_a_code_no_vendor_would_give_is_refused_without_a_socket(world: World) -> None:
    browser = world.browser()
    page = f"{world.set_up(browser)}/sides/xero"
    browser.post(page, data={"url": world.url(X), "client_id": "concord", "client_secret": "concord"})
    for code in CODES:
        state = browser.get(f"{page}/consent").headers["Location"].partition("state=")[2].partition("&")[0]
        with sockets() as heard:
            answer = browser.get("/oauth/xero/callback", query_string={"state": state, "code": code})
        assert answer.status_code == 422, code
        assert heard == [], code


STATES = ["", "x", "A" * 43, "A" * 9_000, "../../etc", "' OR '1'='1", "\x00" * 43, "é" * 43]


def test_a_state_that_is_not_ours_is_refused_without_a_socket(world: World) -> None:
    browser = world.browser()
    for state in STATES:
        with sockets() as heard:
            answer = browser.get("/oauth/salesforce/callback", query_string={"state": state, "code": "abc"})
        assert answer.status_code == 422, state
        assert heard == [], state


def test_the_way_back_leads_nowhere_but_home(world: World) -> None:
    browser = world.browser()
    page = f"{world.set_up(browser)}/sides/xero"
    browser.post(page, data={"url": world.url(X), "client_id": "concord", "client_secret": "concord"})
    hostile = "&".join(f"{name}=https://evil.example" for name in ("next", "redirect", "redirect_uri", "return_to"))
    address = browser.get(f"{page}/consent?{hostile}").headers["Location"]
    assert "evil.example" not in address
    answer = browser.get(f"{world.decided(address)}&{hostile}")
    assert answer.headers["Location"].startswith("/connections/drafts/")


def test_a_redirect_at_the_token_endpoint_is_not_followed(world: World) -> None:
    browser = world.browser()
    page = f"{world.set_up(browser)}/sides/xero"
    browser.post(page, data={"url": world.url(X), "client_id": "concord", "client_secret": "concord"})
    back = world.decided(browser.get(f"{page}/consent").headers["Location"])
    do = {"status": 302, "headers": {"Location": "http://169.254.169.254/"}}
    world.pair.xero.rig.faults.post([{"match": {"path": "token", "nth": 1}, "do": do}])
    with sockets() as heard:
        answer = browser.get(back)
    assert answer.status_code == 422
    assert not [one for one in heard if "169.254" in one]


def test_a_state_that_is_used_or_of_another_browser_or_vendor_is_refused_without_a_socket(world: World) -> None:
    browser = world.browser()
    page = f"{world.set_up(browser)}/sides/xero"
    browser.post(page, data={"url": world.url(X), "client_id": "concord", "client_secret": "concord"})
    for way, who in (("xero", world.app.test_client()), ("salesforce", browser)):
        back = world.decided(browser.get(f"{page}/consent").headers["Location"]).replace("/xero/", f"/{way}/")
        for _ in range(2):
            with sockets() as heard:
                assert who.get(back).status_code == 422
            assert heard == []
    back = world.decided(browser.get(f"{page}/consent").headers["Location"])
    assert browser.get(back).status_code == 303
    with sockets() as heard:
        assert browser.get(back).status_code == 422
    assert heard == []


def test_what_a_way_back_says_of_an_error_is_not_repeated_and_opens_no_socket(world: World) -> None:
    browser = world.browser()
    page = f"{world.set_up(browser)}/sides/xero"
    browser.post(page, data={"url": world.url(X), "client_id": "concord", "client_secret": "concord"})
    for error in ("<script>alert(1)</script>", "https://evil.example", "x" * 9_000, "access_denied\r\nLocation: x"):
        state = browser.get(f"{page}/consent").headers["Location"].partition("state=")[2].partition("&")[0]
        with sockets() as heard:
            answer = browser.get("/oauth/xero/callback", query_string={"state": state, "error": error, "code": "abc"})
        assert (answer.status_code, heard) == (422, [])
        assert error[:20] not in answer.text
        assert "did not let the app in" in answer.text
