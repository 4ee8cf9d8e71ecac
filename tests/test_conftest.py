"""The ground under the tests: a test that tries to leave the machine is stopped."""

from __future__ import annotations

import socket

import pytest


def test_a_test_cannot_reach_another_machine() -> None:
    with pytest.raises(ConnectionRefusedError, match="stay on this machine"):
        socket.create_connection(("192.0.2.1", 80))


def test_a_test_cannot_look_up_a_name() -> None:
    with pytest.raises(ConnectionRefusedError, match="stay on this machine"):
        socket.getaddrinfo("login.salesforce.com", 443)


def test_a_test_may_talk_to_a_service_of_its_own() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()
