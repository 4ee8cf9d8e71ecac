"""The command line in this process, against both simulators over real HTTP, on a database of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from reconciler.__main__ import main
from reconciler.simulators.simulate import Pair


@dataclass(slots=True)
class Concord:
    """`python -m reconciler`, as a script would use it; `out` and `err` are what the last command printed."""

    capsys: pytest.CaptureFixture[str]
    salesforce: str
    xero: str
    out: str = field(default="", init=False)
    err: str = field(default="", init=False)

    def __call__(self, *words: str) -> int:
        """Run a command; returns its exit code."""
        self.capsys.readouterr()
        try:
            code = main(list(words))
        except SystemExit as stop:
            code = int(stop.code or 0)
        self.out, self.err = self.capsys.readouterr()
        return code

    def json(self, *words: str) -> Any:
        """Run a command with --json and read the one document it prints."""
        self(*words, "--json")
        return json.loads(self.out)

    def connect(self, *words: str, name: str = "acme") -> int:
        """Connect the two simulators."""
        return self("connect", "--name", name, "--salesforce-url", self.salesforce, "--xero-url", self.xero, *words)

    def run(self, *words: str) -> dict[str, Any]:
        """Run the connection."""
        report: dict[str, Any] = self.json("run", "--connection", "acme", *words)
        return report

    def reset(self, scenario: str, records: int) -> None:
        """Give both simulators a scenario."""
        for url in (self.salesforce, self.xero):
            body = {"scenario": scenario, "records": records, "seed": 7}
            requests.post(f"{url}/_sim/reset", json=body, timeout=30).raise_for_status()

    def settle_in(self, records: int = 3) -> None:
        """Connect `records` customers that agree already, and link them."""
        self.reset("synced", records)
        assert self.connect("--activate") == 0
        assert self.run()["actions"]["adopt"]["xero"] == records

    def state(self, side: str, kind: str) -> list[dict[str, Any]]:
        """All records of a side, as its people see them."""
        url = {"salesforce": self.salesforce, "xero": self.xero}[side]
        found: list[dict[str, Any]] = requests.get(f"{url}/_sim/state", params={"type": kind}, timeout=30).json()[kind]
        return found

    def edit(self, side: str, record_id: str, **fields: Any) -> None:
        """A person edits a record in the vendor's own screens."""
        url, kind = (self.salesforce, "Account") if side == "salesforce" else (self.xero, "Contact")
        body = {"as": "Ann Editor", "do": "update", "type": kind, "id": record_id, "fields": fields}
        requests.post(f"{url}/_sim/edit", json=body, timeout=30).raise_for_status()

    def create(self, side: str, **fields: Any) -> str:
        """A person makes a record in the vendor's own screens; its id."""
        url, kind = (self.salesforce, "Account") if side == "salesforce" else (self.xero, "Contact")
        body = {"as": "Ann Editor", "do": "create", "type": kind, "fields": fields}
        return str(requests.post(f"{url}/_sim/edit", json=body, timeout=30).json()["id"])

    def settings(self, side: str, **settings: Any) -> None:
        """Change how a simulator behaves."""
        url = {"salesforce": self.salesforce, "xero": self.xero}[side]
        requests.post(f"{url}/_sim/settings", json=settings, timeout=30).raise_for_status()


@pytest.fixture(scope="session")
def pair() -> Iterator[Pair]:
    """Both simulators, once for all tests."""
    with Pair(scenario="empty", records=0, seed=7) as pair:
        yield pair


@pytest.fixture
def concord(pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Concord:
    """The command line on a fresh database."""
    monkeypatch.setenv("CONCORD_INSTANCE", str(tmp_path / "instance"))
    monkeypatch.delenv("CONCORD_DATABASE_URL", raising=False)
    monkeypatch.setenv("CONCORD_LOG_LEVEL", "WARNING")
    return Concord(capsys, pair.salesforce.url, pair.xero.url)
