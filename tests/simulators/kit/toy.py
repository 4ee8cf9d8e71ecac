"""The smallest twin there can be: a counter.  Lets the kit be tested without a vendor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from flask import Flask, jsonify, request

from reconciler.simulators.kit import Clock, Later, Refused, Rig, fit

NOON = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)


class Counter:
    name = "counter"

    def __init__(self) -> None:
        self.clock = Clock(source=lambda: NOON)
        self.later = Later(self.clock)
        self.latency_ms = 0
        self.count = 0
        self.seen_at: list[datetime] = []
        self._about: dict[str, Any] = {"scenario": "empty", "records": 0, "seed": 1}

    def about(self) -> dict[str, Any]:
        return self._about

    def reset(self, scenario: str, records: int, seed: int) -> None:
        self._about = {"scenario": scenario, "records": records, "seed": seed}
        self.count = records

    def edit(self, body: Mapping[str, Any]) -> dict[str, Any]:
        if body.get("do") != "update":
            raise Refused("A counter can only be updated.")
        self.add()
        return {"id": "1", "version": self.clock.now().isoformat()}

    def add(self) -> int:
        self.count += 1
        self.seen_at.append(self.clock.now())
        return self.count

    def state(self, kind: str, within: str = "") -> Iterable[Mapping[str, Any]]:
        if kind != "Count":
            raise Refused("The only type is Count.")
        return ({"n": n} for n in range(self.count))

    def settings(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        self.latency_ms = changes.get("latency_ms", self.latency_ms)
        return {"latency_ms": self.latency_ms}

    def snapshot(self) -> dict[str, Any]:
        return {"count": self.count}

    def restore(self, saved: Mapping[str, Any]) -> None:
        self.count = saved["count"]


def counter_app() -> tuple[Flask, Counter, Rig]:
    """GET /things/<n> reads, POST /things adds one, POST /token signs in, GET /free is not counted."""
    twin = Counter()
    app = Flask("toy")

    @app.get("/things/<int:number>")
    def read(number: int) -> Any:
        return jsonify(number=number, count=twin.count)

    @app.post("/things")
    def add() -> Any:
        return jsonify(count=twin.add(), sent=request.get_data(as_text=True)), 201

    @app.delete("/things")
    def remove() -> Any:
        return "", 204

    @app.post("/token")
    def token() -> Any:
        return jsonify(token="t")

    @app.get("/free")
    def free() -> Any:
        return jsonify(free=True)

    return app, twin, fit(app, twin, auth=("/token",), uncounted=("/free",))
