"""All contacts and groups of one organisation, indexed for the questions the API asks.

It keeps the indexes true and decides nothing: whether a write is allowed is `rules`, what a list shows is `listing`.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reconciler.simulators.xero.contact import ACTIVE, Contact
from reconciler.simulators.xero.fields import fold
from reconciler.simulators.xero.ids import canonical


@dataclass(slots=True)
class Group:
    """A contact group; its members are known by their contacts."""

    id: str
    name: str
    status: str = "ACTIVE"


@dataclass(slots=True)
class ContactBook:
    """Contacts by id, number and active name, and in the two orders that lists use."""

    contacts: dict[str, Contact] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    _ids: list[str] = field(default_factory=list)
    _stamps: list[tuple[datetime, str]] = field(default_factory=list)
    _names: dict[str, str] = field(default_factory=dict)
    _numbers: dict[str, str] = field(default_factory=dict)
    _accented: dict[str, set[str]] = field(default_factory=dict)
    """Of the numbers that hold accents: who has them, by the number without."""
    _account_numbers: dict[str, str] = field(default_factory=dict)
    found: dict[Hashable, Sequence[str]] = field(default_factory=dict)
    """What was last listed, for the next page of it; any write forgets it."""

    def fill(self, contacts: Iterable[Contact]) -> None:
        """Load many at once: sorting at the end beats inserting one by one a hundred thousand times."""
        self.contacts = {contact.id: contact for contact in contacts}
        self._ids = sorted(self.contacts)
        self._stamps = sorted((contact.updated, contact.id) for contact in self.contacts.values())
        self.found = {}
        for contact in self.contacts.values():
            self._remember_keys(contact)

    def add(self, contact: Contact) -> None:
        self.contacts[contact.id] = contact
        insort(self._ids, contact.id)
        insort(self._stamps, (contact.updated, contact.id))
        self.found = {}
        self._remember_keys(contact)

    def replace(self, contact: Contact) -> None:
        """Put a changed copy in the place of the contact of the same id."""
        before = self.contacts[contact.id]
        self.found = {}
        self._forget_keys(before)
        self.contacts[contact.id] = contact
        self._remember_keys(contact)
        if before.updated != contact.updated:
            del self._stamps[bisect_left(self._stamps, (before.updated, before.id))]
            insort(self._stamps, (contact.updated, contact.id))

    def active_named(self, name: str) -> Contact | None:
        return self._found(self._names, name)

    def numbered(self, number: str) -> Contact | None:
        return self._found(self._numbers, number)

    def numbered_alike(self, folded: str) -> list[str]:
        """Ids of all whose number is this one but for letter case and accents."""
        plain = self._numbers.get(folded)
        return sorted({*self._accented.get(folded, ()), *([plain] if plain else [])})

    def account_numbered(self, number: str) -> Contact | None:
        return self._found(self._account_numbers, number)

    def by_key(self, key: str) -> Contact | None:
        """By ContactID or ContactNumber, as the path of a single contact may name either."""
        return self.contacts.get(canonical(key)) or self.numbered(key)

    def in_id_order(self) -> list[str]:
        return self._ids

    def since(self, moment: datetime | None) -> Iterator[str]:
        """Ids by stamp, then id, from the first stamp that is not before `moment`."""
        start = 0 if moment is None else bisect_left(self._stamps, (moment, ""))
        return (key for _, key in self._stamps[start:])

    def changed_since(self, moment: datetime) -> int:
        return len(self._stamps) - bisect_left(self._stamps, (moment, ""))

    def _found(self, index: dict[str, str], value: str) -> Contact | None:
        key = index.get(value.casefold())
        return None if key is None else self.contacts[key]

    def _remember_keys(self, contact: Contact) -> None:
        if contact.status == ACTIVE:
            self._names[contact.name.casefold()] = contact.id
        if contact.number:
            self._numbers[contact.number.casefold()] = contact.id
            if _is_accented(contact.number):
                self._accented.setdefault(fold(contact.number), set()).add(contact.id)
        if contact.account_number:
            self._account_numbers[contact.account_number.casefold()] = contact.id

    def _forget_keys(self, contact: Contact) -> None:
        for index, value in (
            (self._names, contact.name),
            (self._numbers, contact.number),
            (self._account_numbers, contact.account_number),
        ):
            if index.get(value.casefold()) == contact.id:
                del index[value.casefold()]
        self._accented.get(fold(contact.number), set()).discard(contact.id)


def _is_accented(number: str) -> bool:
    return fold(number) != number.casefold()
