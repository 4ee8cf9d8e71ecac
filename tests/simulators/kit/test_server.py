"""The server: kept connections, the twin's own date, and what stopping it means."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import urlsplit

import pytest
import requests

from reconciler.simulators.kit import PortTaken, Server
from tests.simulators.kit.toy import Counter, counter_app


@pytest.fixture
def served() -> Iterator[tuple[Server, Counter]]:
    app, twin, _ = counter_app()
    with Server(app, clock=twin.clock) as server:
        yield server, twin


def connect(server: Server) -> closing[http.client.HTTPConnection]:
    return closing(http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30))


def test_an_old_caller_reads_until_the_connection_ends(served: tuple[Server, Counter]) -> None:
    server, twin = served
    twin.count = 2
    with socket.create_connection(("127.0.0.1", int(server.url.rsplit(":", 1)[1])), timeout=5) as wire:
        wire.sendall(b"GET /_sim/state?type=Count HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        said = b"".join(iter(lambda: wire.recv(4096), b""))
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"chunked" not in head
    assert json.loads(body) == {"Count": [{"n": 0}, {"n": 1}]}


def test_a_connection_is_kept_over_many_calls(served: tuple[Server, Counter]) -> None:
    with connect(served[0]) as connection:
        connection.connect()
        kept = connection.sock
        for method, path, status in (("POST", "/things", 201), ("DELETE", "/things", 204), ("GET", "/things/3", 200)):
            connection.request(method, path, body=b"12" if method == "POST" else None)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status
            assert connection.sock is kept


def test_a_body_sent_in_chunks_is_read_whole(served: tuple[Server, Counter]) -> None:
    with connect(served[0]) as connection:
        connection.request("POST", "/things", body=iter([b"ab", b"cd"]), encode_chunked=True)
        assert b'"abcd"' in connection.getresponse().read()
        connection.request("GET", "/things/1")
        assert connection.getresponse().read()


def test_the_date_header_follows_the_twins_clock(served: tuple[Server, Counter]) -> None:
    server, twin = served
    twin.clock.set(offset_seconds=3600)
    answer = requests.get(server.url + "/things/1", timeout=30)
    assert answer.headers["Date"] == "Mon, 04 May 2026 13:00:00 GMT"
    assert answer.headers["Content-Length"]


def test_a_stopped_server_leaves_no_connection_answering() -> None:
    app, twin, _ = counter_app()
    server = Server(app, clock=twin.clock).start()
    session = requests.Session()
    session.get(server.url + "/things/1", timeout=30)
    server.stop()
    with pytest.raises(requests.ConnectionError):
        session.get(server.url + "/things/1", timeout=30)


def test_a_taken_port_is_named_with_the_remedy() -> None:
    app, twin, _ = counter_app()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} .* choose another port"):
            Server(app, clock=twin.clock, port=port)
