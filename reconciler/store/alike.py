"""Records that may be the same as given ones: found by their keys, read only as far as comparing them needs.

A key that finds very many records (a switchboard, an open mail provider nobody listed) finds none: it says nothing,
and following it would cost the square of the records.  A name is the exception: the first few that have it are found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, insert, or_, select

from reconciler.core.match.finding import SAYING, Key, sort_of
from reconciler.core.match.profile import Profile, of_fields
from reconciler.core.model import Ref, Side, Status
from reconciler.store import keys, last_seen
from reconciler.store.compiled import Rows, among
from reconciler.store.keys import NOTHING, Found
from reconciler.store.last_seen import Seen
from reconciler.store.tables import ApartRow, RecordRow, of

COMMON = 8
NAMESAKES = 50
SHOWN = 10  # of so many namesakes only the first are looked at
KEPT, COUNTED = 120_000, 200_000  # records (some 3 KB each) and counts held at a time
CHUNK = 2_000
_COUNTED = SAYING | {"name"}  # on both sides
_PAIR = of(ApartRow)
_APART = Rows(
    select(_PAIR.c.salesforce, _PAIR.c.xero).where(
        _PAIR.c.connection_id == bindparam("connection"),
        or_(among(_PAIR.c.salesforce, "salesforce"), among(_PAIR.c.xero, "xero")),
    )
)


@dataclass(frozen=True, slots=True)
class Known:
    """A record as last seen, brought to the form in which it is compared."""

    id: int
    ref: Ref
    seen: Seen
    profile: Profile
    keys: frozenset[Key]

    @property
    def free(self) -> bool:
        """Whether it stands, has no partner, and may get one."""
        standing = self.seen.link is None and self.seen.record.status is Status.ACTIVE
        return standing and self.seen.unlinked in {"", "question", "out", "refused"}


@dataclass(slots=True)
class Finder:
    """Looks for one connection; what it has read it keeps for the pass, and it is made anew for the next."""

    connection_id: int
    known: dict[int, Known] = field(default_factory=dict)
    counted: dict[int, Found] = field(default_factory=dict)
    common: set[Key] = field(default_factory=set)  # of those counted, shared by too many of either side to say anything

    def take(self, records: Iterable[Seen]) -> list[Known]:
        """These records, just read."""
        taken = [_known(seen) for seen in records]
        self._keep(taken)
        return taken

    def near(self, db: Connection, records: Sequence[Known]) -> dict[int, list[Known]]:
        """For each of these, records of the other side that share a key with it, or of which one names the other."""
        found: dict[int, set[int]] = {record.id: set() for record in records}
        for side in Side:
            ours = [record for record in records if record.ref.side is side]
            by_key = self._usable(db, ours, side.other) if ours else {}
            for record in ours:
                found[record.id].update(*[by_key[key] for key in record.keys if key in by_key])
        for record_id, others in self._naming(db, records).items():
            found[record_id] |= others
        self._read(db, {i for others in found.values() for i in others})
        return {record_id: [self.known[i] for i in sorted(others)] for record_id, others in found.items()}

    def shared(self, one: Known, other: Known) -> dict[str, bool]:
        """Sorts of the keys that find both and not too many others; true where one finds nobody of another name."""
        found: dict[str, bool] = {}
        for key in (one.keys & other.keys) - self.common:
            sort = sort_of(key)
            found[sort] = found.get(sort, False) or all(self._alone(key, each) for each in (one, other))
        return found

    def _alone(self, key: Key, record: Known) -> bool:
        """Whether nobody else of its side has this key, namesakes apart."""
        named = next((each for each in record.keys if sort_of(each) == "name"), key)
        number, namesakes = (self.counted.get(keys.on(record.ref.side, each), NOTHING).number for each in (key, named))
        return number <= max(1, namesakes)

    def _usable(self, db: Connection, records: Sequence[Known], side: Side) -> dict[Key, Sequence[int]]:
        """What the keys of these records find on that side, but for those that find too many on either."""
        if len(self.counted) > COUNTED:
            self.counted, self.common = {}, set()
        wanted = {key for record in records for key in record.keys}
        met = self._count(db, side, wanted)
        self._count(db, side.other, [key for key in met if sort_of(key) in _COUNTED])
        found: dict[Key, Sequence[int]] = {}
        several: list[Key] = []
        for key, (number, first, last) in met.items():
            name = sort_of(key) == "name"
            if name and number > NAMESAKES:
                found[key] = keys.first(db, self.connection_id, keys.on(side, key), SHOWN)
            elif name or key not in self.common:
                found[key] = (first, last)
                several += [key] if number > 2 else []
        return found | keys.find(db, self.connection_id, side, several)

    def _count(self, db: Connection, side: Side, wanted: Collection[Key]) -> dict[Key, Found]:
        """Those of the keys that find something on that side."""
        stored = [keys.on(side, key) for key in wanted]
        new = [key for key in stored if key not in self.counted]
        self.counted |= dict.fromkeys(new, NOTHING)
        for key, found in keys.count(db, self.connection_id, new):
            self.counted[key] = found
            if found.number > COMMON:
                self.common.add(keys.off(key))
        return {keys.off(key): found for key in stored if (found := self.counted[key]).number}

    def _naming(self, db: Connection, records: Sequence[Known]) -> dict[int, set[int]]:
        """Who names whom, either way."""
        table = of(RecordRow)
        found: dict[int, set[int]] = {}
        for side in Side:
            ours = [record for record in records if record.ref.side is side]
            by_ref = {record.ref.id: record.id for record in ours}
            naming: dict[str, list[int]] = {}
            for record in ours:
                naming.setdefault(record.seen.record.partner, []).append(record.id)
            query = select(table.c.id, table.c.ref, table.c.partner).where(
                table.c.connection_id == self.connection_id,
                table.c.side == side.other.value,
                or_(table.c.partner.in_(by_ref), table.c.ref.in_(sorted(set(naming) - {""}))),
            )
            for row in db.execute(query).all() if ours else ():
                for record_id in (by_ref.get(row.partner), *naming.get(row.ref, ())):
                    if record_id is not None:
                        found.setdefault(record_id, set()).add(row.id)
        return found

    def _read(self, db: Connection, ids: Collection[int]) -> None:
        missing = sorted(set(ids) - self.known.keys())
        if len(self.known) + len(missing) > KEPT:
            self.known = {i: self.known[i] for i in ids if i in self.known}
        self._keep(read(db, missing))

    def _keep(self, records: Iterable[Known]) -> None:
        self.known.update((record.id, record) for record in records)


def read(db: Connection, ids: Sequence[int]) -> Iterator[Known]:
    """Records by their numbers."""
    for start in range(0, len(ids), CHUNK):
        query = select(of(RecordRow)).where(of(RecordRow).c.id.in_(ids[start : start + CHUNK]))
        yield from (_known(last_seen.seen(row)) for row in db.execute(query).all())


def _known(seen: Seen) -> Known:
    profile = of_fields(seen.record.fields)
    return Known(seen.id, seen.record.ref, seen, profile, frozenset(profile.found_by()))


def apart(db: Connection, connection_id: int, records: Iterable[Ref]) -> set[tuple[Ref, Ref]]:
    """Pairs that a person said are not the same, in which one of these records stands; each pair both ways round."""
    ids = {side.value: [ref.id for ref in records if ref.side is side] for side in Side}
    rows = _APART.all(db, connection=connection_id, **ids)
    pairs = [(Ref(Side.SALESFORCE, row.salesforce), Ref(Side.XERO, row.xero)) for row in rows]
    return {pair for one, other in pairs for pair in ((one, other), (other, one))}


def keep_apart(db: Connection, connection_id: int, one: Ref, other: Ref, said: Mapping[str, Any]) -> None:
    """Remember that these two are not the same: `said` is by whom, when and why."""
    ids = {ref.side.value: ref.id for ref in (one, other)}
    if not apart(db, connection_id, [one]) & {(one, other)}:
        db.execute(insert(of(ApartRow)).values(connection_id=connection_id, **ids, **said))
