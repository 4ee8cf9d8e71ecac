"""What lists can be filtered and ordered by: the fields of a contact and of a group, each with its type.

Names are found in any letter case, as clients of every language rely on; the vendor's query library does not mind it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

TEXT, GUID, DATE, FLAG = "String", "Guid", "DateTime", "Boolean"
"""Types by the names that the vendor's refusals use."""


class Unparsable(ValueError):
    """A filter or an order is not in the language; the message says where it stopped being."""


@dataclass(frozen=True, slots=True)
class Field:
    """How to read one field; a text never set is None."""

    name: str
    type: str
    read: Callable[[Any], Any]

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


CONTACT = _all(
    "Contact",
    *map(_text, (
        "Name", "FirstName", "LastName", "EmailAddress", "AccountNumber", "ContactNumber", "CompanyNumber",
        "TaxNumber", "BankAccountDetails", "DefaultCurrency", "Website", "XeroNetworkKey", "SalesDefaultAccountCode",
        "PurchasesDefaultAccountCode", "AccountsReceivableTaxType", "AccountsPayableTaxType",
    )),
    Field("ContactID", GUID, lambda contact: contact.id),
    Field("ContactStatus", TEXT, lambda contact: contact.status),
    Field("UpdatedDateUTC", DATE, lambda contact: contact.updated),
    Field("IsCustomer", FLAG, lambda contact: contact.is_customer),
    Field("IsSupplier", FLAG, lambda contact: contact.is_supplier),
    Field("HasAttachments", FLAG, lambda _: False),
)  # fmt: skip
GROUP = _all(
    "ContactGroup",
    Field("Name", TEXT, lambda group: group.name),
    Field("Status", TEXT, lambda group: group.status),
    Field("ContactGroupID", GUID, lambda group: group.id),
)
