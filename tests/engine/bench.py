"""A whole Concord on two sides held in memory and a real SQLite file: what tests of the engine stand on.

Time moves only when a test says so, nothing sleeps, and a run can be stopped at any named point as a kill would stop
it: nothing is cleaned up, and the lease stays with a process that is gone.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Engine, Select, bindparam, delete, event, insert, select, update
from sqlalchemy.orm import Session

from reconciler import running
from reconciler.adapters.memory import MemoryGateway
from reconciler.adapters.world import OUR_ID, World
from reconciler.commands import conflicts, questions
from reconciler.commands import rules as rule_commands
from reconciler.core.model import SIDES, Fields, Record, Ref, Side, Value
from reconciler.core.schema import FieldRule, KindRule, Rules
from reconciler.core.values import equal
from reconciler.errors import Refusal
from reconciler.mapping.shipped import CUSTOMER
from reconciler.ports import Batch, Clock
from reconciler.rules import export
from reconciler.running import Asked, Works
from reconciler.store.database import make_engine
from reconciler.store.tables import Base, ConflictRow, ConnectionRow, LeaseRow, LinkRow, RulesRow, SideRow
from tests.adapters.clocks import SteppedClock

S, X = Side.SALESFORCE, Side.XERO
TIMEOUT = 30.0
HERE = ("1 Quay Street", "Auckland", "", "1010", "New Zealand")
THERE = ("2 Dock Road", "Leeds", "", "LS1 4AP", "United Kingdom")
BLANK: Mapping[str, Value] = {rule.key: ("",) * len(rule.members) if rule.members else "" for rule in CUSTOMER.fields}


class Killed(BaseException):
    """The process ends here; not an Exception, so that nothing in the product can tidy up after it."""


def holds_anything(side: Side, rule: FieldRule, value: Value) -> Refusal | None:
    """Both sides in memory hold every value."""
    return None


def make_database(url: str = "") -> Engine:
    """A real database with the product's tables and habits, an SQLite file unless another is named."""
    url = url or f"sqlite:///{tempfile.mkdtemp(prefix='concord-bench-')}/concord.sqlite"
    engine = make_engine(url)
    event.listen(engine, "connect", _without_syncing)
    Base.metadata.create_all(engine)
    return engine


def _without_syncing(connection: Any, _record: Any) -> None:
    on_sqlite = isinstance(connection, sqlite3.Connection)
    connection.execute("PRAGMA synchronous=OFF" if on_sqlite else "SET SESSION synchronous_commit = off")
    connection.commit()


@dataclass(slots=True)
class Bench:
    """One connection of its own: two worlds, two gateways that live through every run, one clock."""

    engine: Engine
    kind: KindRule = CUSTOMER
    clock: SteppedClock = field(default_factory=SteppedClock)
    offsets: Mapping[Side, timedelta] = field(default_factory=dict)
    batch_size: int = 0
    cannot_hold: Callable[[Side, FieldRule, Value], Refusal | None] = holds_anything
    worlds: dict[Side, World] = field(init=False)
    gateways: dict[Side, MemoryGateway] = field(init=False)
    id: int = field(init=False)
    at: Callable[[str], None] = field(init=False)
    held: Clock = field(init=False)  # the clock that the last run gave its gateways

    def __post_init__(self) -> None:
        none = timedelta(0)
        self.worlds = {side: World(side, self.clock, offset=self.offsets.get(side, none)) for side in SIDES}
        self.id = _connect(self.engine, Rules({self.kind.kind: self.kind}), self.clock)
        self.gateways = self._gateways(Rules({self.kind.kind: self.kind}))
        self.at, self.held = _nothing, self.clock

    def _gateways(self, rules: Rules) -> dict[Side, MemoryGateway]:
        return {side: MemoryGateway(self.worlds[side], rules, batch_size=self.batch_size) for side in SIDES}

    # -- people

    def customer(self, name: str, side: Side = S, **fields: Value) -> Record:
        """A new customer, opted in where that can be said."""
        return self.worlds[side].create({**BLANK, "name": name, **fields}, flag=side is S)

    def pair(self, name: str, **fields: Value) -> tuple[Record, Record]:
        """One customer, equal on both sides, each naming the other, not linked yet."""
        account = self.customer(name, S, **fields)
        contact = self.worlds[X].create({**BLANK, "name": name, **fields}, partner=account.ref.id)
        account = self.worlds[S].edit(account.ref.id, partner=contact.ref.id)
        return account, contact

    def linked(self, name: str = "Aurora Brewing", **fields: Value) -> tuple[str, str]:
        """One customer that has been linked and has rested; the two ids."""
        account, contact = self.pair(name, **fields)
        self.run()
        return account.ref.id, contact.ref.id

    def edit(self, side: Side, record_id: str, **fields: Value) -> None:
        """A person types values, a few seconds after whatever was before."""
        self.clock.advance(5)
        self.worlds[side].edit(record_id, fields)

    def shown(self, side: Side, record_id: str) -> Fields:
        """What a side shows now."""
        return self.worlds[side].records[record_id].fields

    # -- runs

    @property
    def works(self) -> Works:
        return Works(
            engine=self.engine,
            gateways=self._at_hand,
            clock=self.clock,
            request_timeout=TIMEOUT,
            cannot_hold=self.cannot_hold,
            at=self._reach,
        )

    def run(self, *, later: float = 60, full: bool = False, **asked: Any) -> dict[str, Any]:
        """One run, a while after whatever was before; its report, with `writes` as sent by this run alone."""
        self.clock.advance(later)
        for gateway in self.gateways.values():
            gateway.sent.clear()
            gateway.meter.calls = 0
        report = running.run(self.works, self.id, Asked(full=full, **asked))
        return report | {"writes": sum(len(batch.writes) for batch in self.sent())}

    def sent(self) -> list[Batch]:
        """Every batch carried out since the last run began."""
        return [batch for gateway in self.gateways.values() for batch in gateway.sent]

    def killed_at(self, point: str, nth: int = 1) -> bool:
        """Run, and be killed the nth time `point` is reached; false when the run ended without reaching it."""
        reached = 0

        def stop(at: str) -> None:
            nonlocal reached
            reached += at == point
            if at == point and reached == nth:
                raise Killed(point)

        return self._killed(stop)

    def _killed(self, stop: Callable[[str], None]) -> bool:
        self.at = stop
        try:
            self.run()
        except Killed:
            self.left_by(pid=0)
            return True
        finally:
            self.at = _nothing
        return False

    def left_by(self, *, pid: int, host: str = "") -> None:
        """The lease as a process left it that did not give it back; pid 0 is a process of this host that is gone."""
        from reconciler.store.lease import LIFE, Process

        this = Process.this()
        values = {"holder": "another", "host": host or this.host, "boot": this.boot, "pid": pid, "pid_started": "1"}
        values["expires_at"] = self.clock.now() + LIFE
        with self.engine.begin() as db:
            db.execute(update(LeaseRow).where(LeaseRow.connection_id == self.id).values(**values))

    def _at_hand(self, _connection: object, rules: Rules, clock: Clock) -> dict[Side, MemoryGateway]:
        """A run keeps to the rules that held when it began."""
        self.held = clock
        for gateway in self.gateways.values():
            gateway._rules = rules
        return self.gateways

    def _reach(self, point: str) -> None:
        self.at(point)

    # -- what a person decides

    @contextmanager
    def session(self) -> Iterator[Session]:
        with Session(self.engine) as session:
            yield session

    def rule(self, kind: KindRule) -> None:
        """Other rules from now on."""
        self.kind = kind
        with self.session() as session:
            text = export(Rules({kind.kind: kind}))
            rule_commands.save(session, self.id, text, by="Ada", now=self.clock.now())

    def resolve(self, conflict_id: int, **how: Any) -> None:
        with self.session() as session:
            conflicts.resolve(session, conflict_id, by="Rui", now=self.clock.now(), **how)

    def answer(self, question_id: int, choice: str) -> None:
        with self.session() as session:
            questions.answer(session, question_id, choice, by="Rui", now=self.clock.now())

    # -- what is kept

    def rows(self, table: Any, **where: Any) -> list[Any]:
        """Rows of this connection, oldest first."""
        with self.engine.connect() as db:
            return list(db.execute(_rows(table, *where), {"connection": self.id, **where}))

    def conflicts(self, status: str = "open") -> list[Any]:
        return self.rows(ConflictRow, status=status)

    def links(self) -> list[Any]:
        return [row for row in self.rows(LinkRow) if row.status != "closed"]

    def forget(self) -> None:
        """Take the whole connection away again."""
        with self.engine.begin() as db:
            db.execute(delete(ConnectionRow).where(ConnectionRow.id == self.id))


def _nothing(_point: str) -> None:
    return None


@lru_cache
def _rows(table: Any, *names: str) -> Select[Any]:
    query = select(table.__table__).where(table.connection_id == bindparam("connection"))
    for name in names:
        column = getattr(table, name)
        query = query.where(column.is_not_distinct_from(bindparam(name, type_=column.type)))
    return query.order_by(table.__table__.primary_key.columns[0])


def _connect(engine: Engine, rules: Rules, clock: SteppedClock) -> int:
    now = clock.now()
    with engine.begin() as db:
        row = {"name": "bench", "created_at": now, "activated_at": now, "rules_version": 1}
        made: int = db.execute(insert(ConnectionRow).values(row).returning(ConnectionRow.id)).scalar_one()
        db.execute(update(ConnectionRow).where(ConnectionRow.id == made).values(name=f"bench {made}"))
        sides = [{"connection_id": made, "side": side.value, "url": "", "user_id": OUR_ID} for side in SIDES]
        db.execute(insert(SideRow), [row | {"organisation_id": ""} for row in sides])
        text = {"version": 1, "document": export(rules), "saved_at": now, "saved_by": "Ada"}
        db.execute(insert(RulesRow).values(connection_id=made, **text))
    return made


# -- what must hold, whatever happened


def differences(bench: Bench) -> list[str]:
    """Every shared field of every link that the two sides show differently, but for what waits in a conflict."""
    waiting = {(row.link_id, row.field) for row in bench.conflicts()}
    found = []
    for link in bench.links():
        shown = bench.shown(S, link.salesforce), bench.shown(X, link.xero)
        for rule in bench.kind.fields:
            one, other = (fields[rule.key] for fields in shown)
            if not equal(rule, one, other) and (link.id, rule.key) not in waiting:
                found.append(f"{link.salesforce} {rule.key}: {one!r} in Salesforce, {other!r} in Xero")
    return found


def twins(bench: Bench) -> list[str]:
    """Every record made twice: two that name one partner, or two links of one record."""
    found = []
    for side in SIDES:
        named = Counter(r.partner for r in bench.worlds[side].records.values() if r.partner)
        found += [f"{side}: {count} records name {partner}" for partner, count in named.items() if count > 1]
    for column in ("salesforce", "xero"):
        linked = Counter(getattr(link, column) for link in bench.links())
        found += [f"{count} links of {column} {ref}" for ref, count in linked.items() if count > 1]
    return found


def baselines(bench: Bench) -> list[str]:
    """Every link at rest whose baseline is not what both sides show."""
    waiting = {(row.link_id, row.field) for row in bench.conflicts()}
    found = []
    for link in bench.links():
        kept = {S: link.baseline_salesforce, X: link.baseline_xero}
        for side, ref in ((S, link.salesforce), (X, link.xero)):
            for key, value in bench.shown(side, ref).items():
                base = kept[side].get(key)
                if (link.id, key) not in waiting and _plain(value) != base:
                    found.append(f"{side} {ref} {key}: shows {value!r}, baseline {base!r}")
    return found


def _plain(value: Value) -> object:
    return list(value) if isinstance(value, tuple) else value


def quiet(bench: Bench) -> Sequence[str]:
    """What is wrong with a further run: it must read each side once, and do nothing."""
    before = {status: len(bench.conflicts(status)) for status in ("open", "decided", "closed")}
    report = bench.run()
    after = {status: len(bench.conflicts(status)) for status in before}
    found = [f"{report['writes']} writes"] if report["writes"] else []
    found += [f"{side}: {calls} calls" for side, calls in report["calls"].items() if calls != 1]
    return found + ([f"conflicts {before} became {after}"] if before != after else [])


def owned(bench: Bench, **changed: Any) -> KindRule:
    """The bench's rules with single fields changed: `owned(bench, phone={"flow": Flow.S2X})`."""
    fields = tuple(replace(rule, **changed.get(rule.key, {})) for rule in bench.kind.fields)
    return replace(bench.kind, fields=fields)


__all__ = [
    "HERE", "THERE", "Bench", "Killed", "Ref", "S", "X", "baselines", "differences", "make_database", "owned", "quiet",
    "suppress", "twins",
]  # fmt: skip
