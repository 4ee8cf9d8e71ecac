"""Records of one object, with the indexes that keep a hundred thousand of them quick.

Records are replaced whole and never changed in place, so that a reader's view and an undo log cost one reference.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from reconciler.simulators.salesforce.schema import SObject
from reconciler.simulators.salesforce.values import Record


class Table:
    """Rows by id, in order of change, in order of id, and by each unique field."""

    def __init__(self, sobject: SObject) -> None:
        self.sobject = sobject
        self._rows: dict[str, Record] = {}
        self._ids: list[str] = []
        self._stamps: list[tuple[datetime, str]] = []
        self._gone: set[str] = set()
        self._unique: dict[str, dict[Any, str]] = {name: {} for name in sobject.unique}

    def adopt(self, sobject: SObject) -> None:
        """Go on under a changed schema: new columns are blank in every record, and new unique ones are indexed."""
        added = [column for column in sobject.fields if column.name not in self.sobject.by_name]
        self.sobject = sobject
        blank = {column.name: False if column.type == "boolean" else None for column in added}
        self._rows = {key: {**blank, **row} for key, row in self._rows.items()} if blank else self._rows
        if set(sobject.unique) != set(self._unique):
            self._unique = {name: {} for name in sobject.unique}
            for row in self._rows.values():
                self._index_unique(row)

    def holders(self, field: str, value: str) -> list[Record]:
        """The live records that hold a value of an external id, which need not be unique."""
        if field in self._unique:
            held = self.holder(field, value)
            return [] if held is None else [held]
        wanted = value.lower()
        live = (row for row in self._rows.values() if not row.get("IsDeleted"))
        return [row for row in live if str(row[field] or "").lower() == wanted]

    def __len__(self) -> int:
        return len(self._rows)

    def load(self, records: Iterable[Record]) -> None:
        """Fill an empty table; sorting once is what makes this quick."""
        for record in records:
            self._rows[record["Id"]] = record
            self._index_unique(record)
        self._gone = {key for key, row in self._rows.items() if row.get("IsDeleted") and self.sobject.stamped}
        self._ids = sorted(self._rows)
        if self.sobject.stamped:
            self._stamps = sorted((record["SystemModstamp"], key) for key, record in self._rows.items())

    def get(self, key: str) -> Record | None:
        return self._rows.get(key)

    def put(self, record: Record) -> None:
        key = record["Id"]
        before = self._rows.get(key)
        if before is None:
            insort(self._ids, key)
        else:
            self._forget(before)
        self._rows[key] = record
        self._index_unique(record)
        (self._gone.add if record.get("IsDeleted") else self._gone.discard)(key)
        if self.sobject.stamped:
            insort(self._stamps, (record["SystemModstamp"], key))

    def purge(self, before: datetime) -> int:
        """Take out what was removed at that moment or before; say how many."""
        gone = [key for key in self._gone if self._rows[key]["SystemModstamp"] <= before]
        for key in gone:
            self.take_out(key)
        return len(gone)

    def take_out(self, key: str) -> None:
        """Unmake a record, as only the undoing of its creation does."""
        self._forget(self._rows.pop(key))
        self._gone.discard(key)
        del self._ids[bisect_left(self._ids, key)]

    def holder(self, field: str, value: Any) -> Record | None:
        """The live record that holds a unique value, whatever its letter case."""
        key = self._unique[field].get(_folded(value))
        return None if key is None else self._rows[key]

    def all(self) -> Iterator[Record]:
        return iter(list(self._rows.values()))

    def by_id(self, least: str = "") -> Iterator[Record]:
        for place in range(bisect_left(self._ids, least), len(self._ids)):
            yield self._rows[self._ids[place]]

    def by_stamp(self, since: datetime | None) -> Iterator[Record]:
        start = 0 if since is None else bisect_left(self._stamps, (since, ""))
        for place in range(start, len(self._stamps)):
            yield self._rows[self._stamps[place][1]]

    def _forget(self, record: Record) -> None:
        if self.sobject.stamped:
            entry = (record["SystemModstamp"], record["Id"])
            del self._stamps[bisect_left(self._stamps, entry)]
        for name, held in self._unique.items():
            value = record.get(name)
            if value is not None and held.get(_folded(value)) == record["Id"]:
                del held[_folded(value)]

    def _index_unique(self, record: Record) -> None:
        for name, held in self._unique.items():
            value = record.get(name)
            if value is not None and not record.get("IsDeleted"):
                held[_folded(value)] = record["Id"]


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
