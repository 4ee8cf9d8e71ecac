"""A whole Concord over both simulators, through the vendors' own SDKs and real sockets, on one stepped clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from reconciler import running, settings
from reconciler.adapters import salesforce as salesforce_adapter
from reconciler.adapters import xero as xero_adapter
from reconciler.commands import rules as rule_commands
from reconciler.core.model import SIDES, Fields, Record, Side, Value
from reconciler.core.schema import KindRule, Rules
from reconciler.core.values import equal
from reconciler.mapping import salesforce, xero
from reconciler.mapping.shipped import CUSTOMER
from reconciler.ports import Clock, Gateway
from reconciler.rules import export
from reconciler.running import Asked, Works
from reconciler.store.tables import ConflictRow, ConnectionRow, LinkRow, RulesRow, SideRow
from tests.adapters.wired import KEYS, Wired, wired
from tests.engine.bench import Killed, make_database

WORDS = {Side.SALESFORCE: salesforce, Side.XERO: xero}
THING = {Side.SALESFORCE: "Account", Side.XERO: "Contact"}
TIMEOUT = 35.0
LOST: dict[str, Any] = {
    "dropped before": "drop_before",
    "dropped after": "drop_after",
    "carried out late": {"slow_commit": 20},
    "cut short": "truncate",
    "a page of HTML": "html",
    "answered 500": {"status": 500},
    "answered 503": {"status": 503, "body": "offline for maintenance"},
}


@dataclass(slots=True)
class Live:
    """One connection between the two simulators; each `Live` begins with a story of its own."""

    world: Wired
    engine: Engine
    kind: KindRule = CUSTOMER
    id: int = field(init=False)
    pace: float = 0.0  # seconds that pass at each named point of a run
    _killed_at: str = ""

    def __post_init__(self) -> None:
        self.id = _connect(self.engine, Rules({"customer": self.kind}), self.world)

    # -- people

    def person(self, side: Side, record_id: str, **fields: Value) -> dict[str, Any]:
        """What a person's edit is to the simulator's own screens."""
        shown: dict[str, Any] = WORDS[side].to_wire(fields, self.kind)
        return {"as": "Hana Petera", "do": "update", "type": THING[side], "id": record_id, "fields": shown}

    def edit(self, side: Side, record_id: str, **fields: Value) -> None:
        self.world.clock.advance(5)
        self.world.running(side).twin.edit(self.person(side, record_id, **fields))

    def fault(self, side: Side, path: str, do: Any, **match: Any) -> None:
        """The next call that matches goes wrong."""
        self.world.fault(side, path, do, **match)

    # -- what is there

    def records(self, side: Side) -> dict[str, Record]:
        """Everything that a side shows, by id."""
        rows = self.world.running(side).twin.state(THING[side])
        found = [WORDS[side].to_record(row, self.kind) for row in rows]
        return {record.ref.id: record for record in found}

    def shown(self, side: Side, record_id: str) -> Fields:
        return self.records(side)[record_id].fields

    def pairs(self) -> list[dict[Side, str]]:
        """The records of each link, in the order they were linked."""
        return [{Side.SALESFORCE: row.salesforce, Side.XERO: row.xero} for row in self.rows(LinkRow)]

    def rows(self, table: Any, **where: Any) -> list[Any]:
        query = select(table.__table__).where(table.connection_id == self.id)
        for name, value in where.items():
            query = query.where(getattr(table, name) == value)
        with self.engine.connect() as db:
            return list(db.execute(query.order_by(table.id)))

    # -- runs

    def run(self, *, later: float = 60, **asked: Any) -> dict[str, Any]:
        """One run; `calls` as both simulators have counted them since the run began."""
        self.world.clock.advance(later)
        for side in SIDES:
            self.world.running(side).rig.calls.reset()
        report = running.run(self.works, self.id, Asked(**asked))
        assert report["calls"] == self.counted() or report["status"] in {"unavailable", "refused"}
        return report | {"writes": self.writes()}

    def counted(self) -> dict[str, int]:
        return {side.value: self.world.calls(side) for side in SIDES}

    def writes(self) -> int:
        """Requests other than reads that the simulators have counted."""
        summaries = [self.world.running(side).rig.calls.summary() for side in SIDES]
        return sum(call["count"] for one in summaries for call in one["calls"] if call["method"] != "GET")

    @property
    def works(self) -> Works:
        return Works(self.engine, self._gateways, self.world.clock, TIMEOUT, at=self._reach)

    def _gateways(self, connection: Any, rules: Rules, clock: Clock) -> Mapping[Side, Gateway]:
        sides, chosen, pair = connection.sides, settings.load({}), self.world.pair
        one = salesforce_adapter.gateway(
            pair.salesforce.url, KEYS, rules, chosen, clock, user_id=sides[Side.SALESFORCE].user_id
        )
        other = xero_adapter.gateway(
            pair.xero.url, KEYS, rules, chosen, clock, organisation_id=sides[Side.XERO].organisation_id
        )
        return {Side.SALESFORCE: one, Side.XERO: other}

    def dies(self, point: str) -> bool:
        """Run, and be killed where `point` is reached first; false when it never was."""
        self._killed_at = point
        try:
            self.run()
        except Killed:
            return True
        return False

    def _reach(self, point: str) -> None:
        self.world.clock.advance(self.pace)
        if point == self._killed_at:
            self._killed_at = ""
            raise Killed(point)

    def rule(self, kind: KindRule) -> None:
        """Other rules from now on."""
        self.kind = kind
        with Session(self.engine) as session:
            text = export(Rules({kind.kind: kind}))
            rule_commands.save(session, self.id, text, by="Ada", now=self.world.clock.now())


def _connect(engine: Engine, rules: Rules, world: Wired) -> int:
    now = world.clock.now()
    gateways: dict[Side, Any] = {Side.SALESFORCE: world.salesforce(), Side.XERO: world.xero()}
    found = {side: gateways[side].identify() for side in SIDES}
    with engine.begin() as db:
        row = {"name": f"live {id(world)} {now}", "created_at": now, "activated_at": now, "rules_version": 1}
        made: int = db.execute(insert(ConnectionRow).values(row).returning(ConnectionRow.id)).scalar_one()
        for side in SIDES:
            who = {"user_id": found[side].user_id, "organisation_id": found[side].organisation_id}
            db.execute(insert(SideRow).values(connection_id=made, side=side.value, url="", **who))
        text = {"version": 1, "document": export(rules), "saved_at": now, "saved_by": "Ada"}
        db.execute(insert(RulesRow).values(connection_id=made, **text))
    return made


@contextmanager
def stage() -> Iterator[tuple[Wired, Engine]]:
    """Both simulators and one database, for as many stories as one likes."""
    engine = make_database()
    with wired() as world:
        yield world, engine
    engine.dispose()


def differences(live: Live) -> list[str]:
    """Every shared field of every link that the two sides show differently, but for what waits in a conflict."""
    waiting = {(row.link_id, row.field) for row in live.rows(ConflictRow, status="open")}
    shown = {side: live.records(side) for side in SIDES}
    found: list[str] = []
    for link in live.rows(LinkRow):
        one, other = shown[Side.SALESFORCE][link.salesforce].fields, shown[Side.XERO][link.xero].fields
        found += [
            f"{link.salesforce} {rule.key}: {one[rule.key]!r} in Salesforce, {other[rule.key]!r} in Xero"
            for rule in live.kind.fields
            if (link.id, rule.key) not in waiting and not equal(rule, one[rule.key], other[rule.key])
        ]
    return found


def limitless(kind: KindRule) -> KindRule:
    """The same rules with no limit in the way of a large test."""
    return replace(kind, limits=replace(kind.limits, creates=10**6, updates=10**6, updates_share=1.0, blanks=10**6))
