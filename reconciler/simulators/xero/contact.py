"""One contact as the organisation keeps it, and its way to and from JSON values.  Knows no rule and no wire form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

PHONE_TYPES = ("DEFAULT", "DDI", "FAX", "MOBILE")
ADDRESS_TYPES = ("STREET", "POBOX")
ACTIVE, ARCHIVED, GDPR = "ACTIVE", "ARCHIVED", "GDPRREQUEST"

READ_ONLY = frozenset({"Website", "IsCustomer", "IsSupplier", "Balances", "Discount"})
"""What a person may set in the screens (or what invoices bring about), and the API takes and ignores."""

_NESTED = ("Balances", "PaymentTerms", "BatchPayments", "Discount")
_APART = {"ContactID", "ContactStatus", "Phones", "Addresses", "ContactPersons", "ContactGroups", "IsCustomer",
          "IsSupplier", "MergedToContactID", "UpdatedDateUTC", *_NESTED}  # fmt: skip


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One line of the history that the screens show under a contact."""

    at: datetime
    user: str
    changes: str
    details: str


@dataclass(slots=True)
class Contact:
    """Only what was ever set is present: `texts` has "" for a value that was cleared, nothing for one never given."""

    id: str
    updated: datetime
    status: str = ACTIVE
    texts: dict[str, str] = field(default_factory=dict)
    phones: dict[str, dict[str, str]] = field(default_factory=dict)
    addresses: dict[str, dict[str, str]] = field(default_factory=dict)
    persons: list[dict[str, Any]] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    is_customer: bool = False
    is_supplier: bool = False
    merged_to: str = ""
    nested: dict[str, Any] = field(default_factory=dict)
    """What is no text and has no rules of its own: Balances, PaymentTerms and the like, as they are shown."""
    history: list[HistoryRow] = field(default_factory=list)

    @property
    def active(self) -> bool:
        return self.status == ACTIVE

    @property
    def name(self) -> str:
        return self.texts.get("Name", "")

    @property
    def number(self) -> str:
        return self.texts.get("ContactNumber", "")

    @property
    def account_number(self) -> str:
        return self.texts.get("AccountNumber", "")


def load(record: Mapping[str, Any]) -> Contact:
    """A contact from the shape scenarios yield and `dump` returns; its stamp may be a datetime or ISO text."""
    stamp = record["UpdatedDateUTC"]
    contact = Contact(record["ContactID"], stamp if isinstance(stamp, datetime) else datetime.fromisoformat(stamp))
    contact.status = record.get("ContactStatus", ACTIVE)
    contact.texts = {key: value for key, value in record.items() if key not in _APART and isinstance(value, str)}
    contact.phones = {slot["PhoneType"]: _rest(slot, "PhoneType") for slot in record.get("Phones", ())}
    contact.addresses = {slot["AddressType"]: _rest(slot, "AddressType") for slot in record.get("Addresses", ())}
    contact.persons = list(record.get("ContactPersons", ()))
    contact.groups = [group["ContactGroupID"] for group in record.get("ContactGroups", ())]
    contact.is_customer, contact.is_supplier = record.get("IsCustomer", False), record.get("IsSupplier", False)
    contact.merged_to = record.get("MergedToContactID", "")
    contact.nested = {key: record[key] for key in _NESTED if key in record}
    contact.history = [
        HistoryRow(datetime.fromisoformat(at).astimezone(UTC), user, changes, details)
        for at, user, changes, details in record.get("_history", ())
    ]
    return contact


def dump(contact: Contact) -> dict[str, Any]:
    """Everything about a contact as JSON values."""
    return {
        **contact.texts,
        **contact.nested,
        "ContactID": contact.id,
        "ContactStatus": contact.status,
        "Phones": [{"PhoneType": kind, **slot} for kind, slot in contact.phones.items()],
        "Addresses": [{"AddressType": kind, **slot} for kind, slot in contact.addresses.items()],
        "ContactPersons": contact.persons,
        "ContactGroups": [{"ContactGroupID": group} for group in contact.groups],
        "IsCustomer": contact.is_customer,
        "IsSupplier": contact.is_supplier,
        "MergedToContactID": contact.merged_to,
        "UpdatedDateUTC": contact.updated.isoformat(),
        "_history": [[row.at.isoformat(), row.user, row.changes, row.details] for row in contact.history],
    }


def _rest(slot: Mapping[str, str], kind: str) -> dict[str, str]:
    return {key: value for key, value in slot.items() if key != kind}
