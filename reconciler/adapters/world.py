"""The people's side of an organisation that is held in memory: its records, who edits them, and its stamps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.core.history import Line
from reconciler.core.model import Fields, Record, Ref, Side, Status, Value
from reconciler.core.schema import ADDRESS
from reconciler.ports import Clock

US = "Concord"
OUR_ID = "us"
TICK = {Side.SALESFORCE: timedelta(seconds=1), Side.XERO: timedelta(milliseconds=1)}


class World:
    """The records of one side, and the people who edit them.  Time stands still unless the clock moves.

    `lines` is the side's own history: Xero tells of every change but names no field, Salesforce only of the fields in
    `tracked`.
    """

    def __init__(self, side: Side, clock: Clock, *, offset: timedelta = timedelta(0)) -> None:
        self.side, self.records = side, dict[str, Record]()
        self.lines, self.tracked = list[Line](), set[str]()
        self._clock, self._offset, self._made, self._newest = clock, offset, 0, datetime.min.replace(tzinfo=UTC)

    def now(self) -> datetime:
        """The side's own time."""
        return self._clock.now() + self._offset

    def create(
        self, fields: Fields, *, by: str = "a person", by_id: str = "person", kind: str = "customer", **facts: Any
    ) -> Record:
        """A new record; `facts` are any of `Record`'s: flag, partner, groups, is_supplier, status."""
        self._made += 1
        ref = Ref(self.side, _id(self.side, self._made))
        blank = Record(ref, kind, "", self.now(), self.now(), {}, **facts)
        return self._store(blank, by, by_id, fields=dict(fields))

    def edit(
        self, record_id: str, fields: Fields | None = None, *, by: str = "a person", by_id: str = "person", **facts: Any
    ) -> Record:
        """Change values, or facts, of a record."""
        old = self.records[record_id]
        return self._store(old, by, by_id, fields={**old.fields, **(fields or {})}, **facts)

    def remove(self, record_id: str) -> Record:
        """What a person does to be rid of it: Salesforce deletes, Xero archives."""
        gone = Status.REMOVED if self.side is Side.SALESFORCE else Status.ARCHIVED
        return self.edit(record_id, status=gone)

    def restore(self, record_id: str) -> Record:
        """Undelete, or un-archive."""
        return self.edit(record_id, status=Status.ACTIVE, merged_into="")

    def merge(self, loser: str, survivor: str) -> Record:
        """One of two becomes part of the other."""
        return self.edit(loser, status=Status.MERGED, merged_into=survivor)

    def purge(self, record_id: str) -> None:
        """As if it had never been; deltas say nothing."""
        del self.records[record_id]

    def _store(self, record: Record, by: str, by_id: str, **changes: Any) -> Record:
        """Keep it, changed, under a new stamp.  Salesforce's ties within a second are real, so they are kept."""
        stamp = cut(self.now(), TICK[self.side])
        if self.side is Side.XERO:
            stamp = max(stamp, self._newest + TICK[self.side])
        self._newest = max(stamp, self._newest)
        stamped: dict[str, Any] = {
            "version": stamp.isoformat(),
            "changed_at": stamp,
            "edited_at": stamp,
            "by": by,
            "by_id": by_id,
        }
        shown = replace(record, **stamped, **changes)
        self.lines += self._told(self.records.get(record.ref.id), shown)
        self.records[record.ref.id] = shown
        return shown

    def _told(self, before: Record | None, shown: Record) -> Iterator[Line]:
        if self.side is Side.XERO:
            yield Line(shown.ref, shown.changed_at, shown.by, f"{shown.by}: edited")
            return
        if before is None:
            return
        for key in sorted(self.tracked & shown.fields.keys()):
            was, now = _members(before.fields.get(key, "")), _members(shown.fields[key])
            for member, new in now.items():
                if was.get(member) != new:
                    text = f"{shown.by}: {f'{key} {member}'.strip()} became {new!r}"
                    yield Line(shown.ref, shown.edited_at, shown.by, text, key, member, new)


def _members(value: Value) -> dict[str, str]:
    """A single field as its own only member, without a name."""
    return dict(zip(ADDRESS, value, strict=True)) if isinstance(value, tuple) else {"": value}


def _id(side: Side, number: int) -> str:
    return f"001{number:012d}AAA" if side is Side.SALESFORCE else f"00000000-0000-4000-8000-{number:012d}"


def cut(moment: datetime, grain: timedelta) -> datetime:
    """A moment as stamps of this grain have it."""
    return moment - (moment - datetime(1970, 1, 1, tzinfo=UTC)) % grain
