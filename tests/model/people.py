"""What people do, as moves of a game; each value that they type is written into the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import Engine

from reconciler.core.model import SIDES, Fields, Record, Side, Status, Value
from reconciler.core.schema import FieldRule, KindRule, Limits
from reconciler.mapping.shipped import CUSTOMER
from reconciler.store.tables import LinkRow
from tests.engine.bench import BLANK, S, X
from tests.engine.places import PlacedBench, checkbox, place
from tests.model.ledger import Ledger, is_nothing

LIMITS = Limits(creates=2, blanks=2)
SHARED = replace(CUSTOMER, limits=LIMITS)
KEYS = ("name", "phone", "fax", "account_number", "website", "email", "billing")
REFUSED = "refused"  # a value with this in it is refused by either side
PARTED = {"unlinked", "merged"}  # how a link ends that may stand again
LATE = timedelta(seconds=300)


@dataclass
class People:
    """One connection, its people and their ledger; what goes wrong is noted in `problems`."""

    engine: Engine
    kind: KindRule = SHARED
    bench: PlacedBench = field(init=False)
    ledger: Ledger = field(default_factory=Ledger)
    number: int = 0
    unshared: set[str] = field(default_factory=set)  # accounts that the last run found opted out
    mismeasured: dict[Side, float] = field(default_factory=dict)  # seconds, within what a measured offset may be off
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bench = PlacedBench(self.engine, self.kind)

    def _expect(self, held: bool, problem: str) -> None:
        """Noted, not raised: inside a run an exception would be the product's to handle."""
        if not held:
            self.problems.append(problem)

    def _look(self) -> None:
        """Take down what both sides show now."""
        for side in SIDES:
            for record in self.records(side):
                self.ledger.show(side, record.ref.id, self.shown(side, record.ref.id))

    def shown(self, side: Side, record_id: str) -> Fields:
        """What a side shows now at the places that the rules name."""
        fields = self.bench.worlds[side].records[record_id].fields
        return {rule.key: fields.get(place(rule, side), BLANK[rule.key]) for rule in self.bench.kind.fields}

    def _placed(self, side: Side, fields: Fields) -> Fields:
        """Fields as a world keeps them."""
        return {place(self._rule(key), side): value for key, value in fields.items()}

    def opted_in(self, account: Record, by: KindRule | None = None) -> bool:
        box = checkbox(by or self.bench.kind)
        return bool(account.fields.get(box)) if box else account.flag

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
        made = self.bench.worlds[side].create(self._placed(side, fields), is_customer=True)
        if opted_in and side is S:
            self._tick(made.ref.id, opted_in)
        for key, value in fields.items():
            if not is_nothing(value):
                self._typed(side, made.ref.id, key, value)
        self._look()
        return made.ref.id

    def pair(self) -> None:
        """A customer that both sides have, each naming the other; each knows something that the other does not."""
        account = self.newcomer(S)
        fields = {**self.shown(S, account), "phone": "", "fax": self.value("fax")}
        contact = self.bench.worlds[X].create(self._placed(X, fields), partner=account)
        for key, value in fields.items():
            if not is_nothing(value):
                self._typed(X, contact.ref.id, key, value)
        self.bench.worlds[S].edit(account, partner=contact.ref.id)
        self._look()

    def _typed(self, side: Side, record_id: str, key: str, value: Value) -> None:
        self.ledger.type((side, record_id, key), value, self.bench.clock.now())
        if self.account_of(side, record_id) in self.unshared or self._is_parted(side, record_id):
            self.ledger.unshared.add((side, record_id, key))
        if is_nothing(value) and not self._has_agreed(side, record_id, key):
            self.ledger.to_be_filled.add((side, record_id, key))

    def _has_agreed(self, side: Side, record_id: str, key: str) -> bool:
        """Whether the pair has ever agreed on this field: until then a blank is filled, whoever left it."""
        kept = {S: "baseline_salesforce", X: "baseline_xero"}[side]
        return any(key in getattr(link, kept) for link in self.bench.links() if getattr(link, side.value) == record_id)

    def _is_parted(self, side: Side, record_id: str) -> bool:
        """Whether a person, or a merge, has parted it from its partner, and it has none since."""
        links = [link for link in self.bench.rows(LinkRow) if getattr(link, side.value) == record_id]
        return bool(links) and all(link.status == "closed" for link in links) and links[-1].closed_as in PARTED

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
        if now.status is not Status.ACTIVE or self.shown(side, record.ref.id)[key] == value:
            return
        self.bench.clock.advance(seconds)
        self.bench.worlds[side].edit(record.ref.id, self._placed(side, {key: value}))
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
            self._tick(account.ref.id, opted_in)

    def _tick(self, account_id: str, opted_in: bool) -> None:
        box = checkbox(self.bench.kind)
        if box:
            self.bench.worlds[S].edit(account_id, {box: "yes" if opted_in else ""})
        else:
            self.bench.worlds[S].edit(account_id, flag=opted_in)

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

    def clock_steps(self, side: Side, seconds: int) -> None:
        """Somebody sets a side's clock; its newest stamp may then lie in its future."""
        world = self.bench.worlds[side]
        world._offset += timedelta(seconds=seconds)
        self.bench.gateways[side].meter.offset = world._offset.total_seconds() + self.mismeasured.get(side, 0.0)
