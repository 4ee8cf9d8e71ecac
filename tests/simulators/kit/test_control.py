"""The control interface under /_sim: what it promises to tests and scripts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient

from reconciler.simulators.kit import Clock
from tests.simulators.kit.toy import NOON, Counter, counter_app


@pytest.fixture
def counter() -> tuple[FlaskClient, Counter]:
    app, twin, _ = counter_app()
    return app.test_client(), twin


def calls(client: FlaskClient) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/_sim/calls").get_json()
    return answer


def test_calls_are_counted_by_method_template_and_status(counter: tuple[FlaskClient, Counter]) -> None:
    client, _ = counter
    client.get("/things/1")
    client.get("/things/2")
    client.post("/things")
    client.get("/nowhere")
    assert calls(client) == {
        "total": 4,
        "auth": 0,
        "calls": [
            {"method": "GET", "template": "(no such path)", "status": 404, "count": 1},
            {"method": "GET", "template": "/things/<int:number>", "status": 200, "count": 2},
            {"method": "POST", "template": "/things", "status": 201, "count": 1},
        ],
    }


def test_sign_in_control_and_free_calls_are_not_in_the_total(counter: tuple[FlaskClient, Counter]) -> None:
    client, _ = counter
    client.post("/token")
    client.get("/free")
    client.get("/_sim/health")
    assert calls(client) == {"total": 0, "auth": 1, "calls": []}


def test_counts_can_be_set_back(counter: tuple[FlaskClient, Counter]) -> None:
    client, _ = counter
    client.get("/things/1")
    assert client.post("/_sim/calls/reset").get_json()["total"] == 0


def test_health_names_the_story_being_told(counter: tuple[FlaskClient, Counter]) -> None:
    client, _ = counter
    client.post("/_sim/reset", json={"scenario": "full", "records": 3, "seed": 9})
    health = client.get("/_sim/health").get_json()
    assert health == {
        "status": "ok", "name": "counter", "scenario": "full", "records": 3, "seed": 9, "now": NOON.isoformat()
    }  # fmt: skip


def test_reset_keeps_what_it_is_not_told(counter: tuple[FlaskClient, Counter]) -> None:
    client, twin = counter
    client.post("/_sim/reset", json={"records": 3})
    assert twin.about() == {"scenario": "empty", "records": 3, "seed": 1}


def test_a_seed_is_any_whole_number(counter: tuple[FlaskClient, Counter]) -> None:
    client, twin = counter
    assert client.post("/_sim/reset", json={"seed": -3}).status_code == 200
    assert client.post("/_sim/reset", json={"records": 2}).get_json() == twin.about()
    assert twin.about()["seed"] == -3


def test_reset_forgets_counts_and_faults(counter: tuple[FlaskClient, Counter]) -> None:
    client, _ = counter
    client.post("/_sim/faults", json=[{"match": {}, "do": {"status": 503}}])
    client.get("/things/1")
    client.post("/_sim/reset", json={})
    assert calls(client)["total"] == 0
    assert client.get("/_sim/faults").get_json() == []


def test_the_clock_is_shifted_set_and_frozen(counter: tuple[FlaskClient, Counter]) -> None:
    client, twin = counter
    client.post("/_sim/clock", json={"offset_seconds": 90})
    assert (twin.clock.now() - NOON).total_seconds() == 90
    client.post("/_sim/clock", json={"now": "2030-01-01T00:00:00Z", "frozen": True})
    assert twin.clock.now() == datetime.fromisoformat("2030-01-01T00:00:00Z")
    assert client.post("/_sim/clock", json={"frozen": False}).get_json()["frozen"] is False


def test_state_holds_every_record_of_a_type(counter: tuple[FlaskClient, Counter]) -> None:
    client, twin = counter
    twin.count = 1203
    assert client.get("/_sim/state?type=Count").get_json() == {"Count": [{"n": n} for n in range(1203)]}


def test_settings_are_changed_and_shown(counter: tuple[FlaskClient, Counter]) -> None:
    client, twin = counter
    assert client.post("/_sim/settings", json={"latency_ms": 5}).get_json() == {"latency_ms": 5}
    assert twin.latency_ms == 5


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/_sim/reset", {"records": -1}),
        ("/_sim/reset", {"seed": "x"}),
        ("/_sim/reset", ["a", "list"]),
        ("/_sim/clock", {"now": "yesterday"}),
        ("/_sim/clock", {"offset_seconds": "ten"}),
        ("/_sim/clock", {"frozen": "yes"}),
        ("/_sim/edit", {"do": "explode"}),
        ("/_sim/faults", "drop_before"),
        ("/_sim/faults", [{"match": {"nth": 0}, "do": "drop_before"}]),
        ("/_sim/faults", [{"match": {"nth": 1, "rate": 0.5}, "do": "drop_before"}]),
        ("/_sim/faults", [{"match": {"path": "("}, "do": "drop_before"}]),
        ("/_sim/faults", [{"match": {"verb": "GET"}, "do": "drop_before"}]),
        ("/_sim/faults", [{"match": {}, "do": "explode"}]),
        ("/_sim/faults", [{"match": {}, "do": {"status": 503, "spell": 1}}]),
        ("/_sim/faults", [{"match": {}, "do": {"edit": {}, "when": "soon"}}]),
        ("/_sim/faults", [{"match": {}, "do": {"delay": "long"}}]),
        ("/_sim/faults", [{"match": {}}]),
        ("/_sim/reset", {"records": 10**12}),
        ("/_sim/reset", {"scenaro": "full"}),
        ("/_sim/clock", {"offset": 5}),
        ("/_sim/edit", {"do": "add", "field": {}}),
        ("/_sim/faults", [{"do": {"edit": {"do": "add", "field": {}}}}]),
        ("/_sim/clock", {"offset_seconds": 10**400}),
        ("/_sim/clock", {"rate": 10**400}),
        ("/_sim/faults", [{"match": [], "do": "html"}]),
        ("/_sim/faults", [{"match": {"method": 5}, "do": "html"}]),
        ("/_sim/faults", [{"match": {"method": ["GET", None]}, "do": "html"}]),
        ("/_sim/faults", [{"match": {"path": ["/"]}, "do": "html"}]),
        ("/_sim/faults", [{"match": {"rate": 2}, "do": "html"}]),
        ("/_sim/faults", [{"do": {"delay": None}}]),
        ("/_sim/faults", [{"do": {"when": "after"}}]),
        ("/_sim/faults", [{"do": {"delay": float("nan")}}]),
        ("/_sim/faults", [{"do": {"delay": 10**400}}]),
        ("/_sim/faults", [{"do": {"slow_commit": 1e300}}]),
        ("/_sim/faults", [{"do": {"status": 500, "body": float("nan")}}]),
        ("/_sim/faults", [{"do": {"drop_before": "yes"}}]),
        ("/_sim/faults", [{"do": {"status": None}}]),
        ("/_sim/faults", [{"do": {"status": 204, "body": "not empty"}}]),
        ("/_sim/faults", [{"do": {"status": 500, "body": "\ud800"}}]),
        ("/_sim/faults", [{"do": {"status": 500, "headers": {"X-Note": "one\ntwo"}}}]),
        ("/_sim/faults", [{"do": {"status": 500, "headers": {"X Note": "one"}}}]),
        ("/_sim/faults", [{"do": {"status": 500, "headers": {"X-Note": "kererū"}}}]),
        ("/_sim/faults", [{"do": {"status": 500, "headers": {"X-Note": ["one"]}}}]),
    ],
)
def test_nonsense_is_refused_with_a_sentence(counter: tuple[FlaskClient, Counter], path: str, body: Any) -> None:
    client, _ = counter
    answer = client.post(path, json=body)
    assert answer.status_code == 400
    assert answer.get_json()["error"].endswith(".")


def test_what_is_not_there_is_told_by_the_control_interface_itself(counter: tuple[FlaskClient, Counter]) -> None:
    client, _ = counter
    for method, path in (("GET", "/_sim/edit"), ("PUT", "/_sim/faults"), ("GET", "/_sim/health/of/me")):
        answer = client.open(path, method=method)
        assert answer.status_code == 404
        assert f"{method} {path}" in answer.get_json()["error"]


def test_faults_are_taken_whatever_their_body_is_called(counter: tuple[FlaskClient, Counter]) -> None:
    client, _ = counter
    answer = client.post("/_sim/faults", data='[{"do": "html"}]', content_type="text/plain")
    assert answer.get_json() == {"ids": [1]}


def test_an_unknown_type_of_state_is_refused(counter: tuple[FlaskClient, Counter]) -> None:
    client, _ = counter
    assert client.get("/_sim/state?type=Dragon").status_code == 400


def test_a_clock_may_drift_and_be_set_right(counter: tuple[FlaskClient, Counter]) -> None:
    client, _ = counter
    true = [NOON]
    clock = Clock(source=lambda: true[0])
    clock.set(rate=1.01)
    true[0] += timedelta(seconds=1000)
    assert (clock.now() - true[0]).total_seconds() == pytest.approx(10)
    clock.set(offset_seconds=-600)
    assert (clock.now() - true[0]).total_seconds() == -600
    true[0] += timedelta(seconds=100)
    assert (clock.now() - true[0]).total_seconds() == pytest.approx(-599)
    clock.set(rate=1)
    assert (clock.now() - true[0]).total_seconds() == pytest.approx(-599)
    assert client.post("/_sim/clock", json={"rate": 0.5}).status_code == 200
    for nonsense in ({"rate": "fast"}, {"rate": 1e12}, {"offset_seconds": 1e300}, {"now": "9999-12-31T23:59:59Z"}):
        assert client.post("/_sim/clock", json=nonsense).status_code == 400


def test_every_switch_says_what_it_does(counter: tuple[FlaskClient, Counter]) -> None:
    client, _ = counter
    told = client.get("/_sim/switches").get_json()
    assert {"drop_before", "drop_after", "truncate", "cut_short", "html"} <= set(told)
    assert all(sentence and not sentence.endswith(".") for sentence in told.values())
