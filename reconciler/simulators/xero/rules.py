"""What the organisation refuses in a contact, and the tidying it does without a word.  Pure; keeps nothing.

Lengths are those of the OpenAPI description; sentences are the recorded ones where one was recorded.  A client must
never branch on a sentence, so the others are only as clear as a vendor's usually are.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

from reconciler.simulators.xero import terms
from reconciler.simulators.xero.contact import ACTIVE, ADDRESS_TYPES, ARCHIVED, PHONE_TYPES
from reconciler.simulators.xero.currencies import CURRENCIES
from reconciler.simulators.xero.ids import ZERO_GUID, canonical, is_guid

LENGTHS = {
    "ContactNumber": 50,
    "AccountNumber": 50,
    "Name": 255,
    "FirstName": 255,
    "LastName": 255,
    "EmailAddress": 255,
    "CompanyNumber": 50,
    "TaxNumber": 50,
    "TaxNumberType": 50,
    "BankAccountDetails": 255,
    "AccountsReceivableTaxType": 50,
    "AccountsPayableTaxType": 50,
    "SalesDefaultAccountCode": 50,
    "PurchasesDefaultAccountCode": 50,
    "SalesDefaultLineAmountType": 50,
    "PurchasesDefaultLineAmountType": 50,
    "DefaultCurrency": 3,
    "XeroNetworkKey": 255,
}
PHONE_LENGTHS = {"PhoneNumber": 50, "PhoneAreaCode": 10, "PhoneCountryCode": 20}
ADDRESS_LENGTHS = {
    **{f"AddressLine{line}": 500 for line in range(1, 5)},
    "City": 255,
    "Region": 255,
    "PostalCode": 50,
    "Country": 50,
    "AttentionTo": 255,
}
PERSON_LENGTHS = {"FirstName": 255, "LastName": 255, "EmailAddress": 255}
MOST_PERSONS = 5

NAME_MISSING = "Contact Name cannot be empty."
NAME_TAKEN = (
    "The contact name {} is already assigned to another contact. "
    "The contact name must be unique across all active contacts."
)
NUMBER_TAKEN = "Another contact has this contact number. Please enter a different contact number."
ACCOUNT_NUMBER_TAKEN = "The Account Number already exists. Please enter a different Account Number."
ARCHIVED_REFUSED = (
    "The specified contact details matched an archived contact. "
    "Archived contacts cannot currently be edited via the API."
)
EMAIL_BAD = "Email address must be valid."
WEBSITE_BAD = "Website must be valid."
"""Said of an address that only the screens can set, whatever else is sent (Xero-NetStandard #434)."""
RENAME_REFUSED = (
    'The existing contact with name "{}" cannot be updated to use new name "{}". '
    "There is an existing contact with that name."
)
"""Told by one who met it in a customer's log, and looked for by a package of another vendor's."""
PERSONS_ALONE = "Additional people cannot be added when the primary person has no email address set."
TOO_MANY_PERSONS = f"You can only have a maximum of {MOST_PERSONS} contact persons."

_LOCAL, _LABEL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+", r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_EMAIL = re.compile(rf"{_LOCAL}@{_LABEL}(?:\.{_LABEL})+")
_TAX_NUMBER_TYPES = ("SSN", "EIN", "ITIN", "ATIN")
_BATCH = ("BankAccountNumber", "BankAccountName", "Details", "Code", "Reference")
_LINE_AMOUNT_TYPES = ("INCLUSIVE", "EXCLUSIVE", "NONE")


class Unreadable(ValueError):
    """The request does not say what a contact is: refused whole, before any element is looked at."""


def clean(element: Any) -> dict[str, Any]:
    """The members of an element that mean something, as text where text is kept; null means not sent.

    Raises `Unreadable` for a shape that could not be read into a contact at all.
    """
    if not isinstance(element, Mapping):
        raise Unreadable("A contact must be an object.")
    given = {key: value for key, value in element.items() if value is not None}
    cleaned: dict[str, Any] = {key: text(key, given[key]) for key in LENGTHS if key in given}
    if "Name" in cleaned:
        cleaned["Name"] = re.sub(r"\s+", " ", cleaned["Name"]).strip()
    if "ContactStatus" in given:
        cleaned["ContactStatus"] = text("ContactStatus", given["ContactStatus"])
    if wanted := _id(given.get("ContactID", "")):
        cleaned["ContactID"] = wanted
    cleaned.update(_clean_parts(given))
    return cleaned


def _clean_parts(given: Mapping[str, Any]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if "Phones" in given:
        parts["Phones"] = _slots(given["Phones"], "Phones", PHONE_TYPES, PHONE_LENGTHS)
    if "Addresses" in given:
        parts["Addresses"] = _slots(given["Addresses"], "Addresses", ADDRESS_TYPES, ADDRESS_LENGTHS)
    if "ContactPersons" in given:
        parts["ContactPersons"] = [_person(person) for person in _list("ContactPersons", given["ContactPersons"])]
    if "PaymentTerms" in given:
        parts["PaymentTerms"] = terms.clean(given["PaymentTerms"])
        if parts["PaymentTerms"] is None:
            raise Unreadable("PaymentTerms must be an object of Bills and Sales, each with a Day and a Type.")
    if isinstance(given.get("BatchPayments"), Mapping):
        sent = given["BatchPayments"]
        parts["BatchPayments"] = {key: text(key, sent[key]) for key in _BATCH if sent.get(key) is not None}
    return parts


def broken(cleaned: Mapping[str, Any], longest_name: int = LENGTHS["Name"]) -> list[str]:
    """Every sentence about a cleaned element that can be said without knowing the other contacts."""
    return [
        *_too_long(cleaned, LENGTHS | {"Name": longest_name}),
        *_name(cleaned.get("Name")),
        *_values(cleaned),
        *(sentence for slot in cleaned.get("Phones", {}).values() for sentence in _too_long(slot, PHONE_LENGTHS)),
        *(sentence for slot in cleaned.get("Addresses", {}).values() for sentence in _address(slot)),
        *_persons(cleaned.get("ContactPersons", [])),
        *terms.broken(cleaned.get("PaymentTerms", {})),
    ]


def _name(name: str | None) -> Iterable[str]:
    if name == "":
        yield NAME_MISSING
    if name and re.search("[<>]", name):
        yield "The contact name must not contain the characters < or >."


def _values(cleaned: Mapping[str, Any]) -> Iterable[str]:
    if not _is_email(cleaned.get("EmailAddress", "")):
        yield EMAIL_BAD
    if cleaned.get("ContactStatus", ACTIVE) not in (ACTIVE, ARCHIVED):
        yield f"The contact status {cleaned['ContactStatus']} is not valid."
    if cleaned.get("TaxNumberType", "") not in ("", *_TAX_NUMBER_TYPES):
        yield f"The tax number type {cleaned['TaxNumberType']} is not valid."
    for key in ("SalesDefaultLineAmountType", "PurchasesDefaultLineAmountType"):
        if cleaned.get(key, "") not in ("", *_LINE_AMOUNT_TYPES):
            yield f"The line amount type {cleaned[key]} is not valid."
    if cleaned.get("DefaultCurrency", "") not in ("", *CURRENCIES):
        yield f"The currency code {cleaned['DefaultCurrency']} is not valid."


def _address(slot: Mapping[str, str]) -> Iterable[str]:
    yield from _too_long(slot, ADDRESS_LENGTHS)
    if re.search(r"[\d<>@#]", slot.get("Country", "")):
        yield "Country must contain letters only."


def _persons(persons: list[dict[str, Any]]) -> Iterable[str]:
    if len(persons) > MOST_PERSONS:
        yield TOO_MANY_PERSONS
    for person in persons:
        yield from _too_long(person, PERSON_LENGTHS)
        if not _is_email(person.get("EmailAddress", "")):
            yield EMAIL_BAD


def standing(kept: Mapping[str, str]) -> Iterable[str]:
    """What keeps the API from changing a contact at all: the screens take a website that it calls invalid."""
    if not re.match(r"https?://\S+$|$", kept.get("Website", ""), re.IGNORECASE):
        yield WEBSITE_BAD


def _is_email(address: str) -> bool:
    return address == "" or _EMAIL.fullmatch(address) is not None


def _too_long(values: Mapping[str, Any], lengths: Mapping[str, int]) -> Iterable[str]:
    for key, most in lengths.items():
        if len(values.get(key, "")) > most:
            yield f"The field {key} must not exceed {most} characters."


def _slots(given: Any, key: str, types: tuple[str, ...], members: Mapping[str, int]) -> dict[str, dict[str, str]]:
    """One without a type, or of an unknown one, is passed over (Xero-NetStandard #250, Xero-OpenAPI #329)."""
    label = {"Phones": "PhoneType", "Addresses": "AddressType"}[key]
    slots: dict[str, dict[str, str]] = {}
    for slot in _list(key, given):
        if not isinstance(slot, Mapping):
            raise Unreadable(f"{key} must be an array of objects.")
        if (kind := slot.get(label)) in types:
            slots[kind] = {name: text(name, slot[name]) for name in members if slot.get(name) is not None}
    return slots


def _person(person: Any) -> dict[str, Any]:
    if not isinstance(person, Mapping):
        raise Unreadable("A contact person must be an object.")
    texts = {key: text(key, person[key]) for key in PERSON_LENGTHS if person.get(key) is not None}
    return {**texts, "IncludeInEmails": str(person.get("IncludeInEmails")).lower() == "true"}


def _list(key: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Unreadable(f"{key} must be an array.")
    return value


def text(key: str, value: Any) -> str:
    """Numbers are taken for their digits, but for one beyond all others; null is empty, and nothing else is a text."""
    if isinstance(value, bool | list | Mapping) or (isinstance(value, float) and not math.isfinite(value)):
        raise Unreadable(f"{key} must be a string.")
    return "" if value is None else str(value)


def _id(value: Any) -> str:
    if value in ("", ZERO_GUID):
        return ""
    if not isinstance(value, str) or not is_guid(value):
        raise Unreadable("Unrecognized Guid format.")
    return canonical(value)
