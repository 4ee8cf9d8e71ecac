"""A twin, a caller with a token, and short ways to say what a test is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from reconciler.simulators.kit import Clock
from reconciler.simulators.xero import XeroTwin, create_app
from reconciler.simulators.xero.tokens import Tokens

NOW = datetime(2026, 5, 4, 12, 30, 15, 250_000, tzinfo=UTC)


@dataclass
class Caller:
    """An app with a token, speaking JSON to the Accounting API."""

    client: FlaskClient
    twin: XeroTwin
    token: str = ""

    def headers(self, **more: str) -> dict[str, str]:
        named = {key.replace("_", "-"): value for key, value in more.items()}
        return {"Authorization": f"Bearer {self.token}", "xero-tenant-id": self.twin.tenant_id, **named}

    def sign_in(self, **form: str) -> str:
        form = {"grant_type": "client_credentials", "client_id": "concord", "client_secret": "concord", **form}
        self.token = self.client.post("/connect/token", data=form).get_json()["access_token"]
        return self.token

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api.xro/2.0{path}", headers=self.headers(**headers))

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.put(f"/api.xro/2.0{path}", json=body, headers=self.headers(**headers))

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self.client.post(f"/api.xro/2.0{path}", json=body, headers=self.headers(**headers))

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api.xro/2.0{path}", headers=self.headers())

    def create(self, name: str = "Rimu Joinery", **fields: Any) -> dict[str, Any]:
        answer = self.put("/Contacts", {"Contacts": [{"Name": name, **fields}]})
        assert answer.status_code == 200, answer.json
        return answer.json["Contacts"][0]

    def change(self, contact: dict[str, Any], **fields: Any) -> Any:
        return self.post("/Contacts", {"Contacts": [{"ContactID": contact["ContactID"], **fields}]})

    def read(self, contact: dict[str, Any]) -> dict[str, Any]:
        return self.get(f"/Contacts/{contact['ContactID']}").json["Contacts"][0]

    def listed(self, query: str = "page=1", **headers: str) -> list[dict[str, Any]]:
        answer = self.get(f"/Contacts?{query}", **headers)
        assert answer.status_code == 200, answer.data
        return answer.json["Contacts"]

    def names(self, query: str = "page=1", **headers: str) -> list[str]:
        return [contact["Name"] for contact in self.listed(query, **headers)]

    def edit(self, **body: Any) -> dict[str, Any]:
        return self.twin.edit({"as": "Hana Tuiasau", "type": "Contact", **body})

    def tick(self, seconds: float = 60) -> None:
        self.twin.clock.set(now=datetime.fromtimestamp(self.twin.clock.now().timestamp() + seconds, UTC))


@pytest.fixture(scope="session")
def shared_app() -> tuple[Flask, XeroTwin]:
    """One for all tests: making an app, whose routes are compiled each time, takes five times as long as a test."""
    return create_app("empty", clock=Clock())


@pytest.fixture
def api(shared_app: tuple[Flask, XeroTwin]) -> Caller:
    """A caller of an empty organisation at a standing clock, where nobody has signed in before."""
    app, twin = shared_app
    twin.clock.set(now=NOW, frozen=True)
    twin.tokens = Tokens(twin.clock.now)
    caller = Caller(app.test_client(), twin)
    caller.client.post("/_sim/reset", json={"scenario": "empty", "records": 0, "seed": 1})
    caller.sign_in()
    twin.settings({"minute_limit": 100_000})
    return caller


def messages(answer: Any) -> list[str]:
    return [error["Message"] for element in answer.json["Elements"] for error in element["ValidationErrors"]]
