"""What the fuzz of both twins once found, kept: each was a breakdown and is a refusal now."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from reconciler.simulators import salesforce, xero
from reconciler.simulators.kit import Clock, Server
from tests.simulators.salesforce.api import NOON


@pytest.fixture(scope="module")
def listening() -> Iterator[int]:
    app, twin = xero.create_app(clock=Clock(source=lambda: NOON))
    with Server(app, clock=twin.clock) as server:
        yield int(server.url.rsplit(":", 1)[1])


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /connect/token HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"POST /connect/token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /connect/token HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /connect/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /connect/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabcd",
        b"POST /connect/token HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
    ],
)
def test_a_body_that_is_not_what_its_headers_say_is_a_400(listening: int, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", listening), timeout=30) as wire:
        wire.sendall(sent)
        wire.shutdown(socket.SHUT_WR)
        assert wire.recv(100).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize("module", [salesforce, xero])
@pytest.mark.parametrize("host", [".", "a b", "[::", "x:y"])
def test_a_host_that_is_no_name_is_a_400(module: object, host: str) -> None:
    app, _ = module.create_app(clock=Clock(source=lambda: NOON))  # type: ignore[attr-defined]
    client = app.test_client()
    for path in ("/", "/services/data", "/connections", "/_sim/health"):
        assert client.get(path, headers={"Host": host}).status_code in (400, 401, 404, 200)


@pytest.mark.parametrize("module", [salesforce, xero])
def test_what_is_nested_without_end_is_a_400(module: object) -> None:
    app, _ = module.create_app(clock=Clock(source=lambda: NOON))  # type: ignore[attr-defined]
    client = app.test_client()
    name = "salesforce" if module is salesforce else "xero"
    form = {"grant_type": "client_credentials", "client_id": "concord", "client_secret": "concord"}
    token = client.post("/services/oauth2/token" if name == "salesforce" else "/connect/token", data=form).get_json()
    headers = {"Authorization": f"Bearer {token['access_token']}", "Content-Type": "application/json"}
    deep = b'{"a":' * 20_000
    queries = ["SELECT Id FROM Account WHERE " + "(" * 5000, "SELECT " + "(SELECT Id, " * 1000]
    for query in queries if name == "salesforce" else ():
        assert client.get("/services/data/v66.0/query", query_string={"q": query}, headers=headers).status_code == 400
    api = "/services/data/v66.0/composite" if name == "salesforce" else "/api.xro/2.0/Contacts"
    for path in ("/_sim/settings", "/_sim/faults", "/_sim/edit", api):
        assert client.post(path, data=deep, headers=headers).status_code == 400
