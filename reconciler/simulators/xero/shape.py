"""A contact as the API shows it.  The forms differ on purpose, as the vendor's do; nothing here changes a contact.

write    the answer to PUT and POST: other slot order, tracking categories, no HasAttachments
single   GET of one contact, and of a page: everything
unpaged  a list asked for without `page`: the members that cost a look-up are missing or empty
summary  summaryOnly: without what takes the vendor time to work out
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from reconciler.simulators.xero.book import ContactBook, Group
from reconciler.simulators.xero.contact import Contact
from reconciler.simulators.xero.ids import ZERO_GUID

READ_PHONES = ("DDI", "DEFAULT", "FAX", "MOBILE")
WRITE_PHONES = ("DEFAULT", "DDI", "FAX", "MOBILE")
ADDRESSES = ("STREET", "POBOX")

_PAGED_ONLY = frozenset({
    "Website", "SalesDefaultAccountCode", "PurchasesDefaultAccountCode", "XeroNetworkKey", "Discount",
    "SalesDefaultLineAmountType", "PurchasesDefaultLineAmountType",
})  # fmt: skip
_NOT_IN_SUMMARY = frozenset({
    "Addresses", "Balances", "ContactGroups", "ContactPersons", "IsCustomer", "IsSupplier", "SalesDefaultAccountCode",
    "PurchasesDefaultAccountCode",
})  # fmt: skip
_EMPTY_PLACE = {"City": "", "Region": "", "PostalCode": "", "Country": ""}


def wire_date(moment: datetime) -> str:
    """/Date(ms+0000)/, exact to the millisecond."""
    return f"/Date({round(moment.timestamp() * 1000)}+0000)/"


def wire_day(day: str) -> str:
    return wire_date(datetime.fromisoformat(day).replace(tzinfo=UTC))


def plain_date(moment: datetime) -> str:
    """/Date(ms)/, as a few places have it."""
    return f"/Date({round(moment.timestamp() * 1000)})/"


def single(contact: Contact, groups: Mapping[str, Group]) -> dict[str, Any]:
    shown = _head(contact)
    shown.update(contact.texts)
    if not shown.get("DefaultCurrency"):  # a code, and so never an empty text
        shown.pop("DefaultCurrency", None)
    shown.setdefault("BankAccountDetails", "")
    shown.update(
        Addresses=[_slot("AddressType", kind, contact.addresses, _EMPTY_PLACE) for kind in ADDRESSES],
        Phones=[_slot("PhoneType", kind, contact.phones, {}) for kind in READ_PHONES],
        UpdatedDateUTC=wire_date(contact.updated),
        ContactGroups=[group_line(groups[key]) for key in contact.groups if key in groups],
        IsSupplier=contact.is_supplier,
        IsCustomer=contact.is_customer,
        ContactPersons=contact.persons,
        HasAttachments=False,
        HasValidationErrors=False,
        **contact.nested,
    )
    if contact.merged_to:
        shown["MergedToContactID"] = contact.merged_to
    return shown


def unpaged(contact: Contact, _groups: Mapping[str, Group]) -> dict[str, Any]:
    shown = single(contact, {})
    for key in _PAGED_ONLY | {"Balances", "PaymentTerms", "BatchPayments", "MergedToContactID"}:
        shown.pop(key, None)
    return {**shown, "ContactGroups": [], "ContactPersons": []}


def summary(contact: Contact, _groups: Mapping[str, Group]) -> dict[str, Any]:
    return {key: value for key, value in single(contact, {}).items() if key not in _NOT_IN_SUMMARY}


def written(contact: Contact, groups: Mapping[str, Group]) -> dict[str, Any]:
    shown = single(contact, groups)
    del shown["HasAttachments"]
    shown["Phones"] = [_slot("PhoneType", kind, contact.phones, {}) for kind in WRITE_PHONES]
    shown["SalesTrackingCategories"] = []
    shown["PurchasesTrackingCategories"] = []
    return shown


def unsaved(wanted: Contact, groups: Mapping[str, Group], errors: Iterable[str]) -> dict[str, Any]:
    """A refused change: the contact as it would have become."""
    shown = written(wanted, groups)
    for part in ("Addresses", "Phones"):
        shown[part] = [{**slot, "ValidationErrors": []} for slot in shown[part]]
    return {**shown, "HasValidationErrors": True, "ValidationErrors": _sentences(errors)}


def refused(sent: Mapping[str, Any], meant: Contact | None, errors: Iterable[str]) -> dict[str, Any]:
    """An element meant for a new or an archived contact: the latter's id, else zeros, and what was sent."""
    echo = {key: value for key, value in sent.items() if key not in ("Phones", "Addresses", "ContactID")}
    return {
        "ContactID": meant.id if meant else ZERO_GUID,
        **echo,
        "Addresses": [
            {"AddressType": kind, **slot, "ValidationErrors": []} for kind, slot in sent.get("Addresses", {}).items()
        ],
        "Phones": [
            {"PhoneType": kind, **slot, "ValidationErrors": []} for kind, slot in sent.get("Phones", {}).items()
        ],
        "ContactGroups": [],
        "ContactPersons": sent.get("ContactPersons", []),
        "HasValidationErrors": True,
        "ValidationErrors": _sentences(errors),
    }


def _sentences(errors: Iterable[str]) -> list[dict[str, str]]:
    return [{"Message": message} for message in errors]


def group_line(group: Group) -> dict[str, Any]:
    """A list never tells the members; only the group by itself does."""
    named = {"ContactGroupID": group.id, "Name": group.name, "Status": group.status}
    return {**named, "Contacts": [], "HasValidationErrors": False}


def group_with_members(group: Group, book: ContactBook) -> dict[str, Any]:
    members = [contact for contact in book.contacts.values() if group.id in contact.groups]
    return {**group_line(group), "Contacts": [{**member(one), "Name": one.name} for one in members]}


def member(contact: Contact) -> dict[str, Any]:
    """A contact as a group tells of it: hardly more than its id."""
    empty: dict[str, Any] = {key: [] for key in ("Addresses", "Phones", "ContactGroups", "ContactPersons")}
    return {"ContactID": contact.id, **empty, "HasValidationErrors": False}


def _head(contact: Contact) -> dict[str, Any]:
    return {"ContactID": contact.id, "ContactStatus": contact.status}


def _slot(key: str, kind: str, slots: Mapping[str, dict[str, str]], untouched: Mapping[str, str]) -> dict[str, str]:
    return {key: kind, **untouched, **slots.get(kind, {})}
