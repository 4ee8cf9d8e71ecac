"""A record as it has been read, beside its row of last seen: what is different, and what the row is to say now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select, update

from reconciler.core.model import Edit, Fields, Grade, Record, Side, Status
from reconciler.core.schema import KindRule
from reconciler.core.values import name_key
from reconciler.store.codec import as_text, details_as_stored, details_out, edit_out, fields_as_stored
from reconciler.store.compiled import Many, Rows
from reconciler.store.json_text import decode, encode
from reconciler.store.last_seen import APART, HERE
from reconciler.store.tables import RecordRow, of
from reconciler.store.types import time_in

# A stamp may lie before the reading that missed it: Salesforce shows a row only when its transaction commits.
LATE = {Side.SALESFORCE: timedelta(seconds=600), Side.XERO: timedelta(seconds=60)}
_WHO = frozenset({"by", "by_id"})  # whoever touched a record without changing what it shows changed nothing
_RECORD = of(RecordRow)
_COMPARED = ("ref", "version", "status", "flag", "partner")
_BESIDES = ("id", "link_id", "name_key", "read_at", "written_at", "pending", "unlinked", "covered_by")
# Most of what is read shows nothing new.
_JSON = (as_text(_RECORD.c.fields), as_text(_RECORD.c.details))
_AS_STORED = select(*(_RECORD.c[name] for name in _COMPARED), *_JSON).where(HERE)
AS_STORED = Rows(_AS_STORED)
STORED = Rows(_AS_STORED.add_columns(*(_RECORD.c[name] for name in _BESIDES), as_text(_RECORD.c.edits)))
_SHOWN = ("version", "changed_at", "edited_at", "status", "flag", "details", "fields", "read_at", "edits", "written_at")
# What a record is found by is indexed: a row that is found by the same as before is written in a third of the time.
_FOUND = ("partner", "name_key", "pending")


def _setting(*columns: str) -> Many:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    return Many(update(_RECORD).where(_RECORD.c.id == bindparam("row")).values(values))


UPDATE_SHOWN, UPDATE_ALL = _setting(*_SHOWN), _setting(*_SHOWN, *_FOUND)


def as_stored(row: Any, record: Record) -> bool:
    """Whether a record shows to the letter what its row holds; a false "no" costs a closer look and nothing else."""
    _, version, status, flag, partner, fields, details = row[:7]
    if (version, status, flag, partner) != _facts(record):
        return False
    return bool(fields == encode(record.fields) and details == encode(details_out(record)))


def _facts(record: Record) -> tuple[str, str, bool, str]:
    return record.version, record.status, record.flag, record.partner


@dataclass(slots=True)
class Reading:
    """One record and its row.  `ours` are the fields that we have just written, None when it is no answer to a write.

    `was` and `now` are the values, `after` all that is known with this reading, `changed` the fields that show another
    value, or one for the first time.
    """

    row: Any
    record: Record
    ours: Collection[str] | None
    was: Fields
    now: Fields
    after: Fields
    details: Mapping[str, Any]
    changed: list[str]

    @classmethod
    def of(cls, row: Any, record: Record, ours: Collection[str] | None) -> Reading:
        """Compare."""
        was, now, details = fields_as_stored(row.fields), record.fields, details_as_stored(row.details)
        changed = [key for key, value in now.items() if key not in was or was[key] != value]
        return cls(row, record, ours, was, now, {**was, **now}, details, changed)

    @property
    def stands_otherwise(self) -> bool:
        """Whether the record's standing has changed: status, opt-in, or the partner it names."""
        row = self.row
        return (row.status, row.flag, row.partner) != _facts(self.record)[1:]

    def differs(self) -> bool:
        """Whether it shows anything new at all."""
        if self.changed or self.stands_otherwise:
            return True
        shown = details_out(self.record)
        return any(self.details.get(name) != value for name, value in shown.items() if name not in _WHO)

    def is_as_written(self) -> bool:
        """Whether nothing is different but the values that are ours."""
        ours = self.ours or ()
        return bool(ours) and not self.stands_otherwise and set(ours).issuperset(self.changed)

    def is_edited(self, derived: frozenset[str]) -> bool:
        """Whether something that was read before is different now; a field read for the first time is no edit."""
        if self.row.status != self.record.status.value or self.row.flag != self.record.flag:
            return True
        return not derived.issuperset(self.was.keys() & self.changed)

    def values(self, rule: KindRule, read_at: datetime, read_before: datetime | None) -> dict[str, Any]:
        """The row of a record that shows something else than before, with the evidence for each field's edit.

        When a field that is read for the first time was edited, nobody knows.
        """
        row, record, ours = self.row, self.record, self.ours or ()
        edited = [key for key in self.changed if key not in ours]
        edits = decode(row.edits)
        if edited:
            evidence = edit_out(self._evidence(rule, edited, read_before))
            edits |= {key: evidence for key in edited if key in self.was}
        values = self._stamps(read_at)
        values["new_edits"], values["new_fields"] = edits, self.after
        values["new_details"] = details_out(record)
        if ours:  # an answer to a write need not show every field, nor the groups
            values["new_details"]["groups"] = self.details.get("groups", [])
        if "name" in self.changed:
            values["new_name_key"] = name_key(str(self.now["name"]))[:255]
        alone = row.link_id is None
        values["new_pending"] = alone and self._to_look_at(
            admits=record.status is Status.ACTIVE and rule.admits(record)
        )
        return values

    def touched(self, read_at: datetime) -> dict[str, Any]:
        """The row of a record of which only the stamp has moved."""
        return self._stamps(read_at) | {"new_edits": decode(self.row.edits)}

    def _stamps(self, read_at: datetime) -> dict[str, Any]:
        """What any reading changes, and the rest as it stands."""
        row, record = self.row, self.record
        return {
            "row": row.id,
            "new_version": record.version,
            "new_changed_at": record.changed_at,
            "new_edited_at": record.edited_at,
            "new_status": record.status.value,
            "new_flag": record.flag,
            "new_partner": record.partner,
            "new_details": self.details,
            "new_fields": self.was,
            "new_name_key": row.name_key,
            "new_read_at": read_at,
            "new_pending": bool(row.pending),
            "new_written_at": self._written_at() if self.ours is None else record.edited_at,
        }

    def _written_at(self) -> datetime | None:
        return time_in(self.row.written_at) if self.row.written_at else None

    def is_found_as_before(self, values: dict[str, Any]) -> bool:
        """Whether nothing of it changes that a record is found by."""
        row = self.row
        found = (values["new_partner"], values["new_name_key"], values["new_pending"])
        return found == (row.partner, row.name_key, row.pending)

    def _evidence(self, rule: KindRule, edited: Collection[str], read_before: datetime | None) -> Edit:
        """An edit lies in (after, until]; the record's stamp is its time when nothing else can have moved that stamp.

        Beside a write of ours the stamp is that write's, whatever else the record shows for the first time; balances
        move no stamp.
        """
        record, row = self.record, self.row
        read_at, written_at = time_in(row.read_at), self._written_at()
        before = max(read_at, read_before) if read_before else read_at
        after = before if before < record.edited_at else record.edited_at - LATE[record.ref.side]
        ours = written_at is not None and after < written_at
        alone = len(set(edited) - rule.derived) == 1 and not self.ours
        return Edit(after, record.edited_at, Grade.RECORD if alone and not ours else Grade.INTERVAL, record.by)

    def _to_look_at(self, *, admits: bool) -> bool:
        """Whether a record without a partner that shows something new has to be decided about."""
        row, stands = self.row, self.record.status is Status.ACTIVE
        if row.unlinked == "merged":
            return stands  # it was merged away, and has returned
        fell_or_returned = not stands or row.status != Status.ACTIVE.value
        if row.unlinked in {"question", "undone", "refused"} or (row.unlinked in APART and fell_or_returned):
            return True  # what is asked about it may be over, or asked again
        return admits and not row.covered_by and row.unlinked not in APART
