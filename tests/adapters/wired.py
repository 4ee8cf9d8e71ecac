"""Gateways on simulators over real sockets: what the tests of both adapters stand on."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from reconciler import settings
from reconciler.adapters import salesforce, xero
from reconciler.adapters.auth import Credentials
from reconciler.adapters.throttle import Budget
from reconciler.core.model import Side
from reconciler.core.schema import Rules
from reconciler.mapping.shipped import CUSTOMER
from reconciler.simulators.simulate import Pair
from tests.adapters.clocks import SteppedClock

RULES = Rules({"customer": CUSTOMER})
KEYS = Credentials("concord", "concord")


@dataclass(slots=True)
class Heard:
    """One request as it came over the wire."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Wire:
    """Keeps every request to a twin, sign-in and control calls aside; `before` is called before it is carried out."""

    app: Any
    heard: list[Heard] = field(default_factory=list)
    before: Callable[[Heard], None] | None = None

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = io.BytesIO(body)
        if "token" not in environ["PATH_INFO"]:
            headers = {key[5:].replace("_", "-").title(): value for key, value in environ.items() if key[:5] == "HTTP_"}
            query, path = environ.get("QUERY_STRING", ""), environ["PATH_INFO"]
            self.heard.append(Heard(environ["REQUEST_METHOD"], path, query, headers, body))
            if self.before:
                self.before(self.heard[-1])
        return self.app(environ, start_response)


@dataclass(slots=True)
class Wired:
    """Both twins, one clock for them and for us, and what was heard on the wire."""

    pair: Pair
    clock: SteppedClock
    wires: dict[Side, Wire]

    def reset(self, scenario: str = "empty", records: int = 0) -> Wired:
        """A new story for both, nothing wrong with either, and no sleep remembered."""
        self.clock.slept.clear()
        for running in (self.pair.salesforce, self.pair.xero):
            running.twin.later.clear()
            running.twin.reset(scenario, records, 1)
            running.twin.clock.set(offset_seconds=0, frozen=False)
            running.rig.faults.clear()
            running.rig.calls.reset()
        for wire in self.wires.values():
            wire.heard.clear()
        return self

    def running(self, side: Side) -> Any:
        return self.pair.salesforce if side is Side.SALESFORCE else self.pair.xero

    def salesforce(self, keys: Credentials = KEYS, budget: Budget | None = None, **options: Any) -> Any:
        url = options.pop("url", self.pair.salesforce.url)
        return salesforce.gateway(
            url, keys, options.pop("rules", RULES), settings.load({}), self.clock, budget=budget, **options
        )

    def xero(self, keys: Credentials = KEYS, budget: Budget | None = None, **options: Any) -> Any:
        url = options.pop("url", self.pair.xero.url)
        return xero.gateway(
            url, keys, options.pop("rules", RULES), settings.load({}), self.clock, budget=budget, **options
        )

    def fault(self, side: Side, path: str, do: Any, **match: Any) -> None:
        """The next call that matches goes wrong."""
        times = match.pop("times", 1)
        self.running(side).rig.faults.post([{"match": {"path": path, **match}, "times": times, "do": do}])

    def calls(self, side: Side) -> int:
        """What the side has counted."""
        return int(self.running(side).rig.calls.summary()["total"])

    def edit(self, side: Side, do: str, record_id: str = "", fields: dict[str, Any] | None = None, **more: Any) -> str:
        """A person's act in the vendor's own screens."""
        kind = "Account" if side is Side.SALESFORCE else "Contact"
        body = {"as": "Hana Petera", "do": do, "type": kind, "id": record_id, "fields": fields or {}, **more}
        return str(self.running(side).twin.edit(body)["id"])


@contextmanager
def wired() -> Iterator[Wired]:
    """Both twins on free ports, over a stepped clock."""
    clock = SteppedClock()
    with Pair(scenario="empty", records=0, seed=1, source=clock.now) as pair:
        wires = {side: Wire(None) for side in Side}
        for side, running in ((Side.SALESFORCE, pair.salesforce), (Side.XERO, pair.xero)):
            wires[side].app = running.app.wsgi_app
            running.app.wsgi_app = wires[side]  # type: ignore[method-assign]
        yield Wired(pair, clock, wires)
