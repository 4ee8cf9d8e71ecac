"""What people do, as moves of a game; each value that they type is written into the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine

from reconciler.commands import pauses
from reconciler.core.model import SIDES, Record, Side, Status, Value
from reconciler.core.schema import Blank, FieldRule, Flow, KindRule, Limits
from reconciler.errors import Stale, Usage
from reconciler.mapping.shipped import CUSTOMER
from reconciler.store.tables import LinkRow
from tests.engine.bench import BLANK, Bench, S, X
from tests.model.ledger import Ledger, is_nothing

LIMITS = Limits(creates=2, blanks=2)
SHARED = replace(CUSTOMER, limits=LIMITS)
KEYS = ("name", "phone", "fax", "account_number", "website", "email", "billing")
REFUSED = "refused"  # a value with this in it is refused by either side
LATE = timedelta(seconds=300)


@dataclass
class People:
    """One connection, its people and their ledger; what goes wrong is noted in `problems`."""

    engine: Engine
    kind: KindRule = SHARED
    bench: Bench = field(init=False)
    ledger: Ledger = field(default_factory=Ledger)
    number: int = 0
    paused: set[Side] = field(default_factory=set)
    retiring: set[str] = field(default_factory=set)  # records whose retirement a person has chosen
    told_apart: set[str] = field(default_factory=set)  # records of which a person has said: it is not this one
    unshared: set[str] = field(default_factory=set)  # accounts that the last run found opted out
    mismeasured: dict[Side, float] = field(default_factory=dict)  # seconds, within what a measured offset may be off
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bench = Bench(self.engine, self.kind)

    def _expect(self, held: bool, problem: str) -> None:
        """Noted, not raised: inside a run an exception would be the product's to handle."""
        if not held:
            self.problems.append(problem)

    def _look(self) -> None:
        """Take down what both sides show now."""
        for side in SIDES:
            for record in self.records(side):
                self.ledger.show(side, record.ref.id, record.fields)

    def _rule(self, key: str) -> FieldRule:
        return next(rule for rule in self.bench.kind.fields if rule.key == key)

    def value(self, key: str, number: int | None = None) -> Value:
        """A value that nobody has typed before."""
        if number is None:
            self.number += 1
            number = self.number
        texts: dict[str, Value] = {
            "name": f"Firm {number}",
            "phone": f"+64 9 300 {number:04}",
            "fax": f"+64 9 301 {number:04}",
            "account_number": f"C-{number}",
            "website": f"https://{number}.example.com",
            "email": f"firm{number}@example.com",
            "billing": (f"{number} Quay Street", f"City {number}", "", f"{number:04}", ""),
        }
        return texts[key]

    def respelled(self, key: str, value: Value) -> Value:
        """What a reader takes for the same, typed by somebody else; of most values there is no other spelling."""
        text = str(value)
        if key in {"phone", "fax"}:
            return text.replace(" ", "-") if " " in text else text.replace("-", "  ")
        if key == "email":
            return text.swapcase()
        if key == "name":
            return text.replace("  ", " ") if "  " in text else text.replace(" ", "  ")
        return value

    def records(self, side: Side) -> list[Record]:
        return list(self.bench.worlds[side].records.values())

    def newcomer(self, side: Side, *, opted_in: bool = True, name: Value | None = None) -> str:
        """Somebody makes a record by hand."""
        fields = {**BLANK, "name": name if name is not None else self.value("name"), "phone": self.value("phone")}
        self.bench.clock.advance(1)
        made = self.bench.worlds[side].create(fields, flag=opted_in and side is S, is_customer=True)
        for key, value in fields.items():
            if not is_nothing(value):
                self._typed(side, made.ref.id, key, value)
        self._look()
        return made.ref.id

    def pair(self) -> None:
        """A customer that both sides have, each naming the other; each knows something that the other does not."""
        account = self.newcomer(S)
        fields = {**self.bench.shown(S, account), "phone": "", "fax": self.value("fax")}
        contact = self.bench.worlds[X].create(fields, partner=account)
        for key, value in fields.items():
            if not is_nothing(value):
                self._typed(X, contact.ref.id, key, value)
        self.bench.worlds[S].edit(account, partner=contact.ref.id)
        self._look()

    def _typed(self, side: Side, record_id: str, key: str, value: Value) -> None:
        self.ledger.type((side, record_id, key), value, self.bench.clock.now())
        if self.unshared and self.account_of(side, record_id) in self.unshared:
            self.ledger.unshared.add((side, record_id, key))
        if is_nothing(value) and not self._has_agreed(side, record_id, key):
            self.ledger.to_be_filled.add((side, record_id, key))

    def _has_agreed(self, side: Side, record_id: str, key: str) -> bool:
        """Whether the pair has ever agreed on this field: until then a blank is filled, whoever left it."""
        kept = {S: "baseline_salesforce", X: "baseline_xero"}[side]
        return any(key in getattr(link, kept) for link in self.bench.links() if getattr(link, side.value) == record_id)

    def account_of(self, side: Side, record_id: str) -> str:
        """The account that a record belongs to, by the links there are or were; "" for none."""
        if side is S:
            return record_id
        links = [link for link in self.bench.rows(LinkRow) if link.xero == record_id]
        links.sort(key=lambda link: link.status != "closed")  # one that stands has taken the place of those before it
        return links[-1].salesforce if links else ""

    def types(self, side: Side, record: Record, key: str, value: Value, *, seconds: float = 1) -> None:
        """A person replaces one value; an archived contact takes no edits."""
        now = self.bench.worlds[side].records[record.ref.id]
        if now.status is not Status.ACTIVE or now.fields[key] == value:
            return
        self.bench.clock.advance(seconds)
        self.bench.worlds[side].edit(record.ref.id, {key: value})
        self._typed(side, record.ref.id, key, value)
        self._look()

    def types_late(self, record: Record, key: str, value: Value) -> None:
        """A save in Salesforce that is seen only now, with a stamp from five minutes ago."""
        world = self.bench.worlds[S]
        if world.records[record.ref.id].status is Status.ACTIVE:
            world._offset -= LATE
            self.types(S, record, key, value)
            world._offset += LATE
            self.ledger.late.add((S, record.ref.id, key))

    def opts(self, account: Record, opted_in: bool) -> None:
        self.bench.clock.advance(1)
        if self.bench.worlds[S].records[account.ref.id].status is Status.ACTIVE:
            self.bench.worlds[S].edit(account.ref.id, flag=opted_in)

    def removes(self, record: Record) -> None:
        self.bench.clock.advance(1)
        if self.bench.worlds[record.ref.side].records[record.ref.id].status is Status.ACTIVE:
            self.bench.worlds[record.ref.side].remove(record.ref.id)

    def restores(self, record: Record) -> None:
        self.bench.clock.advance(1)
        if self.bench.worlds[record.ref.side].records[record.ref.id].status is not Status.ACTIVE:
            self.bench.worlds[record.ref.side].restore(record.ref.id)

    def merges(self, loser: Record, survivor: Record) -> None:
        """Somebody finds that two records are one, and keeps the survivor's values."""
        world = self.bench.worlds[loser.ref.side]
        two = {loser.ref.id: loser, survivor.ref.id: survivor}
        self.bench.clock.advance(1)
        if len(two) == 2 and all(world.records[ref].status is Status.ACTIVE for ref in two):
            world.merge(loser.ref.id, survivor.ref.id)

    def decides(self, conflict: Any, how: str) -> None:
        """On the values as they are shown now; refused where they have moved, which is as it should be."""
        try:
            if how == "value":
                chosen = self.value(conflict.field)
                self.bench.resolve(conflict.id, value=chosen)
            else:
                self.bench.resolve(conflict.id, take=Side(how))
        except (Stale, Usage):
            return

    def answers(self, question: Any, pick: int) -> None:
        choice = question.choices[pick % len(question.choices)]
        if choice == "create_as":
            choice = f"create_as:{self.value('name')}"
        if choice == "retire":
            self.retiring.update(ref.partition(":")[2] for ref in question.refs)
        if choice == "none" or choice.startswith("not:"):
            self.told_apart.add(question.about.partition(":")[2])
        self.bench.answer(question.id, choice)

    def turns(self, key: str, flow: Flow) -> None:
        """Another direction for one field, where the sides can honour it."""
        if key == "website" and flow in (Flow.S2X, Flow.BOTH):
            return
        fields = tuple(replace(r, flow=flow) if r.key == key else r for r in self.bench.kind.fields)
        self.bench.rule(replace(self.bench.kind, fields=fields))

    def keeps_blanks(self, key: str) -> None:
        """From now on clearing this field is no edit."""
        fields = tuple(replace(r, blank=Blank.KEEP) if r.key == key else r for r in self.bench.kind.fields)
        self.bench.rule(replace(self.bench.kind, fields=fields))

    def pauses(self, side: Side) -> None:
        self.paused.add(side)
        with self.bench.session() as session:
            pauses.pause(session, self.bench.id, by="Ada", now=self.bench.clock.now(), side=side)

    def resumes(self, side: Side) -> None:
        self.paused.discard(side)
        with self.bench.session() as session:
            pauses.resume(session, self.bench.id, by="Ada", now=self.bench.clock.now(), side=side)

    def clock_steps(self, side: Side, seconds: int) -> None:
        """Somebody sets a side's clock; its newest stamp may then lie in its future."""
        world = self.bench.worlds[side]
        world._offset += timedelta(seconds=seconds)
        self.bench.gateways[side].meter.offset = world._offset.total_seconds() + self.mismeasured.get(side, 0.0)
