"""What must be true of each write in the moment in which it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from reconciler.adapters.world import US
from reconciler.core.model import SIDES, Side, Status, Value
from reconciler.core.schema import Blank, Flow, KindRule
from reconciler.errors import Refusal
from reconciler.ports import Batch, Write
from reconciler.store.tables import ActionRow
from tests.engine.bench import S, X
from tests.model.ledger import Place, alike, is_nothing, parked
from tests.model.office import Office
from tests.model.people import KEYS, REFUSED, SHARED

LOOKED_AT_AGAIN = {"after_observe", "after_adopt"}  # what happens there is read before Xero is written


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """What a person does while a run is under way: once, at this point (or "before_send" on one side)."""

    point: str
    act: Callable[[], None]


@dataclass
class Writes(Office):
    """People, and an eye on everything that is sent."""

    undoing: bool = False
    overslept: bool = False  # a run has slept past its lease: it may send nothing more
    acted: bool = False  # somebody has done something since this run has read both sides
    unseen: bool = False  # so late that no further look before a write to Xero can show it
    hidden: set[tuple[Place, Value]] = field(default_factory=set)  # what was typed so late
    began: KindRule = SHARED  # the rules that held when this run began
    being_written: set[Place] = field(default_factory=set)  # in hand, perhaps while it is mapped elsewhere
    in_hand: KindRule = SHARED  # those that held when the batch that is sent was written down
    names: set[str] = field(default_factory=set)  # by which writes were told apart
    _meanwhile: list[Meanwhile] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        for side in SIDES:
            hooks = self.bench.gateways[side].hooks
            hooks.refuse = _refusal
            hooks.before_send = self._before_send
            hooks.before_read_back = lambda side=side: self._written(side)

    def meanwhile(self, point: str, act: Callable[[], None]) -> None:
        """Have a person act while the next run is at `point`."""
        self._meanwhile.append(Meanwhile(point, act))

    def _at(self, point: str) -> None:
        if point == "after_intent":
            self.in_hand = self.bench.kind
        for event in [one for one in self._meanwhile if one.point == point]:
            self._meanwhile.remove(event)
            before = self.ledger.newest().items()
            event.act()
            self.acted = True
            if point not in LOOKED_AT_AGAIN:
                self.unseen = True
                self.hidden |= self.ledger.newest().items() - before

    def _before_send(self, batch: Batch) -> None:
        self._expect(batch.side not in self.paused, f"a write to {batch.side} while it is paused")
        self._expect(not self.overslept, f"I-24: a run that slept past its lease writes to {batch.side}")
        written_down = self.bench.rows(ActionRow, state="intended", side=batch.side.value)
        for write in batch.writes:
            steps = [row for row in written_down if row.ref == _about(batch, write)]
            self._expect(bool(steps), f"I-11: {write} is sent and not written down")
            self._expect(write.key not in self.names, f"I-29: {write} bears the name of an earlier one")
            self.names.add(write.key)
            self._fields(batch, write, taken_back=self.undoing or any(row.notes.get("undoes") for row in steps))
            self._opted_in(batch, write)
            self._is_new(batch, write) if batch.do == "create" else self._stands(batch.side, write)
        self._carried()
        self.being_written = self._places(batch)
        before = self._about_to_go(batch)
        self._at(f"before_send {batch.side}")
        if batch.side is X:  # Xero's window: the one loss that is known
            now = self._about_to_go(batch)
            self.ledger.lost_in_the_window |= (now - before) | (now & self.hidden)

    def _written(self, side: Side) -> None:
        self._look()
        self._carried()
        self._at(f"before_read_back {side}")

    def _about_to_go(self, batch: Batch) -> set[tuple[Place, Value]]:
        """What a batch overwrites."""
        updates = [write for write in batch.writes if write.id and not write.archive]
        written = [(write.id, key) for write in updates for key in write.fields]
        return {((batch.side, ref, key), self.shown(batch.side, ref)[key]) for ref, key in written}

    def _places(self, batch: Batch) -> set[Place]:
        """Where a batch writes, by the rules that held when it was written down."""
        rules = {rule.key: getattr(rule, batch.side.value) for rule in self.in_hand.fields}
        return {
            (batch.side, write.id, parked(key, rules[key]))
            for write in batch.writes
            for key in write.fields
            if key in rules
        }

    def _fields(self, batch: Batch, write: Write, *, taken_back: bool) -> None:
        side, rules = batch.side, {rule.key: rule for rule in self.began.fields}
        self._expect(
            not write.archive or taken_back or write.id in self.retiring, f"I-23: {write.id} is retired unasked"
        )
        fields = {} if write.archive else write.fields
        self._expect(set(fields) <= set(rules), f"I-14: {set(fields) - set(rules)} are not shared")
        for key, value in fields.items():
            allowed = rules[key].flow.reaches(side) or (batch.do == "create" and key == "name") or taken_back
            allowed = allowed or self._is_overturned(side, write.id, key)
            self._expect(allowed, f"I-13: {key} flows {rules[key].flow}, and is written in {side}")
            if batch.do != "create":
                self._replaces(side, write, key, value, taken_back=taken_back)

    def _replaces(self, side: Side, write: Write, key: str, value: Value, *, taken_back: bool) -> None:
        shown = self.shown(side, write.id)[key]
        if self._is_refused(side, write):
            return
        known = ((side, write.id, key), shown) not in self.hidden
        self._expect(not known or not alike(key, shown, value), f"I-15: {value!r} is written over {shown!r}")
        conflict = self._conflict(side, write.id, key)
        if taken_back or (self.unseen if side is X else self.acted):  # what has moved by now is not this run's fault
            return
        if conflict is not None:
            self._is_decided(conflict, key, value)
            return
        if side is X:
            source = self.shown(S, self.account_of(X, write.id))[key]
            self._expect(alike(key, source, value), f"I-01: {value!r} goes to Xero, and Salesforce shows {source!r}")
        blank = next(rule.blank for rule in self.began.fields if rule.key == key)
        self._expect(
            blank is Blank.CARRY or not is_nothing(value), f"{key}: a blank is written, and the rule is {blank}"
        )
        self._expect(
            blank is not Blank.FILL or is_nothing(shown), f"{key}: {shown!r} is overwritten; the rule is to fill"
        )

    def _is_refused(self, side: Side, write: Write) -> bool:
        """Whether Salesforce will not carry it out, since somebody has edited the record meanwhile."""
        now = self.bench.worlds[side].records[write.id].edited_at
        return side is S and write.edited_at is not None and now > write.edited_at

    def _conflict(self, side: Side, record_id: str, key: str) -> Any | None:
        return next((row for row in self.bench.conflicts() if (row.field, _of(row)[side]) == (key, record_id)), None)

    def _is_overturned(self, side: Side, record_id: str, key: str) -> bool:
        """What was decided and is decided otherwise is written against an arrow, if need be."""
        conflict = self._conflict(side, record_id, key)
        return conflict is not None and conflict.reason == "overturned" and bool(conflict.decision)

    def _is_decided(self, conflict: Any, key: str, value: Value) -> None:
        """I-02: while a conflict is open nothing is written but what a person decided, on the values they saw."""
        decision = conflict.decision or {}
        name = f"I-02: conflict {conflict.id} about {key} is open, "
        self._expect(bool(decision), f"{name}nobody has decided, and {value!r} is written")
        if not decision:
            return
        chosen = as_value(decision["value"])
        self._expect(alike(key, chosen, value), f"{name}{chosen!r} was chosen, and {value!r} is written")
        for side, record_id in _of(conflict).items():
            shown, seen = self.shown(side, record_id)[key], as_value(decision["shown"][side.value])
            still = shown == seen or alike(key, shown, chosen)
            self._expect(still, f"{name}decided on {seen!r} in {side}, where {shown!r} stands by now")

    def _opted_in(self, batch: Batch, write: Write) -> None:
        """Promise 3: nobody's record is shared without their say, checked as it is written.

        A contact is archived on a person's answer about an account that stands no longer, whose flag says nothing.
        The one request in hand when another checkbox begins to count was proven by the one before.
        """
        if batch.side is X:
            account_id = write.partner if batch.do == "create" else self.account_of(X, write.id)
            account = self.bench.worlds[S].records.get(account_id)
            follows = write.archive and account is not None and account.status is not Status.ACTIVE
            shared = account is not None and self.opted_in(account, self.in_hand)
            self._expect(follows or shared, f"promise 3: {write} is written to Xero")

    def _stands(self, side: Side, write: Write) -> None:
        record = self.bench.worlds[side].records[write.id]
        stands = record.status is Status.ACTIVE or self.acted
        self._expect(stands, f"I-23: {write.id} is {record.status} in {side}, and is written")

    def _is_new(self, batch: Batch, write: Write) -> None:
        """Promise 2: nothing is made that is there already, unless a person has told the two apart."""
        others = [record for record in self.records(batch.side) if record.partner != write.partner]
        found = [one.ref.id for one in others if alike("name", one.fields["name"], write.fields["name"])]
        self._expect(
            not found or write.partner in self.told_apart,
            f"promise 2: {write.fields['name']!r} is made, and is there as {found}",
        )

    def _carried(self) -> None:
        """Which of the newest typed values now stand on both sides."""
        for link in self.bench.links():
            ids = {S: link.salesforce, X: link.xero}
            base = {S: link.baseline_salesforce, X: link.baseline_xero}
            for rule in self.bench.kind.fields:
                shown = {side: self.shown(side, ids[side])[rule.key] for side in SIDES}
                settled = all(as_value(base[side].get(rule.key)) == shown[side] for side in SIDES)
                as_it_is = settled and rule.flow is not Flow.OFF and self._may_stay(rule.key, ids, shown)
                if as_it_is:
                    self.ledger.at_rest[(ids[S], ids[X], rule.key)] = (shown[S], shown[X])
                if as_it_is or rule.flow is Flow.OFF or alike(rule.key, shown[S], shown[X]):
                    for side in SIDES:
                        self.ledger.agree((side, ids[side], rule.key), shown[side])
        self._made_of()

    def _made_of(self) -> None:
        """A contact that has just been made shows what it was made of, whether Concord has heard of it or not."""
        for contact in self.records(X):
            account = self.bench.worlds[S].records.get(contact.partner)
            if account is None or contact.by != US:
                continue
            for key in KEYS:
                places = [(record.ref.side, record.ref.id, key) for record in (account, contact)]
                shown = [self.shown(side, ref)[key] for side, ref, _ in places]
                if alike(key, *shown):
                    for place, value in zip(places, shown, strict=True):
                        self.ledger.agree(place, value)

    def _may_stay(self, key: str, ids: Mapping[Side, str], shown: Mapping[Side, Value]) -> bool:
        """Whether two values may stay as they are: alike, or left so by the rule then or now."""
        rule = self._rule(key)
        if rule.flow is Flow.OFF or alike(key, shown[S], shown[X]):
            return True
        if self.ledger.at_rest.get((ids[S], ids[X], key)) == (shown[S], shown[X]):
            return True  # another rule since then moves nothing by itself
        blank = next((side for side in SIDES if is_nothing(shown[side])), None)
        if blank is None:
            return rule.blank is Blank.FILL
        if rule.blank is Blank.KEEP or rule.flow.origin:  # taken as they are: a blank from-side erases nothing at first
            return True
        cleared = is_nothing(self.ledger.typed.get((blank, ids[blank], key), ["?"])[-1])
        return not rule.flow.reaches(blank) or (rule.blank is Blank.FILL and cleared)


def _about(batch: Batch, write: Write) -> str:
    """What a step is written down as being about: a create, as the record it is made from."""
    return f"{batch.side.other}:{write.partner}" if batch.do == "create" else f"{batch.side}:{write.id}"


def _of(conflict: Any) -> dict[Side, str]:
    return {S: conflict.salesforce, X: conflict.xero}


def _refusal(write: Write) -> Refusal | None:
    bad = next((key for key, value in write.fields.items() if REFUSED in str(value)), "")
    return Refusal("bad_value", "This value is not taken.", field=bad) if bad else None


def as_value(stored: Any) -> Value:
    """A value as it was before it was stored."""
    return tuple(stored) if isinstance(stored, list) else stored
