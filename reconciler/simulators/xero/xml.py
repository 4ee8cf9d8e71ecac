"""Bodies in XML, which the vendor takes as well as JSON, as the values that the JSON would have had.

Types cannot be told from XML, so all values come as text.  Unlike a member of JSON, an element that is not known where
it stands is refused, and so is one that stands there twice.
"""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from reconciler.simulators.xero import rules

LISTS = {
    "Contacts": "Contact",
    "ContactGroups": "ContactGroup",
    "ContactPersons": "ContactPerson",
    "Addresses": "Address",
    "Phones": "Phone",
    "HistoryRecords": "HistoryRecord",
}
SINGLE = {item: name for name, item in LISTS.items()}
OBJECTS = {*SINGLE, "PaymentTerms", "Bills", "Sales", "BatchPayments"}
"""Empty, they are objects without members, where any other element would be an empty text."""
DEEPEST = 20
_KNOWN = {
    "Contact": {
        *rules.LENGTHS, "ContactID", "ContactStatus", "SkypeUserName", "ContactPersons", "Addresses", "Phones",
        "Website", "UpdatedDateUTC", "ContactGroups", "IsSupplier", "IsCustomer", "Balances", "Discount",
        "SalesTrackingCategories", "PurchasesTrackingCategories", "TrackingCategoryName", "TrackingCategoryOption",
        "PaymentTerms", "BatchPayments", "BrandingTheme", "MergedToContactID", "HasAttachments", "Attachments",
        "ValidationErrors", "Warnings",
    },
    "ContactPerson": {*rules.PERSON_LENGTHS, "IncludeInEmails"},
    "Address": {*rules.ADDRESS_LENGTHS, "AddressType", "ValidationErrors", "Warnings"},
    "Phone": {*rules.PHONE_LENGTHS, "PhoneType", "ValidationErrors", "Warnings"},
}  # fmt: skip


class NotXml(ValueError):
    """The body cannot be read, or is nothing that the vendor takes."""


class Unrecognised(NotXml):
    """An element that the vendor has no place for: reported word for word (pyxero #105, xeroizer #403)."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"The element '{name}' was not recognised. Ensure the element name has the correct case "
            "and that there are no duplicate elements of the same name."
        )


def read(body: bytes) -> dict[str, Any]:
    """{"Contacts": [...]} and the like, from <Contacts><Contact>... or from a single <Contact>."""
    try:
        text = body.decode("utf-8-sig")
        if "<!DOCTYPE" in text:
            raise NotXml("a document type is not taken")
        root = ET.fromstring(text)  # noqa: S314 - no document type gets here, so there is nothing to expand
    except (ET.ParseError, ValueError) as error:
        raise NotXml(str(error)) from error
    name = _name(root)
    if name in SINGLE:
        return {SINGLE[name]: [_value(root)]}
    return {name: _value(root)}


def _value(element: ET.Element, depth: int = 0) -> Any:
    if depth > DEEPEST:
        raise NotXml("nested too deeply")
    if _name(element) in LISTS:
        return [_value(child, depth + 1) for child in element]
    if len(element):
        _check(element)
        return {_name(child): _value(child, depth + 1) for child in element}
    text = (element.text or "").strip()
    return {} if not text and _name(element) in OBJECTS else text


def _check(element: ET.Element) -> None:
    names = [_name(child) for child in element]
    known = _KNOWN.get(_name(element), set(names))
    for place, name in enumerate(names):
        if name not in known or name in names[:place]:
            raise Unrecognised(name)


def _name(element: ET.Element) -> str:
    """Without its namespace."""
    return str(element.tag).rpartition("}")[2]
