"""Concord whole, on both twins: a database of its own, the real SDKs, people in the vendors' screens, one clock.

What people do goes over HTTP through each twin's control interface, what Concord does through its commands and a run.
Time moves only when it is told to, for the twins and for Concord alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import requests
from sqlalchemy.orm import Session

from reconciler import bootstrap, running, settings
from reconciler.commands import connections
from reconciler.core.model import SIDES, Side
from reconciler.desk import make_desk
from reconciler.running import Asked, Works
from reconciler.simulators.simulate import Pair
from tests.adapters.clocks import SteppedClock

RECORDS = {Side.SALESFORCE: "Account", Side.XERO: "Contact"}
SOMEBODY = "Hana Tuiasau"


@dataclass(slots=True)
class Twins:
    """Both simulators on loopback, over one stepped clock."""

    pair: Pair
    clock: SteppedClock
    http: requests.Session = field(default_factory=requests.Session)

    def reset(self, scenario: str = "synced", records: int = 1, seed: int = 1) -> Twins:
        """A new story on both, told at the present time."""
        for side in SIDES:
            self.control(side, "reset", {"scenario": scenario, "records": records, "seed": seed})
        return self

    def url(self, side: Side) -> str:
        return self.pair.salesforce.url if side is Side.SALESFORCE else self.pair.xero.url

    def control(self, side: Side, path: str, body: object) -> Any:
        """POST to a twin's control interface."""
        answer = self.http.post(f"{self.url(side)}/_sim/{path}", json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def edit(
        self, side: Side, record_id: str, fields: Mapping[str, Any] | None = None, *, do: str = "update", **more: Any
    ) -> str:
        """A person's act in the vendor's own screens; returns the record's id."""
        body = {"as": SOMEBODY, "do": do, "type": RECORDS[side], "id": record_id, "fields": dict(fields or {}), **more}
        return str(self.control(side, "edit", body)["id"])

    def state(self, side: Side) -> list[dict[str, Any]]:
        """Every record of a side in the vendor's own shape, in the order they were made."""
        kind = RECORDS[side]
        answer = self.http.get(f"{self.url(side)}/_sim/state", params={"type": kind}, timeout=30)
        return list(answer.json()[kind])

    def pairs(self) -> list[dict[Side, str]]:
        """The ids of the records that name each other."""
        accounts = self.state(Side.SALESFORCE)
        ids = ((account["Id"], account["Xero_Contact_Id__c"]) for account in accounts)
        return [{Side.SALESFORCE: one, Side.XERO: other} for one, other in ids if other]

    def calls(self, side: Side) -> int:
        """What a side has counted."""
        return int(self.http.get(f"{self.url(side)}/_sim/calls", timeout=30).json()["total"])


@contextmanager
def twins() -> Iterator[Twins]:
    """Start both on free ports."""
    clock = SteppedClock()
    with Pair(scenario="empty", records=0, seed=1, source=clock.now) as pair, requests.Session() as http:
        yield Twins(pair, clock, http)


@dataclass(frozen=True, slots=True)
class Concord:
    """One connection to the twins, by default activated."""

    works: Works
    connection_id: int

    def run(self, **asked: Any) -> dict[str, Any]:
        """One run; the document that `run --json` prints."""
        return running.run(self.works, self.connection_id, Asked(**asked))

    def session(self) -> Session:
        """For commands and queries."""
        return Session(self.works.engine)


def opened(world: Twins, folder: Path) -> Works:
    """A database at the newest schema, and the real gateways, over the twins' clock."""
    values = {"CONCORD_DATABASE_URL": f"sqlite:///{folder / 'concord.db'}", "CONCORD_INSTANCE": str(folder)}
    return replace(bootstrap.make_works(settings.load(values)), clock=world.clock)


def connected(world: Twins, works: Works, folder: Path, *, name: str = "a", rules: str = "") -> Concord:
    """Join the two organisations and let Concord write to them."""
    desk = make_desk(settings.load({"CONCORD_INSTANCE": str(folder)}), works.engine)
    with Session(works.engine) as session:
        made = connections.connect(
            session,
            desk,
            name=name,
            urls={side: world.url(side) for side in SIDES},
            credentials=dict.fromkeys(SIDES, bootstrap.SIMULATED),
            by="Ada",
            now=works.clock.now(),
            rules=rules,
            activate=True,
        )
    return Concord(works, made)
