"""The organisations as a whole: everything the twin holds, behind one lock.  Satisfies `kit.Twin`; knows no HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.simulators import scenario as world
from reconciler.simulators.kit import Clock, Later, Refused
from reconciler.simulators.xero import screens, shape
from reconciler.simulators.xero.book import ContactBook
from reconciler.simulators.xero.company import Company, invented, remembered
from reconciler.simulators.xero.idempotency import Kept
from reconciler.simulators.xero.quota import Verdict, Window, ask_app
from reconciler.simulators.xero.settings import Settings, changed, shown
from reconciler.simulators.xero.tokens import Tokens
from reconciler.simulators.xero.writing import Writer


class XeroTwin:
    """The organisations of one Xero user, and the app connected to them; most stories have a single one."""

    name = "xero"

    def __init__(self, *, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.later = Later(self.clock)
        self.lock = threading.RLock()
        self.tokens = Tokens(self.clock.now)
        self._about: dict[str, Any] = {}
        self.reset("empty", 0, 1)

    def reset(self, scenario: str, records: int, seed: int) -> None:
        if scenario not in world.SCENARIOS:
            raise Refused(f"There is no scenario {scenario}; there are {', '.join(sorted(world.SCENARIOS))}.")
        first = invented(scenario, records, seed, 0, self.clock.now())
        with self.lock:
            self._about = {"scenario": scenario, "records": records, "seed": seed}
            self._start(Settings())
            self._found(*first)

    def _start(self, settings: Settings) -> None:
        self.current, self.kept = settings, Kept()
        self.companies: dict[str, Company] = {}
        self._app_minute = Window()

    def _found(self, record: Mapping[str, Any], book: ContactBook) -> Company:
        """Add an organisation, connected to the app."""
        company = Company(len(self.companies), record, book, self.clock, self._app_minute, lambda: self.current)
        self.companies[company.id] = company
        return company

    def about(self) -> dict[str, Any]:
        return dict(self._about)

    @property
    def latency_ms(self) -> int:
        return self.current.latency_ms

    # The first organisation, which is the only one in most stories

    @property
    def first(self) -> Company:
        return next(iter(self.companies.values()))

    @property
    def tenant_id(self) -> str:
        return self.first.id

    @property
    def organisation(self) -> dict[str, Any]:
        return self.first.record

    @property
    def book(self) -> ContactBook:
        return self.first.book

    @property
    def writer(self) -> Writer:
        return self.first.writer

    def shown_organisation(self) -> dict[str, Any]:
        return self.first.shown()

    def company(self, wanted: str) -> Company:
        """By id or name; the first for ""."""
        if not wanted:
            return self.first
        for company in self.companies.values():
            if wanted in (company.id, company.record["Name"]):
                return company
        raise Refused(f"There is no organisation {wanted!r}.")

    def ask_app(self) -> Verdict:
        """Whether a call that names no organisation may go on."""
        return ask_app(self._app_minute, self.current, self.clock.now())

    def disconnect(self) -> None:
        """The person's whole consent ends."""
        for company in self.companies.values():
            company.disconnect()

    # What `kit.Twin` asks for

    def edit(self, body: Mapping[str, Any]) -> dict[str, Any]:
        with self.lock:
            named = body.get("organisation")
            company = self.company(str(named)) if named else self.holder(body.get("id"))
            contact = screens.act(company.writer, body)
            return {"id": contact.id, "version": shape.wire_date(contact.updated)}

    def holder(self, key: Any) -> Company:
        """The organisation that holds a contact; the first if none does."""
        return next((one for one in self.companies.values() if one.book.by_key(str(key or ""))), self.first)

    def state(self, kind: str, within: str = "") -> Iterable[Mapping[str, Any]]:
        with self.lock:
            book = self.company(within).book
            if kind in ("Contact", "Contacts"):
                return [shape.single(book.contacts[key], book.groups) for key in book.in_id_order()]
            if kind in ("ContactGroup", "ContactGroups"):
                return [shape.group_with_members(group, book) for group in book.groups.values()]
            if kind in ("Organisation", "Organisations"):
                return [company.shown() for company in self.companies.values()]
        raise Refused("Types are Contact, ContactGroup and Organisation.")

    def settings(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        with self.lock:
            self.current = changed(self.current, changes)
            self._count_companies(self.current.organisations)
            for company in self.companies.values() if "connected" in changes else ():
                company.connect() if changes["connected"] else company.disconnect()
            return {**shown(self.current), "connected": self.first.connected}

    def _count_companies(self, wanted: int) -> None:
        while len(self.companies) < wanted:
            self._found(*invented(**self._about, number=len(self.companies), now=self.clock.now()))
        for key in list(self.companies)[wanted:]:
            del self.companies[key]

    def snapshot(self) -> dict[str, Any]:
        with self.lock:
            return {
                "about": self.about(),
                "settings": shown(self.current),
                "companies": [company.snapshot() for company in self.companies.values()],
                "tokens": self.tokens.dump(),
            }

    def restore(self, saved: Mapping[str, Any]) -> None:
        books = [remembered(one) for one in saved["companies"]]
        with self.lock:
            self._about = dict(saved["about"])
            self._start(Settings(**saved["settings"]))
            for (record, book), one in zip(books, saved["companies"], strict=True):
                self._found(record, book).resume(one)
            self.tokens.load(saved["tokens"])
