"""A caller of the Salesforce twin in process, signed in, at a standing clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.test import TestResponse

from reconciler.simulators.kit import Clock
from reconciler.simulators.salesforce import create_app

NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)
BASE = "/services/data/v66.0"


class Api:
    """Calls of the REST API, people's edits, and the clock in between."""

    def __init__(self, scenario: str = "empty", records: int = 0, seed: int = 1) -> None:
        self.app, self.twin = create_app(scenario, records, seed, clock=Clock(source=lambda: NOON))
        self.client = self.app.test_client()
        self.headers = {"Authorization": f"Bearer {self.token()}"}

    def start_afresh(self) -> None:
        """Make it the empty organisation of noon again; cheaper than building an app, whose routes take 30 ms."""
        self.twin.clock.set(offset_seconds=0, frozen=False)
        self.client.post("/_sim/reset", json={"scenario": "empty", "records": 0, "seed": 1})
        self.headers = {"Authorization": f"Bearer {self.token()}"}

    def token(self) -> str:
        form = {"grant_type": "client_credentials", "client_id": "concord", "client_secret": "concord"}
        token: str = self.client.post("/services/oauth2/token", data=form).get_json()["access_token"]
        return token

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> TestResponse:
        url = path if path.startswith("/services") else BASE + path
        kept = {"json": body} if body is not None else {}
        return self.client.open(url, method=method, headers={**self.headers, **(headers or {})}, **kept)

    def create(self, **fields: Any) -> str:
        answer = self.call("POST", "/sobjects/Account", {"Name": "Acme", **fields})
        assert answer.status_code == 201, answer.text
        key: str = answer.get_json()["id"]
        return key

    def get(self, key: str, fields: str = "") -> dict[str, Any]:
        answer = self.call("GET", f"/sobjects/Account/{key}" + (f"?fields={fields}" if fields else ""))
        assert answer.status_code == 200, answer.text
        record: dict[str, Any] = answer.get_json()
        return record

    def update(self, key: str, headers: dict[str, str] | None = None, **fields: Any) -> TestResponse:
        return self.call("PATCH", f"/sobjects/Account/{key}", fields, headers)

    def query(self, text: str, resource: str = "query", headers: dict[str, str] | None = None) -> TestResponse:
        return self.client.get(
            f"{BASE}/{resource}", query_string={"q": text}, headers={**self.headers, **(headers or {})}
        )

    def found(self, text: str, resource: str = "query") -> list[dict[str, Any]]:
        answer = self.query(text, resource)
        assert answer.status_code == 200, answer.text
        return [{k: v for k, v in row.items() if k != "attributes"} for row in answer.get_json()["records"]]

    def names(self, where: str) -> list[str]:
        return [row["Name"] for row in self.found(f"SELECT Name FROM Account {where}")]

    def person(self, do: str, **body: Any) -> dict[str, Any]:
        answer = self.client.post("/_sim/edit", json={"as": "Hana Tuiasau", "do": do, "type": "Account", **body})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.get_json()
        return told

    def set(self, **changes: Any) -> None:
        self.twin.settings(changes)

    def wait(self, seconds: float) -> None:
        self.twin.clock.set(now=self.twin.clock.now() + timedelta(seconds=seconds))
        self.twin.later.run_due()


def error(answer: TestResponse) -> tuple[int, str]:
    """Status and code of a refusal, which is always an array of objects with code and message."""
    entries = answer.get_json()
    assert isinstance(entries, list)
    assert entries[0]["message"]
    return answer.status_code, entries[0]["errorCode"]
