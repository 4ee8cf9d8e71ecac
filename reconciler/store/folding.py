"""Folding: a reading is taken into last seen, in the transaction that moves the watermark.

Folding also notes the evidence for each edit (between which readings it was made) and marks what a run has to look at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from reconciler.core.model import Record, Ref, Side, Status
from reconciler.core.schema import KindRule
from reconciler.core.values import name_key
from reconciler.ports import Page
from reconciler.store import again, keys
from reconciler.store.codec import details_out
from reconciler.store.compiled import Many, Rows, among
from reconciler.store.last_seen import CHUNK, HERE
from reconciler.store.reading import AS_STORED, STORED, UPDATE_ALL, UPDATE_SHOWN, Reading, as_stored
from reconciler.store.tables import LinkRow, RecordRow, of

_RECORD, _LINK = of(RecordRow), of(LinkRow)
_IDS = Rows(select(_RECORD.c.ref, _RECORD.c.id).where(HERE))
_PENDING = Many(
    update(_LINK).where(among(_LINK.c.id, "links")).values(pending=bindparam("waits"), due_at=bindparam("due"))
)


@dataclass(frozen=True, slots=True)
class Folded:
    """What a page showed: how many linked records show something else than before, and the links of those that show
    something that is not what we have just written there.  `link_of` names the link of each record that has one.
    """

    shaken: int = 0
    links: frozenset[int] = frozenset()
    link_of: dict[Ref, int] = field(default_factory=dict)

    def __or__(self, other: Folded) -> Folded:
        return Folded(self.shaken + other.shaken, self.links | other.links, {**self.link_of, **other.link_of})


@dataclass(frozen=True, slots=True)
class Folding:
    """One page being folded: where, by which rules, and what was known before.

    `read_before` is the time up to which the side had been read without showing these changes.
    `written` names, per record id, the fields that we have just written: showing them is no edit of a person's.
    """

    db: Connection
    connection_id: int
    rule: KindRule
    read_at: datetime
    read_before: datetime | None
    written: Mapping[str, Collection[str]]

    def take(self, records: Sequence[Record]) -> Folded:
        """Fold some records of one side."""
        side = records[0].ref.side
        known = _stored(self.db, self.connection_id, records)
        new, readings = [], []
        for record in records:
            row, ours = known.get(record.ref.id), self.written.get(record.ref.id)
            if row is None:
                new.append(_row(self.connection_id, self.rule, record, self.read_at))
            elif ours is not None or not as_stored(row, record):
                readings.append(Reading.of(row, record, ours))
        link_of = {Ref(side, row.ref): row.link_id for row in known.values() if row.link_id is not None}
        if not new and not readings:
            return Folded(link_of=link_of)
        different = [reading for reading in readings if reading.differs()]
        self._write(new, readings, different)
        self._keep_keys(side, new, different)
        linked = [reading for reading in different if reading.row.link_id is not None]
        return replace(self._shaken(linked), link_of=link_of)

    def _write(self, new: Sequence[Any], readings: Sequence[Reading], different: Sequence[Reading]) -> None:
        all_of_it: list[dict[str, Any]] = []
        shown: list[dict[str, Any]] = []
        seen = set(map(id, different))
        for each in readings:
            if id(each) in seen:
                values = each.values(self.rule, self.read_at, self.read_before)
                (shown if each.is_found_as_before(values) else all_of_it).append(values)
            elif each.ours is not None or each.row.version != each.record.version:
                shown.append(each.touched(self.read_at))
        if new:
            self.db.execute(insert(RecordRow), new)
        UPDATE_SHOWN.execute(self.db, shown)
        UPDATE_ALL.execute(self.db, all_of_it)

    def _keep_keys(self, side: Side, new: Sequence[Any], different: Sequence[Reading]) -> None:
        """Records are found by what they show now, and what is asked about those they are like is looked at again."""
        db, here = self.db, self.connection_id
        if new:
            refs = [row["ref"] for row in new]
            ids = dict(_IDS.all(db, connection=here, on_side=side.value, refs=refs))
            keys.put(db, here, {ids[row["ref"]]: keys.stored(side, row["fields"]) for row in new})
        moved = [each for each in different if each.changed]
        keys.move(db, here, side, {e.row.id: keys.Moved(e.was, e.after, e.changed) for e in moved})
        alone = [each for each in different if each.row.link_id is None]
        if (new or alone) and again.is_asked(db, here):
            values = [row["fields"] for row in new] + [each.now for each in alone]
            again.ask_again(db, here, side, values + [each.was for each in alone])

    def _shaken(self, linked: Sequence[Reading]) -> Folded:
        """Links of which a record shows something new are looked at; what we wrote ourselves is settled with it."""
        unexpected = frozenset(each.row.link_id for each in linked if not each.is_as_written())
        if unexpected:
            _PENDING.execute(self.db, [{"links": sorted(unexpected), "waits": True, "due": None}])
        derived = self.rule.derived
        return Folded(sum(each.is_edited(derived) for each in linked), unexpected)


def fold(
    db: Connection,
    connection_id: int,
    rule: KindRule,
    page: Page,
    read_before: datetime | None,
    *,
    written: Mapping[str, Collection[str]] | None = None,
) -> Folded:
    """Fold one page into last seen; what is asked for is told at `Folding`."""
    folding = Folding(db, connection_id, rule, page.read_at, read_before, written or {})
    all_of_it = Folded()
    for chunk in _chunks(page.records):
        all_of_it |= folding.take(chunk)
    return all_of_it


def unlike(db: Connection, connection_id: int, records: Sequence[Record]) -> list[Record]:
    """Those that are not as they were last seen, each once."""
    found: list[Record] = []
    for chunk in _chunks(records):
        known = _stored(db, connection_id, chunk, AS_STORED)
        found += [r for r in chunk if r.ref.id not in known or not as_stored(known[r.ref.id], r)]
    return found


def _stored(db: Connection, connection_id: int, records: Sequence[Record], columns: Rows = STORED) -> dict[str, Any]:
    refs = [record.ref.id for record in records]
    side = records[0].ref.side.value
    return {row.ref: row for row in columns.all(db, connection=connection_id, on_side=side, refs=refs)}


def _chunks(records: Sequence[Record]) -> Iterable[Sequence[Record]]:
    """Each record once, as it was read last."""
    once = list({record.ref.id: record for record in records}.values())
    for start in range(0, len(once), CHUNK):
        yield once[start : start + CHUNK]


def _row(connection_id: int, rule: KindRule, record: Record, read_at: datetime) -> dict[str, Any]:
    return {
        "connection_id": connection_id,
        "side": record.ref.side.value,
        "ref": record.ref.id,
        "kind": record.kind,
        "read_at": read_at,
        "edits": {},
        "pending": rule.admits(record) and record.status is Status.ACTIVE,
        "unlinked": "",
        "version": record.version,
        "changed_at": record.changed_at,
        "edited_at": record.edited_at,
        "status": record.status.value,
        "flag": record.flag,
        "partner": record.partner,
        "details": details_out(record),
        "fields": record.fields,
        "name_key": name_key(str(record.fields.get("name", "")))[:255],
    }
