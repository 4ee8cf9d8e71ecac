"""How one element of a write becomes a contact, or a refusal: match, check, merge, stamp, note in the history.

Used by the API and by a person's screens; knows no HTTP.  A changed contact is a changed copy put in the place of the
old one, so that a refusal can never leave half an edit behind.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from reconciler.simulators.xero import rules
from reconciler.simulators.xero.book import ContactBook
from reconciler.simulators.xero.contact import ACTIVE, ARCHIVED, Contact, HistoryRow

API_USER = "System Generated"
"""Whom the vendor's history names for every change that came by the API."""
APP = "Concord (simulated app)"
RECEIVED = f"Received through the Xero API from {APP}"
"""All that the history tells of such a change: of what was changed it says nothing."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A saved contact, or the sentences that say why not, with what was sent and whom it was meant for."""

    sent: Mapping[str, Any]
    contact: Contact | None = None
    errors: list[str] = field(default_factory=list)
    meant: Contact | None = None


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes into one book; `stays` names fields whose change leaves the stamp alone.

    `minds`: whether the API is held up by what the screens let a person do.
    """

    book: ContactBook
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    stays: Callable[[], Iterable[str]]
    minds: Callable[[], bool]
    longest_name: int = rules.LENGTHS["Name"]

    def create(self, cleaned: Mapping[str, Any]) -> Outcome:
        """PUT: a new contact, or a refusal if one like it exists.  An id sent along is ignored."""
        given = {key: value for key, value in cleaned.items() if key != "ContactID"}
        return self._save(None, given, API_USER)

    def create_or_change(self, cleaned: Mapping[str, Any]) -> Outcome:
        """POST: without an id, a contact of the same number or active name is taken to be meant, and is overwritten."""
        return self._save(self.match(cleaned), cleaned, API_USER)

    def match(self, cleaned: Mapping[str, Any]) -> Contact | None:
        if "ContactID" in cleaned:
            return self.book.contacts.get(cleaned["ContactID"])
        by_number = self.book.numbered(cleaned["ContactNumber"]) if cleaned.get("ContactNumber") else None
        return by_number or self.book.active_named(cleaned.get("Name", ""))

    def change(self, contact: Contact, cleaned: Mapping[str, Any], user: str = API_USER) -> Outcome:
        return self._save(contact, cleaned, user)

    def create_by_hand(self, cleaned: Mapping[str, Any], user: str) -> Outcome:
        return self._save(None, cleaned, user)

    def note(self, contact: Contact, details: str) -> HistoryRow:
        """A note in the history moves no stamp."""
        row = HistoryRow(self.now(), API_USER, "Note", details)
        contact.history.append(row)
        return row

    def put(self, contact: Contact, user: str, changes: str, details: str, *, stamp: bool = True) -> Contact:
        """Set a changed copy in place, stamped and noted."""
        moment = self.now()
        contact.history.append(HistoryRow(moment, user, changes, details))
        if stamp:
            contact.updated = moment
        self.book.replace(contact)
        return contact

    def _save(self, target: Contact | None, cleaned: Mapping[str, Any], user: str) -> Outcome:
        errors = [*rules.broken(cleaned, self.longest_name), *self._clashes(target, cleaned)]
        if self.minds() and user == API_USER and (target is None or target.active):
            errors += _minded_by_the_api(target, cleaned)
        if errors:
            return Outcome(cleaned, errors=errors, meant=target)
        if target is None:
            return Outcome(cleaned, self._new(cleaned, user))
        changed = merged(target, cleaned)
        moved = set(cleaned) - {"ContactID"}
        stamp = not moved or not moved <= set(self.stays())
        details = RECEIVED if user == API_USER else told(target, changed)
        return Outcome(cleaned, self.put(changed, user, _verb(target, changed, user), details, stamp=stamp))

    def _new(self, cleaned: Mapping[str, Any], user: str) -> Contact:
        moment = self.now()
        contact = merged(Contact(self.new_id(), moment), cleaned)
        details = RECEIVED if user == API_USER else f"Contact {contact.name} was created."
        contact.history.append(HistoryRow(moment, user, "Created", details))
        self.book.add(contact)
        return contact

    def _clashes(self, target: Contact | None, cleaned: Mapping[str, Any]) -> Iterable[str]:
        if target is not None and target.status != ACTIVE:
            yield rules.ARCHIVED_REFUSED
            return
        if target is None and "Name" not in cleaned:
            yield rules.NAME_MISSING
        name = cleaned.get("Name", "")
        taken = rules.RENAME_REFUSED.format(target.name, name) if target else rules.NAME_TAKEN.format(name)
        for found, key, sentence in (
            (self.book.active_named, "Name", taken),
            (self.book.numbered, "ContactNumber", rules.NUMBER_TAKEN),
            (self.book.account_numbered, "AccountNumber", rules.ACCOUNT_NUMBER_TAKEN),
        ):
            value = cleaned.get(key, "")
            other = found(value) if value else None
            if other is not None and (target is None or other.id != target.id):
                yield sentence


def _minded_by_the_api(target: Contact | None, cleaned: Mapping[str, Any]) -> Iterable[str]:
    """What the screens let a person do, and the API does not take or build upon."""
    if target is not None:
        yield from rules.standing(target.texts)
    if {"EmailAddress", "ContactPersons"} & set(cleaned):
        wanted = merged(target or Contact("", datetime.min.replace(tzinfo=UTC)), cleaned)
        if wanted.persons and not wanted.texts.get("EmailAddress"):
            yield rules.PERSONS_ALONE


def merged(contact: Contact, cleaned: Mapping[str, Any]) -> Contact:
    """A copy with the sent members in place: phones and addresses by slot and member, persons as a whole.

    An empty list of persons changes nothing (xero-node #560): one empty person is what clears them.
    """
    changed = copy.copy(contact)
    changed.texts = contact.texts | {key: cleaned[key] for key in rules.LENGTHS if key in cleaned}
    changed.phones = _by_slot(contact.phones, cleaned.get("Phones", {}), rules.PHONE_LENGTHS)
    changed.addresses = _by_slot(contact.addresses, cleaned.get("Addresses", {}), ())
    if cleaned.get("ContactPersons"):
        changed.persons = [person for person in cleaned["ContactPersons"] if any(map(person.get, rules.PERSON_LENGTHS))]
    for key in ("PaymentTerms", "BatchPayments"):
        if cleaned.get(key):
            changed.nested = changed.nested | {key: contact.nested.get(key, {}) | cleaned[key]}
    changed.status = cleaned.get("ContactStatus", contact.status)
    changed.groups = [] if changed.status == ARCHIVED else list(contact.groups)
    changed.history = list(contact.history)
    return changed


def _by_slot(
    kept: Mapping[str, dict[str, str]], sent: Mapping[str, dict[str, str]], always: Iterable[str]
) -> dict[str, dict[str, str]]:
    """Untouched slots stay; in a touched one the members sent replace theirs, and `always` members are shown as ""."""
    blank = dict.fromkeys(always, "")
    return {**kept, **{kind: blank | kept.get(kind, {}) | slot for kind, slot in sent.items()}}


def _verb(before: Contact, after: Contact, user: str) -> str:
    edited = "Updated" if user == API_USER else "Edited"
    return "Archived" if before.status != after.status else edited


def told(before: Contact, after: Contact) -> str:
    """The details of a history row: names of what changed, and the values of plain members, as the screens tell it."""
    parts = [
        f"{key} changed from '{before.texts.get(key, '')}' to '{value}'."
        for key, value in after.texts.items()
        if value != before.texts.get(key, "")
    ]
    parts += [
        f"{label} changed."
        for label, old, new in (
            ("Phones", before.phones, after.phones),
            ("Addresses", before.addresses, after.addresses),
            ("Contact persons", before.persons, after.persons),
        )
        if old != new
    ]
    return " ".join(parts)
