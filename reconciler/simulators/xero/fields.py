"""What lists can be filtered and ordered by: the fields of a contact and of a group, each with its type.

Names are found in any letter case, as clients of every language rely on; the vendor's query library does not mind it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

TEXT, GUID, DATE, FLAG, NUMBER = "String", "Guid", "DateTime", "Boolean", "Double"
"""Types by the names that the vendor's refusals use."""


class Unparsable(ValueError):
    """A filter or an order is not in the language; the message says where it stopped being."""


@dataclass(frozen=True, slots=True)
class Field:
    """How to read one field; a text never set is None.  An object has members, and can only be there or not."""

    name: str
    type: str
    read: Callable[[Any], Any]
    members: Fields | None = None

    def compared(self, record: Any) -> Any:
        """The value as it is compared and ordered: a text without case and accents."""
        value = self.read(record)
        return fold(value) if self.type == TEXT and value is not None else value


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one type of record."""

    of: str
    known: Mapping[str, Field]

    def find(self, name: str) -> Field:
        field = self.known.get(name.lower())
        if field is None:
            raise Unparsable(f"No property or field '{name}' exists in type '{self.of}'")
        return field


def fold(text: str) -> str:
    """Without case and accents."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _text(name: str) -> Field:
    return Field(name, TEXT, lambda contact: contact.texts.get(name) or None)


def _all(of: str, *fields: Field) -> Fields:
    return Fields(of, {field.name.lower(): field for field in fields})


def _nested(name: str, members: Fields) -> Field:
    return Field(name, members.of, lambda contact: contact.nested.get(name) or None, members)


def _part(members: Fields, name: str) -> Field:
    return Field(name, members.of, lambda whole: whole.get(name), members)


def _amount(name: str) -> Field:
    return Field(name, NUMBER, lambda side: side.get(name))


def _listed(name: str) -> Field:
    return Field(name, _LIST.of, lambda _: (), _LIST)


_SIDE = _all("Balance", _amount("Outstanding"), _amount("Overdue"))
_BALANCES = _all("Balances", _part(_SIDE, "AccountsReceivable"), _part(_SIDE, "AccountsPayable"))
_LIST = _all("List`1")
CONTACT = _all(
    "Contact",
    *map(_text, (
        "Name", "FirstName", "LastName", "EmailAddress", "AccountNumber", "ContactNumber", "CompanyNumber",
        "TaxNumber", "TaxNumberType", "BankAccountDetails", "DefaultCurrency", "Website", "XeroNetworkKey",
        "SalesDefaultAccountCode", "PurchasesDefaultAccountCode", "SalesDefaultLineAmountType",
        "PurchasesDefaultLineAmountType", "AccountsReceivableTaxType", "AccountsPayableTaxType",
    )),
    Field("ContactID", GUID, lambda contact: contact.id),
    Field("MergedToContactID", GUID, lambda contact: contact.merged_to or None),
    Field("ContactStatus", TEXT, lambda contact: contact.status),
    Field("UpdatedDateUTC", DATE, lambda contact: contact.updated),
    Field("IsCustomer", FLAG, lambda contact: contact.is_customer),
    Field("IsSupplier", FLAG, lambda contact: contact.is_supplier),
    Field("HasAttachments", FLAG, lambda _: False),
    Field("Discount", NUMBER, lambda contact: contact.nested.get("Discount")),
    _nested("Balances", _BALANCES),
    _nested("PaymentTerms", _all("PaymentTerms")),
    _nested("BatchPayments", _all("BatchPayments")),
    Field("BrandingTheme", "BrandingTheme", lambda _: None, _all("BrandingTheme")),
    *map(_listed, ("Addresses", "Phones", "ContactPersons", "ContactGroups")),
)  # fmt: skip
_DEAR = ("Addresses", "Balances", "ContactGroups", "ContactPersons", "IsCustomer", "IsSupplier",
         "SalesDefaultAccountCode", "PurchasesDefaultAccountCode")  # fmt: skip
SUMMARY = _all("Contact", *(field for field in CONTACT.known.values() if field.name not in _DEAR))
"""What a summary can be filtered by: the vendor says that filters on what it leaves out do not work."""
GROUP = _all(
    "ContactGroup",
    Field("Name", TEXT, lambda group: group.name),
    Field("Status", TEXT, lambda group: group.status),
    Field("ContactGroupID", GUID, lambda group: group.id),
)
