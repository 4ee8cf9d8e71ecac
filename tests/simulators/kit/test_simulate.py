"""Both twins started together: the same story, kept over a restart, and the command line's foreground service."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from reconciler.simulators.kit import PortTaken
from reconciler.simulators.simulate import Pair, ready

SERVE = """
from reconciler.simulators.simulate import serve
serve(salesforce_port=0, xero_port=0, scenario="empty", records=0, seed=1)
"""


def test_both_twins_tell_the_same_story() -> None:
    with Pair(scenario="synced", records=5, seed=2) as pair:
        accounts = {row["Xero_Contact_Id__c"]: row["Id"] for row in pair.salesforce.twin.state("Account")}
        contacts = {row["ContactID"]: row["ContactNumber"] for row in pair.xero.twin.state("Contact")}
        assert accounts == contacts
        assert len(accounts) == 5
        assert set(ready(pair)) == {"salesforce", "xero", "client_id", "client_secret"}


def test_each_twin_has_a_clock_of_its_own() -> None:
    with Pair(scenario="empty") as pair:
        requests.post(pair.xero.url + "/_sim/clock", json={"now": "2030-01-01T00:00:00Z"}, timeout=30)
        assert requests.get(pair.xero.url + "/_sim/health", timeout=30).headers["Date"].endswith("2030 00:00:00 GMT")
        assert "2030" not in requests.get(pair.salesforce.url + "/_sim/health", timeout=30).headers["Date"]


def test_a_stored_state_holds_over_the_scenario_named(tmp_path: Path) -> None:
    with Pair(scenario="synced", records=3, state=tmp_path) as pair:
        key = pair.salesforce.twin.edit({"do": "create", "fields": {"Name": "Made by hand"}})["id"]
        told = list(pair.xero.twin.state("Contact"))
    with Pair(scenario="empty", records=0, state=tmp_path) as pair:
        assert key in {row["Id"] for row in pair.salesforce.twin.state("Account")}
        assert list(pair.xero.twin.state("Contact")) == told
        assert pair.salesforce.twin.about()["scenario"] == "synced"


def test_a_folder_that_cannot_be_is_found_out_before_the_story_begins(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="Not a directory"), Pair("empty", state=tmp_path / "file" / "state"):
        pass


def test_a_taken_port_stops_the_first_twin_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
        free.close()
        with pytest.raises(PortTaken), Pair(salesforce_port=port, xero_port=taken.getsockname()[1]):
            pytest.fail("must not start")
        with pytest.raises(requests.ConnectionError):
            requests.get(f"http://127.0.0.1:{port}/_sim/health", timeout=30)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_service_prints_one_line_and_ends_cleanly_when_told(how: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVE], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert requests.get(told["salesforce"] + "/_sim/health", timeout=30).json()["status"] == "ok"
        assert requests.get(told["xero"] + "/_sim/health", timeout=30).json()["status"] == "ok"
        process.send_signal(how)
        assert process.wait(timeout=30) == 0
        assert process.stdout.read() == ""
