"""The organisation: its tables, its people, its settings and its one lock.

Knows how to hold and undo, not what may be written (that is `writing`) and nothing of HTTP.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from reconciler.simulators import scenario as story
from reconciler.simulators.kit import Clock, Refused
from reconciler.simulators.salesforce.custom import custom_fields
from reconciler.simulators.salesforce.errors import row_refusal, unsupported_object
from reconciler.simulators.salesforce.objects import objects
from reconciler.simulators.salesforce.schema import SObject
from reconciler.simulators.salesforce.settings import EDITIONS, Settings
from reconciler.simulators.salesforce.table import Table
from reconciler.simulators.salesforce.values import Record, plain

ORGANIZATION_AGE = timedelta(days=1200)
ORGANIZATION_BORN = datetime(2000, 1, 1, tzinfo=UTC)
BIN_LIFE = timedelta(days=15)


@dataclass(frozen=True, slots=True)
class Removal:
    """Contacts that went into the bin along with a record, and (object, column, id) of all that pointed at it."""

    along: tuple[str, ...] = ()
    parted: tuple[tuple[str, str, str], ...] = ()


class Org:
    """All that the twin remembers, except tokens.  Callers hold `lock` for as long as they read or write."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.scenario, self.records, self.seed = "empty", 0, 1
        self._undo: list[tuple[Table, str, Record | None]] | None = None
        self._start(Settings())

    def _start(self, settings: Settings) -> None:
        self._made = itertools.count(1)
        self.tables = {name: Table(each) for name, each in objects(picklists=True).items()}
        self.bin_emptied = ORGANIZATION_BORN
        self.removals: dict[str, Removal] = {}
        self.apply(settings)

    # The story and the settings

    def load(self, scenario: str, records: int, seed: int) -> None:
        if scenario not in story.SCENARIOS:
            raise Refused(f"There is no scenario {scenario}; there are {', '.join(sorted(story.SCENARIOS))}.")
        now = self.clock.now()
        with self.lock:
            self.scenario, self.records, self.seed = scenario, records, seed
            self._start(Settings())
            self._people(now.replace(hour=0, minute=0, second=0, microsecond=0) - ORGANIZATION_AGE)
            self.tables["Account"].load(self._complete("Account", each) for each in self._accounts(now))

    def _accounts(self, now: datetime) -> Iterator[Record]:
        return story.accounts(self.scenario, self.records, self.seed, now)

    def _people(self, since: datetime) -> None:
        users = story.users(self.seed)
        stamps = _stamped(users[0]["Id"], since)
        self.tables["User"].load(self._complete("User", {**_person(user), **stamps}) for user in users)
        organization = story.salesforce_organization(self.seed)
        self.tables["Organization"].load([self._complete("Organization", {**organization, **stamps})])

    def _complete(self, name: str, given: Mapping[str, Any]) -> Record:
        """A record with the columns the object has, each present: absent and null are one thing here."""
        blank = {column.name: False if column.type == "boolean" else None for column in self.objects[name].fields}
        return {**blank, **{key: value for key, value in given.items() if key in blank}}

    def apply(self, settings: Settings) -> None:
        """Take settings over; the schema the API shows, and when it last changed, follow from them."""
        self.settings, self._refusals = settings, [dict(each) for each in settings.refusals]
        self.objects = self._schema(settings.state_country_picklists)
        for name, each in self._schema(picklists=True).items():
            self.tables[name].adopt(each)
        hidden, closed = settings.hidden_fields, settings.read_only_fields
        self.visible = {name: each.seen_with(hidden, closed) for name, each in self.objects.items()}
        self.schema_changed = self.clock.now()
        kind = {"IsSandbox": settings.environment == "sandbox", "OrganizationType": EDITIONS[settings.environment]}
        for organization in self.tables["Organization"].all():
            self.tables["Organization"].put({**organization, **kind})

    def _schema(self, picklists: bool) -> dict[str, SObject]:
        declared = self.settings.custom_fields
        found = objects(picklists=picklists)
        return {name: each.with_fields(each.fields + custom_fields(declared, name)) for name, each in found.items()}

    def refuse_as_told(self, key: str | None) -> None:
        """Raise what `refusals` has in store for a write by the API to this record, or to a new one."""
        for each in self._refusals:
            if each.get("id", key) == key and each.get("times", 1) > 0:
                if "times" in each:
                    each["times"] -= 1
                raise row_refusal(each["code"], key)

    def empty_bin(self, before: datetime) -> None:
        """Purge what was removed before a moment: from then on nothing remembers it."""
        for table in self.tables.values():
            if table.purge(before):
                self.bin_emptied = max(self.bin_emptied, before)

    def sobject(self, name: str) -> SObject:
        found = self.visible.get(name) or {key.lower(): each for key, each in self.visible.items()}.get(name.lower())
        if found is None:
            raise unsupported_object(name)
        return found

    def lives(self, name: str, key: str) -> bool:
        record = self.tables[name].get(key)
        return record is not None and not record.get("IsDeleted")

    # People

    @property
    def organization(self) -> Record:
        return next(self.tables["Organization"].all())

    @property
    def integration_user(self) -> str:
        return self.user_named(story.INTEGRATION)

    def user_named(self, name: str) -> str:
        """The id of a user; somebody unknown is hired on the spot."""
        for user in self.tables["User"].all():
            if user["Name"] == name:
                return str(user["Id"])
        key = self.new_id("005")
        given = {"Id": key, "Name": name, "Username": f"{key.lower()}@simulated.example"}
        stamps = _stamped(self.integration_user, self.stamp())
        self.put("User", self._complete("User", {**_person(given), **stamps}))
        return key

    # Writing with a way back

    def stamp(self) -> datetime:
        return self.clock.now().replace(microsecond=0)

    def new_id(self, prefix: str) -> str:
        return story.salesforce_id(prefix, "made", self.seed, next(self._made))

    def modified(self, before: Record | None, user: str) -> dict[str, Any]:
        """Stamps never move backwards on one record, even for a commit that was begun before another."""
        at = self.stamp() if before is None else max(self.stamp(), before["SystemModstamp"])
        return {"LastModifiedDate": at, "LastModifiedById": user, "SystemModstamp": at}

    def mark(self, name: str, record: Record, user: str, **marks: Any) -> None:
        """Change a record as somebody's act that is no save."""
        self.put(name, {**record, **marks, **self.modified(record, user)})

    def nudge(self, name: str, record: Record, **marks: Any) -> None:
        """Change a record as the platform does by itself: only SystemModstamp moves."""
        self.put(name, {**record, **marks, "SystemModstamp": max(self.stamp(), record["SystemModstamp"])})

    def put(self, name: str, record: Record) -> None:
        table = self.tables[name]
        if self._undo is not None:
            self._undo.append((table, record["Id"], table.get(record["Id"])))
        table.put(record)

    @contextmanager
    def transaction(self, *, keep: bool = True) -> Iterator[None]:
        """Undo everything put inside if it raises, or if it was only a rehearsal (`keep=False`).  May be nested."""
        outer, self._undo = self._undo, []
        try:
            yield
            if not keep:
                self._roll_back(self._undo)
        except BaseException:
            self._roll_back(self._undo)
            raise
        else:
            if outer is not None and keep:
                outer.extend(self._undo)
        finally:
            self._undo = outer

    @staticmethod
    def _roll_back(undo: list[tuple[Table, str, Record | None]]) -> None:
        for table, key, before in reversed(undo):
            if before is None:
                table.take_out(key)
            else:
                table.put(before)

    # Keeping the story over a restart

    def snapshot(self) -> dict[str, Any]:
        with self.lock:
            tables = {name: [_plain(row) for row in table.all()] for name, table in self.tables.items()}
            made = next(self._made)
            self._made = itertools.count(made)
            about = {"scenario": self.scenario, "records": self.records, "seed": self.seed}
            removals = {key: asdict(each) for key, each in self.removals.items()}
            return {**about, "made": made, "settings": self.settings.shown(), "tables": tables, "removals": removals}

    def restore(self, saved: Mapping[str, Any]) -> None:
        with self.lock:
            self.scenario, self.records, self.seed = saved["scenario"], saved["records"], saved["seed"]
            self._start(Settings().changed(saved["settings"]))
            self._made = itertools.count(saved["made"])
            self.removals = {
                key: Removal(
                    tuple(each["along"]), tuple((child, column, tied) for child, column, tied in each["parted"])
                )
                for key, each in saved.get("removals", {}).items()
            }
            for name, rows in saved["tables"].items():
                self.tables[name].load(_revived(self.tables[name].sobject, row) for row in rows)


def _stamped(by: str, at: datetime) -> dict[str, Any]:
    return {
        "CreatedDate": at, "CreatedById": by, "LastModifiedDate": at, "LastModifiedById": by, "SystemModstamp": at
    }  # fmt: skip


def _person(user: Mapping[str, Any]) -> dict[str, Any]:
    first, _, last = user["Name"].rpartition(" ")
    fixed = {"IsActive": True, "UserType": "Standard", "TimeZoneSidKey": "GMT"}  # the days of their date literals
    alias = f"{first[:1]}{last[:4]}".lower()
    return {"Email": user["Username"], **user, "FirstName": first or None, "LastName": last, "Alias": alias, **fixed}


def _plain(row: Record) -> dict[str, Any]:
    return {key: plain(value) for key, value in row.items() if value is not None}


def _revived(sobject: SObject, row: Mapping[str, Any]) -> Record:
    found: dict[str, Any] = {column.name: False if column.type == "boolean" else None for column in sobject.fields}
    for key, value in row.items():
        if key not in sobject.by_name:
            continue  # of a field that has been taken away since
        kind = sobject.by_name[key].type
        found[key] = datetime.fromisoformat(value).astimezone(UTC) if kind == "datetime" else value
        if kind == "date":
            found[key] = date.fromisoformat(value)
    return found
