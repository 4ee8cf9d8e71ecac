"""One organisation of the twin: its contacts, its limits, and the app's leave to speak to it.  Knows no HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from reconciler.simulators import scenario as world
from reconciler.simulators.kit import Clock
from reconciler.simulators.xero import shape
from reconciler.simulators.xero.book import ContactBook, Group
from reconciler.simulators.xero.contact import dump, load
from reconciler.simulators.xero.quota import Quota, Window
from reconciler.simulators.xero.settings import Settings
from reconciler.simulators.xero.writing import Writer

EARLIER_CONSENT = "d99ecdfe-391d-43d2-b834-17636ba90e8d"
"""When a story begins, the person has connected every organisation in one consent."""
DEMONSTRATION = {"Name": "Demo Company (NZ)", "LegalName": "Demo Company (NZ)", "Class": "DEMO"}
"""What the vendor's own demonstration company is called, and the plan it is on."""
PHASE = 17
"""Seconds by which the first organisation's windows are shifted, and each further one's against the one before."""


@dataclass(frozen=True, slots=True)
class Connection:
    """The app's leave to speak to the organisation."""

    id: str
    event: str
    created: datetime
    updated: datetime


class Company:
    """Everything that one organisation keeps apart from every other."""

    def __init__(
        self,
        number: int,
        record: Mapping[str, Any],
        book: ContactBook,
        clock: Clock,
        app: Window,
        settings: Callable[[], Settings],
    ) -> None:
        self.record, self.book, self.clock = dict(record), book, clock
        self._settings = settings
        stays, minds = (lambda: settings().stamps_do_not_move), (lambda: settings().minds_screens)
        self.writer = Writer(book, clock.now, lambda: str(uuid.uuid4()), stays, minds)
        self.quota = Quota(app, PHASE * (number + 1))
        self.connected = True
        key, now = str(uuid.uuid5(uuid.UUID(self.id), "connection")), clock.now()
        self.connection = Connection(key, EARLIER_CONSENT, now, now)

    @property
    def id(self) -> str:
        """The tenant id that /connections shows and xero-tenant-id names."""
        return str(self.record["OrganisationID"])

    @property
    def current(self) -> Settings:
        return self._settings()

    def shown(self) -> dict[str, Any]:
        demo = self.current.environment != "live"
        days = {"PeriodLockDate": self.current.period_lock_date, "EndOfYearLockDate": self.current.year_end_lock_date}
        return {
            **self.record,
            **(DEMONSTRATION if demo else {}),
            "IsDemoCompany": demo,
            **{key: shape.wire_day(day) for key, day in days.items() if day},
            **{key: [] for key in ("Addresses", "Phones", "ExternalLinks")},
            "PaymentTerms": {},
        }

    def connect(self, event: str = "") -> None:
        """A person said yes; the connection's second stamp moves only if the app had been disconnected."""
        updated = self.connection.updated if self.connected else self.clock.now()
        self.connection = replace(self.connection, event=event or self.connection.event, updated=updated)
        self.connected = True

    def disconnect(self) -> None:
        """No webhook tells it; the next call fails."""
        self.connected = False

    def snapshot(self) -> dict[str, Any]:
        return {
            "record": self.record,
            "groups": [asdict(group) for group in self.book.groups.values()],
            "contacts": [dump(contact) for contact in self.book.contacts.values()],
            "connected": self.connected,
            "connection": [
                self.connection.event,
                self.connection.created.isoformat(),
                self.connection.updated.isoformat(),
            ],
        }

    def resume(self, saved: Mapping[str, Any]) -> None:
        """Take over when the connection was made, and whether it still stands."""
        event, *stamps = saved["connection"]
        self.connected = saved["connected"]
        self.connection = Connection(self.connection.id, event, *map(datetime.fromisoformat, stamps))


def invented(scenario: str, records: int, seed: int, number: int, now: datetime) -> tuple[dict[str, Any], ContactBook]:
    """The n-th organisation of a story and its contacts; each further one tells the scenario by another seed."""
    record, own_seed = world.organisation(seed + number), seed + number
    record["CreatedDateUTC"] = shape.plain_date(now - timedelta(days=900))
    if number:
        record["Name"] = f"{record['Name']} {number + 1}"
    groups = [Group(one["ContactGroupID"], one["Name"]) for one in world.groups(scenario, own_seed)]
    book = ContactBook(groups={group.id: group for group in groups})
    book.fill(load(each) for each in world.contacts(scenario, records, own_seed, now))
    return record, book


def remembered(saved: Mapping[str, Any]) -> tuple[dict[str, Any], ContactBook]:
    """The same out of a snapshot."""
    book = ContactBook(groups={one["id"]: Group(**one) for one in saved["groups"]})
    book.fill(load(each) for each in saved["contacts"])
    return dict(saved["record"]), book
