"""A side held in memory, with the semantics that the engine leans on, for tests of the engine and of the contract.

Stamps, conditional writes, archiving, merging, unique names and numbers behave as at the vendor the side stands for:
Salesforce compares whole seconds and refuses a write onto what has moved; Xero knows no condition, keeps milliseconds,
refuses edits of archived contacts and a second active contact of one name.  There is no wire: what the vendors'
formats do to a value is the simulators' to show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson

from reconciler.adapters.world import OUR_ID, US, World, cut
from reconciler.core.history import Line
from reconciler.core.model import Fields, Record, Side, Status
from reconciler.core.schema import KindRule, Rules
from reconciler.errors import Refusal, Unavailable, Usage
from reconciler.ports import Answer, Batch, Identity, Meter, Moved, Outcome, Page, Refused, Write, Written


@dataclass(slots=True)
class Hooks:
    """What goes wrong, and when.

    `fail_next` is raised by the next call and nothing is carried out; `before_call` runs before each call, and may
    raise too; `lose_next_answer` carries the next send out and then raises; `before_send` and `after_send` run around
    the writing, so that a person can be quicker, or edit at once; `before_read_back` runs between the writing and the
    reading back of it; `refuse` may refuse a write.
    """

    fail_next: Exception | None = None
    before_call: Callable[[], None] | None = None
    lose_next_answer: bool = False
    before_send: Callable[[Batch], None] | None = None
    after_send: Callable[[Batch], None] | None = None
    before_read_back: Callable[[], None] | None = None
    refuse: Callable[[Write], Refusal | None] | None = None


class MemoryGateway:
    """The port over a `World`.  `sent` keeps every batch that was carried out."""

    def __init__(
        self, world: World, rules: Rules, *, batch_size: int = 0, page_size: int = 1000, lost: Sequence[str] = ()
    ) -> None:
        self.world, self.hooks, self.sent = world, Hooks(), list[Batch]()
        self.meter = Meter(offset=0.0)
        self.side = world.side
        self.batch_size = batch_size or (24 if world.side is Side.SALESFORCE else 50)
        self.create_size = batch_size or (200 if world.side is Side.SALESFORCE else 50)
        self._rules, self._page_size, self._lost = rules, page_size, tuple(lost)

    def identify(self) -> Identity:
        self._call()
        return Identity(f"{self.side}-organisation", "In memory", "demo", user=US, user_id=OUR_ID)

    def missing_fields(self, kind: str) -> Sequence[str]:
        self._kind(kind)
        self._call()
        return self._lost

    def changes(self, kind: str, since: datetime | None, position: str = "") -> Iterator[Page]:
        self._kind(kind)
        second = cut(since, timedelta(seconds=1)) if since else None
        everything = self.world.records.values()
        found = [r for r in everything if (second is None or r.changed_at >= second) and r.kind == kind]
        found.sort(key=lambda r: (r.changed_at, r.ref.id) if self.side is Side.SALESFORCE else (r.ref.id,))
        first = int(position or 0)
        for start in range(first, max(len(found), first + 1), self._page_size):
            self._call()
            end = start + self._page_size
            yield Page(found[start:end], self.world.now(), str(end))

    def read(self, kind: str, ids: Sequence[str]) -> Page:
        self._kind(kind)
        if ids:
            self._call()
        known = [self.world.records[one] for one in dict.fromkeys(ids) if one in self.world.records]
        return Page(known, self.world.now())

    def find_partner(self, kind: str, partner: str) -> Sequence[Record]:
        self._kind(kind)
        self._call()
        return [record for record in self._all(kind) if record.partner == partner]

    def history(self, kind: str, ids: Sequence[str], since: datetime) -> Sequence[Line]:
        self._kind(kind)
        at_once = 20 if self.side is Side.SALESFORCE else 1
        for _ in range(0, len(ids), at_once):
            self._call()
        return [line for line in self.world.lines if line.ref.id in ids and line.at >= since]

    def prepare(self, kind: str, do: str, writes: Sequence[Write]) -> Batch:
        self._kind(kind)
        _check(do, writes, self.create_size if do == "create" else self.batch_size)
        parts = [orjson.dumps(_plain(write), option=orjson.OPT_SORT_KEYS) for write in writes]
        return Batch(self.side, kind, do, tuple(writes), b"[" + b",".join(parts) + b"]", parts)

    def send(self, batch: Batch) -> Answer:
        self._call()
        if self.hooks.before_send:
            self.hooks.before_send(batch)
        outcomes = [self._write(batch, write) for write in batch.writes]
        if self.hooks.before_read_back:
            self.hooks.before_read_back()
            outcomes = [self._read_back(outcome) for outcome in outcomes]
        self.sent.append(batch)
        if self.hooks.after_send:
            self.hooks.after_send(batch)
        if self.hooks.lose_next_answer:
            self.hooks.lose_next_answer = False
            raise Unavailable("The answer was lost.", side=self.side, sent=True)
        return Answer(outcomes, self.world.now())

    def _write(self, batch: Batch, write: Write) -> Outcome:
        refusal = self.hooks.refuse(write) if self.hooks.refuse else None
        if refusal is not None:
            return Refused(refusal)
        return self._create(batch.kind, write) if batch.do == "create" else self._update(write)

    def _read_back(self, outcome: Outcome) -> Outcome:
        if not isinstance(outcome, Written):
            return outcome
        record = self.world.records[outcome.record.ref.id]
        return replace(outcome, record=record, ours=record == outcome.record)

    def _create(self, kind: str, write: Write) -> Outcome:
        twin = next((r for r in self._all(kind) if r.partner == write.partner), None)
        if (
            twin is not None and self.side is Side.SALESFORCE
        ):  # Salesforce upserts: what is there already is written over
            return Written(self.world.edit(twin.ref.id, write.fields, by=US, by_id=OUR_ID), adopted=True)
        taken = self._taken(write)
        if taken is not None:
            return taken
        made = self.world.create(
            {**_blank(self._rules.kinds[kind]), **write.fields},
            kind=kind,
            by=US,
            by_id=OUR_ID,
            partner=write.partner,
            flag=write.flag and self.side is Side.SALESFORCE,
        )
        return Written(made)

    def _update(self, write: Write) -> Outcome:
        record = self.world.records.get(write.id)
        if record is None or record.status is not Status.ACTIVE or self._moved(record, write):
            return Moved()
        taken = self._taken(write)
        if taken is not None:
            return taken
        facts: dict[str, Any] = {"partner": write.partner} if write.partner else {}
        if write.archive:
            facts = {"flag": False} if self.side is Side.SALESFORCE else {"status": Status.ARCHIVED}
        return Written(self.world.edit(write.id, {} if write.archive else write.fields, by=US, by_id=OUR_ID, **facts))

    def _moved(self, record: Record, write: Write) -> bool:
        condition = write.edited_at if self.side is Side.SALESFORCE else None
        return condition is not None and record.edited_at > condition

    def _taken(self, write: Write) -> Refused | None:
        """A name (Xero) or a partner's id that another record has."""
        if not write.partner and "name" not in write.fields:
            return None
        others = [record for record in self.world.records.values() if record.ref.id != write.id]
        if write.partner and any(record.partner == write.partner for record in others):
            return _refused("duplicate_number", "partner", "Another record carries this id.")
        name = str(write.fields.get("name") or "").casefold()
        actives = (r for r in others if r.status is Status.ACTIVE and self.side is Side.XERO)
        if name and any(str(r.fields.get("name") or "").casefold() == name for r in actives):
            return _refused("duplicate_name", "name", "Another active record has this name.")
        return None

    def _all(self, kind: str) -> list[Record]:
        return [record for record in self.world.records.values() if record.kind == kind]

    def _kind(self, kind: str) -> None:
        if kind not in self._rules.kinds:
            raise Usage(f"The rules share no records of the kind {kind!r}.")

    def _call(self) -> None:
        self.meter.calls += 1
        if self.hooks.before_call:
            self.hooks.before_call()
        if self.hooks.fail_next is not None:
            error, self.hooks.fail_next = self.hooks.fail_next, None
            raise error


def _blank(rule: KindRule) -> Fields:
    """A record shows every shared field, filled or not."""
    return {one.key: ("",) * len(one.members) if one.members else "" for one in rule.fields}


def _refused(code: str, field: str, message: str) -> Refused:
    return Refused(Refusal(code, message, field=field, remedy="Give one of the two another."))


def _check(do: str, writes: Sequence[Write], most: int) -> None:
    if not 0 < len(writes) <= most:
        raise ValueError(f"a request takes 1 to {most} writes, not {len(writes)}")
    if any(bool(write.id) is (do == "create") for write in writes):
        raise ValueError("an update needs the record's id and a create has none")
    if do == "create" and not all(write.partner for write in writes):
        raise ValueError("a create needs its partner's id")


def _plain(write: Write) -> dict[str, Any]:
    return {
        "id": write.id,
        "fields": dict(write.fields),
        "partner": write.partner,
        "edited_at": write.edited_at.isoformat() if write.edited_at else None,
        "flag": write.flag,
        "archive": write.archive,
    }
